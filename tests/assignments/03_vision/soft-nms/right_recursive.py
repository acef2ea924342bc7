"""Each round lowers the rest and calls itself on it."""
def soft_nms(boxes, scores, sigma):
    w = (torch.minimum(boxes[:, None, 2], boxes[:, 2]) - torch.maximum(boxes[:, None, 0], boxes[:, 0])).clamp(min=0)
    h = (torch.minimum(boxes[:, None, 3], boxes[:, 3]) - torch.maximum(boxes[:, None, 1], boxes[:, 1])).clamp(min=0)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    iou = w * h / (area[:, None] + area - w * h)

    def go(now, left):
        if not left.any():
            return now
        best = now.masked_fill(~left, -1).argmax()
        left = left & (torch.arange(len(now)) != best)
        return go(torch.where(left, now * (-(iou[best] ** 2) / sigma).exp(), now), left)

    return go(scores, torch.ones(len(scores), dtype=torch.bool))
