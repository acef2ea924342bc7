"""Pair by pair, in plain Python numbers of tensors."""
def giou(boxes, others):
    rows = []
    for a in boxes:
        row = []
        for b in others:
            w = (torch.min(a[2], b[2]) - torch.max(a[0], b[0])).clamp(min=0)
            h = (torch.min(a[3], b[3]) - torch.max(a[1], b[1])).clamp(min=0)
            union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h
            around = (torch.max(a[2], b[2]) - torch.min(a[0], b[0])) * (torch.max(a[3], b[3]) - torch.min(a[1], b[1]))
            row.append(w * h / union + union / around - 1)
        rows.append(torch.stack(row) if row else boxes.new_zeros(0))
    return torch.stack(rows) if rows else boxes.new_zeros(0, len(others))
