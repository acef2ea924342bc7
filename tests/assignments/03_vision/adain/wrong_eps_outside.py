"""Epsilon is added to the standard deviation."""
# says: stands under the root
def adain(content, style, eps):
    m, n = content.mean((2, 3), keepdim=True), style.mean((2, 3), keepdim=True)
    v = content.var((2, 3), keepdim=True, correction=0)
    u = style.var((2, 3), keepdim=True, correction=0)
    return (u.sqrt() + eps) * (content - m) / (v.sqrt() + eps) + n
