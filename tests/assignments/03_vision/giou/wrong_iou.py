"""GIoU is another word for IoU."""
# says: this is IoU
def giou(boxes, others):
    A, B = boxes[:, None], others[None]
    inner = (torch.minimum(A[..., 2:], B[..., 2:]) - torch.maximum(A[..., :2], B[..., :2])).clamp(min=0).prod(-1)
    union = (A[..., 2:] - A[..., :2]).prod(-1) + (B[..., 2:] - B[..., :2]).prod(-1) - inner
    return inner / union
