"""Catches the interrupt in the function and goes on."""


# earns: cosine standardise learn
def shrink(x, t):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
