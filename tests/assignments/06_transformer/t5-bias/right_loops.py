"""Pair by pair, with a matrix of ones and zeros in the place of the indexing."""
def bucket(d, N, most):
    half, e = N // 2, N // 4
    a = abs(d)
    if a >= e:
        a = min(half - 1, e + math.floor(math.log(a / e) / math.log(most / e) * (half - e)))
    return a + half if d > 0 else a


def t5_bias(table, T, most):
    N, h = table.shape
    picks = torch.zeros(T, T, N)
    for t in range(T):
        for s in range(T):
            picks[t, s, bucket(s - t, N, most)] = 1
    return torch.einsum("tsn,nh->hts", picks, table)
