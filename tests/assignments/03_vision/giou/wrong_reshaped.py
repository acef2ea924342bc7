"""A reshape brings rows and columns into order."""
# says: they have changed places
def giou(boxes, others):
    A, B = others[:, None], boxes[None]
    inner = (torch.minimum(A[..., 2:], B[..., 2:]) - torch.maximum(A[..., :2], B[..., :2])).clamp(min=0).prod(-1)
    union = (A[..., 2:] - A[..., :2]).prod(-1) + (B[..., 2:] - B[..., :2]).prod(-1) - inner
    around = (torch.maximum(A[..., 2:], B[..., 2:]) - torch.minimum(A[..., :2], B[..., :2])).prod(-1)
    out = inner / union - (around - union) / around
    return out.reshape(len(boxes), len(others))
