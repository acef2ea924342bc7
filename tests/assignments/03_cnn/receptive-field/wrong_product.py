"""Fields multiply: two 3 × 3 see 9 × 9."""
# says: the kernels are multiplied
def receptive_field(layers):
    return math.prod(d * (k - 1) + 1 for k, s, d, p in layers)
