"""PyTorch's own attention, with bias and mask in one tensor of numbers."""
def alibi(q, k, v):
    h, T = q.shape[1], q.shape[2]
    bias = torch.full((h, T, T), -torch.inf)
    for i in range(h):
        for t in range(T):
            for s in range(t + 1):
                bias[i, t, s] = (s - t) * 0.5 ** (8 * (i + 1) / h)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
