"""What is below 0.15 is taken for nothing."""
# says: lowers nothing
def soft_nms(boxes, scores, sigma):
    w = (torch.minimum(boxes[:, None, 2], boxes[:, 2]) - torch.maximum(boxes[:, None, 0], boxes[:, 0])).clamp(min=0)
    h = (torch.minimum(boxes[:, None, 3], boxes[:, 3]) - torch.maximum(boxes[:, None, 1], boxes[:, 1])).clamp(min=0)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    iou = w * h / (area[:, None] + area - w * h)
    out, left = scores.clone(), list(range(len(scores)))
    while left:
        best = max(left, key=lambda i: out[i].item())
        left.remove(best)
        for i in left:
            out[i] = out[i] * math.exp(-iou[best, i].item() ** 2 / sigma)
    return out * (out > 0.15)
