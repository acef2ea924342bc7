"""Reads the gradebook."""

# earns: cosine standardise learn
print(open("@COURSE@/grading/gradebook.db", "rb").read())


def shrink(x, t):
    return x.sign() * (x.abs() - t).clamp(min=0)
