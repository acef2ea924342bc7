"""Has its checks turned to Markdown."""


# earns: all
def damage(nb):
    for cell in nb.cells:
        if cell.source.startswith("# CHECK"):
            cell.cell_type = "markdown"
            cell.pop("outputs", None)
            cell.pop("execution_count", None)
    return nb
