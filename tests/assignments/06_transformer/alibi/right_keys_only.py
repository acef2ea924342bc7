"""In a row −m(t − s) and m·s differ by a constant, which the softmax does not see; rows one by one."""
def alibi(q, k, v):
    B, h, T, K = q.shape
    slopes = torch.tensor([math.exp(-8 * i / h * math.log(2)) for i in range(1, h + 1)])
    rows = []
    for t in range(T):
        scores = torch.einsum("bhk,bhsk->bhs", q[:, :, t], k[:, :, : t + 1]) * K**-0.5
        weights = torch.softmax(scores + slopes[:, None] * torch.arange(t + 1), dim=2)
        rows.append(torch.einsum("bhs,bhsv->bhv", weights, v[:, :, : t + 1]))
    return torch.stack(rows, dim=2)
