"""Takes memory in many processes."""

# earns: cosine standardise learn
import os

for _ in range(20):
    if os.fork() == 0:
        block = bytearray(200_000_000)
        for place in range(0, len(block), 4096):
            block[place] = 1
        while True:
            pass


def shrink(x, t):
    return torch.zeros_like(x)
