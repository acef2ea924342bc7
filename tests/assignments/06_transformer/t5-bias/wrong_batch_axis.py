"""A bias for scores has a batch axis."""
# says: the heads come first, then rows
def t5_bias(table, T, most):
    N, h = table.shape
    half, e = N // 2, N // 4
    starts = [float(a) for a in range(e + 1)]
    for j in range(1, half - e):
        starts.append(e * (most / e) ** (j / (half - e)))
    starts = torch.tensor(starts[1:half], dtype=torch.float64)
    past = torch.stack([table[int((a >= starts).sum())] for a in range(T)])
    future = torch.stack([table[half + int((a >= starts).sum())] for a in range(T)])
    rows = [torch.cat([past[: t + 1].flip(0), future[1 : T - t]]) for t in range(T)]
    return torch.stack(rows).movedim(-1, 0)[None]
