"""Loops over the windows, the pixels chosen by the mask."""
def partial_conv(x, mask, weight, bias):
    B, C, H, W = x.shape
    O, _, k, _ = weight.shape
    out = torch.zeros(B, O, H - k + 1, W - k + 1)
    new_mask = torch.zeros(B, 1, H - k + 1, W - k + 1)
    for i in range(H - k + 1):
        for j in range(W - k + 1):
            m = mask[:, :, i : i + k, j : j + k]
            n = m.sum(dim=(1, 2, 3))
            total = torch.einsum("bckl,ockl->bo", x[:, :, i : i + k, j : j + k] * m, weight)
            for b in range(B):
                if n[b] > 0:
                    out[b, :, i, j] = total[b] * k**2 / n[b] + bias
                    new_mask[b, 0, i, j] = 1
    return [out, new_mask]
