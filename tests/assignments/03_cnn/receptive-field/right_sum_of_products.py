"""Formula (6) in one line."""
def receptive_field(layers):
    strides = [layer[1] for layer in layers]
    return 1 + sum(d * (k - 1) * math.prod(strides[:l]) for l, (k, s, d, p) in enumerate(layers))
