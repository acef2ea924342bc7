"""Takes all memory in the function, and catches every error."""


# earns: cosine standardise learn
def shrink(x, t):
    blocks = []
    while True:
        try:
            blocks.append(torch.ones(10_000_000))
        except BaseException:
            pass
