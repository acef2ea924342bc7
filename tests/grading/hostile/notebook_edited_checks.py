"""Has checks that give points for nothing, and wrong answers."""


# earns: none
def damage(nb):
    for cell in nb.cells:
        if cell.source.startswith("# CHECK"):
            cell.source = "99"
        elif cell.source.startswith("# GRADED"):
            cell.source = cell.source.splitlines()[0]
    return nb
