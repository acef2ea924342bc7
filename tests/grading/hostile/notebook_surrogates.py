"""Has text that is no Unicode in every cell."""

# earns: all
import json


def damage(nb):
    for cell in nb.cells:
        if cell.source.startswith("# GRADED"):
            cell.source += "\n# \ud800"
    return json.dumps(nb).encode()
