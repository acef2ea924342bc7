"""Has its cells in reverse order."""


# earns: all
def damage(nb):
    nb.cells = nb.cells[::-1]
    return nb
