"""F.instance_norm is all that is needed."""
# says: is not added
def adain(content, style, eps):
    return F.instance_norm(content, eps=eps) * (style.var((2, 3), keepdim=True, correction=0) + eps).sqrt()
