"""Logits below p are cut off."""
# says: probabilities are summed up to p
def top_p(logits, p):
    kept = logits * (logits > p)
    return kept / kept.sum(dim=-1, keepdim=True).clamp(min=1e-9)
