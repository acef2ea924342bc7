"""Has every cell twice."""

# earns: all
import copy


def damage(nb):
    nb.cells += copy.deepcopy(nb.cells)
    return nb
