"""One layer, then the rest."""
def output_size(size, layers):
    if not layers or size == 0:
        return size
    (kernel, stride, dilation, padding), *rest = layers
    span = dilation * (kernel - 1) + 1
    room = size + 2 * padding
    return output_size(0 if span > room else math.floor((room - span) / stride) + 1, rest)
