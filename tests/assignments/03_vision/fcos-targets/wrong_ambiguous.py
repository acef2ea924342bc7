"""A point in several boxes is ambiguous, and left out."""
# says: though several boxes hold it
def fcos_targets(points, boxes):
    x, y = points[:, :1], points[:, 1:]
    sides = torch.stack([x - boxes[:, 0], y - boxes[:, 1], boxes[:, 2] - x, boxes[:, 3] - y], dim=2)
    inside = (sides > 0).all(2)
    hit = inside.sum(1) == 1
    d = torch.zeros(len(points), 4)
    d[hit] = sides[hit, inside[hit].int().argmax(1)]
    l, t, r, b = d[hit].unbind(1)
    c = torch.zeros(len(points))
    c[hit] = (torch.minimum(l, r) / torch.maximum(l, r) * torch.minimum(t, b) / torch.maximum(t, b)).sqrt()
    return d, c
