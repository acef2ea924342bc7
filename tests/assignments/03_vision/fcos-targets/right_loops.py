"""Point after point, box after box."""
def fcos_targets(points, boxes):
    distances, centerness = torch.zeros(len(points), 4), torch.zeros(len(points))
    order = sorted(boxes, key=lambda k: float((k[2] - k[0]) * (k[3] - k[1])))
    for i, (x, y) in enumerate(points):
        for x1, y1, x2, y2 in order:
            if x1 < x < x2 and y1 < y < y2:
                distances[i] = torch.stack([x - x1, y - y1, x2 - x, y2 - y])
                l, t, r, b = distances[i].tolist()
                centerness[i] = math.sqrt(min(l, r) * min(t, b) / (max(l, r) * max(t, b)))
                break
    return distances, centerness
