"""Has no checks."""


# earns: all
def damage(nb):
    nb.cells = [cell for cell in nb.cells if not cell.source.startswith("# CHECK")]
    return nb
