"""The variance is the scale."""
# says: variances stand where
def adain(content, style, eps):
    m, n = content.mean((2, 3), keepdim=True), style.mean((2, 3), keepdim=True)
    v = content.var((2, 3), keepdim=True, correction=0) + eps
    u = style.var((2, 3), keepdim=True, correction=0) + eps
    return u * (content - m) / v + n
