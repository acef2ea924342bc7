"""Loops over the windows, put together by stack."""
def soft_pool(x, kernel_size, stride):
    rows = []
    for top in range(0, x.shape[2] - kernel_size + 1, stride):
        row = []
        for left in range(0, x.shape[3] - kernel_size + 1, stride):
            w = x[:, :, top : top + kernel_size, left : left + kernel_size].flatten(2)
            row.append((torch.softmax(w, 2) * w).sum(2))
        rows.append(torch.stack(row, -1))
    return torch.stack(rows, -2)
