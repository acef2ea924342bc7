"""Is the notebook of another assignment."""

# earns: none
# looks: yes
from nbformat.v4 import new_markdown_cell, new_notebook


def damage(nb):
    return new_notebook(cells=[new_markdown_cell("# Other\n<!-- ASSIGNMENT: other v1 -->")])
