"""Returns an object that hangs when it is thrown away."""


# earns: cosine standardise learn
class Sticky(list):
    def __del__(self):
        while True:
            pass


def shrink(x, t):
    return Sticky()
