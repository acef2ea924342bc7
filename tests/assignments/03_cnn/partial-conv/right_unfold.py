"""Windows by unfold, and a matrix product."""
def partial_conv(x, mask, weight, bias):
    B, C, H, W = x.shape
    O, _, k, _ = weight.shape
    rows, columns = H - k + 1, W - k + 1
    windows = F.unfold(x * mask, k).view(B, C * k * k, rows * columns)
    n = F.unfold(mask, k).sum(1, keepdim=True)
    new_mask = (n != 0).to(mask)
    n[n == 0] = 1
    out = (weight.view(O, -1) @ windows * (k * k) / n + bias.view(1, O, 1)) * new_mask
    return out.view(B, O, rows, columns), new_mask.view(B, 1, rows, columns)
