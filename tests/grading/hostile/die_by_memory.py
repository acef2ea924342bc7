"""Takes all memory there is, while the cell is run."""

# earns: cosine standardise learn
blocks = []
while True:
    blocks.append(bytearray(50_000_000))
