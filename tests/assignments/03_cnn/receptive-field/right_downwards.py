"""From the top down: n pixels of a layer need (n − 1)·s + span pixels below."""
def receptive_field(layers):
    n = 1
    for k, s, d, _ in layers[::-1]:
        n = (n - 1) * s + d * (k - 1) + 1
    return n
