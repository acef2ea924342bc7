"""The style needs no epsilon."""
# says: only the content has its eps
def adain(content, style, eps):
    m, n = content.mean((2, 3), keepdim=True), style.mean((2, 3), keepdim=True)
    v = content.var((2, 3), keepdim=True, correction=0) + eps
    u = style.var((2, 3), keepdim=True, correction=0)
    return u.sqrt() * (content - m) / v.sqrt() + n
