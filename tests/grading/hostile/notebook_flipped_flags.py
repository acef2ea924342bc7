"""Has its points raised, its checks unlocked and its answers locked."""


# earns: all
def damage(nb):
    for cell in nb.cells:
        facts = cell.metadata.get("nbgrader", {})
        facts["locked"] = not facts.get("locked", False)
        if "points" in facts:
            facts["points"] = 99
    return nb
