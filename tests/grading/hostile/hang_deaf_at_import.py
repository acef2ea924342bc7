"""Catches the interrupt and goes on."""

# earns: cosine standardise learn
# says: Python ended in this cell
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
