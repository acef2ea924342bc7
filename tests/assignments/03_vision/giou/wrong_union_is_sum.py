"""The union is the sum of the areas."""
# says: counted twice
def giou(boxes, others):
    A, B = boxes[:, None], others[None]
    inner = (torch.minimum(A[..., 2:], B[..., 2:]) - torch.maximum(A[..., :2], B[..., :2])).clamp(min=0).prod(-1)
    outer = (torch.maximum(A[..., 2:], B[..., 2:]) - torch.minimum(A[..., :2], B[..., :2])).prod(-1)
    union = (A[..., 2:] - A[..., :2]).prod(-1) + (B[..., 2:] - B[..., :2]).prod(-1)
    return inner / union - (outer - union) / outer
