"""Word after word, until the sum is reached."""
def top_p(logits, p):
    out = []
    for row in logits.softmax(dim=-1):
        kept, left = torch.zeros_like(row), row.clone()
        while kept.sum() < p and left.any():
            best = left.argmax()
            kept[best], left[best] = row[best], 0
        out.append(kept / kept.sum())
    return torch.stack(out)
