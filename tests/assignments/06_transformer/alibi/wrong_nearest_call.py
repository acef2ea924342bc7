"""PyTorch's causal attention is all of it."""
# says: the distance plays no part
def alibi(q, k, v):
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)
