"""Boxes that do not touch have nothing in common: 0."""
# says: plays no part where boxes do not touch
def giou(boxes, others):
    A, B = boxes[:, None], others[None]
    inner = (torch.minimum(A[..., 2:], B[..., 2:]) - torch.maximum(A[..., :2], B[..., :2])).clamp(min=0).prod(-1)
    union = (A[..., 2:] - A[..., :2]).prod(-1) + (B[..., 2:] - B[..., :2]).prod(-1) - inner
    around = (torch.maximum(A[..., 2:], B[..., 2:]) - torch.minimum(A[..., :2], B[..., :2])).prod(-1)
    out = inner / union - (around - union) / around
    return out * (inner > 0)
