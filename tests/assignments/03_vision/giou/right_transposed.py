"""The formula as IoU + |A∪B|/|C| − 1, coordinates first."""
def giou(boxes, others):
    x1, y1, x2, y2 = boxes.t()[:, :, None]
    X1, Y1, X2, Y2 = others.t()[:, None, :]
    overlap = F.relu(torch.minimum(x2, X2) - torch.maximum(x1, X1)) * F.relu(torch.minimum(y2, Y2) - torch.maximum(y1, Y1))
    union = (x2 - x1) * (y2 - y1) + (X2 - X1) * (Y2 - Y1) - overlap
    around = (torch.maximum(x2, X2) - torch.minimum(x1, X1)) * (torch.maximum(y2, Y2) - torch.minimum(y1, Y1))
    return overlap / union + union / around - 1
