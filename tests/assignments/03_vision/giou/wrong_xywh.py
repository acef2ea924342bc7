"""Boxes are corner, width and height."""
# says: is not what is computed
def giou(boxes, others):
    A, B = (torch.cat([x[:, :2], x[:, :2] + x[:, 2:]], 1) for x in (boxes, others))
    A, B = A[:, None], B[None]
    inner = (torch.minimum(A[..., 2:], B[..., 2:]) - torch.maximum(A[..., :2], B[..., :2])).clamp(min=0).prod(-1)
    outer = (torch.maximum(A[..., 2:], B[..., 2:]) - torch.minimum(A[..., :2], B[..., :2])).prod(-1)
    union = (A[..., 2:] - A[..., :2]).prod(-1) + (B[..., 2:] - B[..., :2]).prod(-1) - inner
    return inner / union - (outer - union) / outer
