"""torch.std is the standard deviation."""
# says: divided by HW − 1
def adain(content, style, eps):
    m, n = content.mean((2, 3), keepdim=True), style.mean((2, 3), keepdim=True)
    v = content.var((2, 3), keepdim=True) + eps
    u = style.var((2, 3), keepdim=True) + eps
    return u.sqrt() * (content - m) / v.sqrt() + n
