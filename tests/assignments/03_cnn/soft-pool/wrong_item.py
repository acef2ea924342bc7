"""Numbers are taken out one by one, so that nothing can be trained through it."""
# says: numbers were taken out of tensors
def soft_pool(x, kernel_size, stride):
    B, C, H, W = x.shape
    out = torch.zeros(B, C, (H - kernel_size) // stride + 1, (W - kernel_size) // stride + 1)
    for b, c, i, j in torch.cartesian_prod(*map(torch.arange, out.shape)).tolist():
        w = x[b, c, i * stride : i * stride + kernel_size, j * stride : j * stride + kernel_size].flatten()
        out[b, c, i, j] = (w.softmax(0) * w).sum().item()
    return out
