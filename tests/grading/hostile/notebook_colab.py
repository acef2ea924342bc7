"""Comes back from Colab: metadata of nbgrader and ids are gone."""


# earns: all
def damage(nb):
    for number, cell in enumerate(nb.cells):
        cell.metadata = {"id": f"c{number}"}
        cell.id = f"c{number}"
    nb.metadata = {
        "colab": {"provenance": []},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
    }
    return nb
