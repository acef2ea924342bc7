"""Strides make pictures smaller; the field does not notice."""
# says: strides are left out
def receptive_field(layers):
    return 1 + sum(d * (k - 1) for k, s, d, p in layers)
