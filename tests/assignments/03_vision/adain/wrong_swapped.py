"""Content and style have changed places in the scale."""
# says: changed roles
def adain(content, style, eps):
    m, n = content.mean((2, 3), keepdim=True), style.mean((2, 3), keepdim=True)
    v = content.var((2, 3), keepdim=True, correction=0) + eps
    u = style.var((2, 3), keepdim=True, correction=0) + eps
    return v.sqrt() * (content - m) / u.sqrt() + n
