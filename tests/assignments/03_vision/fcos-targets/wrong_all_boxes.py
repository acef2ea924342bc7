"""Every point answers for every box."""
# says: the axis of the boxes is gone
def fcos_targets(points, boxes):
    x, y = points[:, :1], points[:, 1:]
    sides = torch.stack([x - boxes[:, 0], y - boxes[:, 1], boxes[:, 2] - x, boxes[:, 3] - y], dim=2)
    inside = (sides > 0).all(2)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    chosen = area.expand(len(points), -1).masked_fill(~inside, 1e9).argmin(1)
    hit = inside.any(1)
    d = sides[torch.arange(len(points)), chosen].masked_fill(~hit[:, None], 0)
    l, t, r, b = d.unbind(1)
    c = torch.zeros(len(points))
    c[hit] = (torch.minimum(l, r)[hit] / torch.maximum(l, r)[hit] * torch.minimum(t, b)[hit] / torch.maximum(t, b)[hit]).sqrt()
    return sides, c
