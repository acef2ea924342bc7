"""PyTorch's layer with the norm in front is the block."""
# says: nothing of that name
def build():
    return nn.TransformerEncoderLayer(8, 4, 16, activation="gelu", norm_first=True, batch_first=True, bias=False)
