"""Comes with outputs that show full points, and wrong answers."""

# earns: none
from nbformat.v4 import new_output


def damage(nb):
    for cell in nb.cells:
        if cell.source.startswith("# CHECK"):
            cell.outputs = [
                new_output("execute_result", data={"text/plain": "3"}, execution_count=1)
            ]
        elif cell.source.startswith("# GRADED"):
            cell.source = cell.source.splitlines()[0]
    return nb
