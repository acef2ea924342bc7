"""The formula is computed for background too."""
# says: at background
def fcos_targets(points, boxes):
    x, y = points[:, :1], points[:, 1:]
    sides = torch.stack([x - boxes[:, 0], y - boxes[:, 1], boxes[:, 2] - x, boxes[:, 3] - y], dim=2)
    inside = (sides > 0).all(2)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    chosen = area.expand(len(points), -1).masked_fill(~inside, 1e9).argmin(1)
    hit = inside.any(1)
    d = sides[torch.arange(len(points)), chosen].masked_fill(~hit[:, None], 0)
    l, t, r, b = d.unbind(1)
    c = (torch.minimum(l, r) / torch.maximum(l, r) * torch.minimum(t, b) / torch.maximum(t, b)).sqrt()
    return d, c
