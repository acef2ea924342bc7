"""logP by counting what each atom adds, by its kind and neighbours (Wildman, Crippen 1999)."""

from dlcourse.data.molecules.smiles import Molecule, hydrogens, read

# Wildman and Crippen 1999, table 1: contributions to logP, by their names for the kinds of atom.
CRIPPEN = {
    "C1": 0.1441,
    "C2": 0.0,
    "C3": -0.2035,
    "C4": -0.2051,
    "C5": -0.2783,
    "C6": 0.1551,
    "C7": 0.0017,
    "C8": 0.08452,
    "C10": -0.0516,
    "C11": 0.1193,
    "C12": -0.0967,
    "C14": 0.0,
    "C15": 0.245,
    "C16": 0.198,
    "C18": 0.1581,
    "C19": 0.2955,
    "C20": 0.2713,
    "C21": 0.136,
    "C22": 0.4619,
    "C23": 0.5437,
    "C24": 0.1893,
    "C26": 0.264,
    "N1": -1.019,
    "N2": -0.7096,
    "N3": -1.027,
    "N4": -0.5188,
    "N7": -0.3187,
    "N8": -0.4458,
    "N9": 0.01508,
    "N11": -0.3239,
    "O1": 0.1552,
    "O2": -0.2893,
    "O3": -0.0684,
    "O4": -0.4195,
    "O9": -0.1526,
    "O10": 0.1129,
    "O11": 0.4833,
    "S1": 0.6482,
    "S3": 0.6237,
    "F": 0.4202,
    "Cl": 0.6895,
    "Br": 0.8456,
    "H1": 0.123,
    "H2": -0.2677,
    "H3": 0.2142,
    "H4": 0.298,
}


def contributions(molecule: Molecule) -> list[tuple[str, float]]:
    """Return each atom's kind after Wildman and Crippen, and what it adds to logP, hydrogens too.

    46 of their 68 kinds, which is all that this grammar can write (no charges, metals, iodine,
    phosphorus); on its strings the sum equals RDKit's `Crippen.MolLogP`. Shown in:
    03_cnn/09_medicine.

    >>> contributions(read("CO"))
    [('C3', 0.1655), ('O2', -0.557)]
    """
    around, counts = molecule.neighbours(), hydrogens(molecule)
    found = []
    for atom, count in enumerate(counts):
        kind = _kind(molecule, around, counts, atom)
        element = molecule.atoms[atom][0].upper()
        hydrogen = {"C": "H1", "N": "H3", "O": "H2", "S": "H2"}.get(element, "")
        if kind == "O2" and any(order == 2 for _, order in around[around[atom][0][0]]):
            hydrogen = "H4"  # an acid's
        value = CRIPPEN[kind] + (count * CRIPPEN[hydrogen] if count else 0.0)
        found.append((kind, round(value, 5)))
    return found


def _kind(molecule: Molecule, around: list, counts: list[int], atom: int) -> str:
    symbol, hydrogen = molecule.atoms[atom], counts[atom]
    near = [(molecule.atoms[other], order) for other, order in around[atom]]
    names = [name for name, _ in near]
    aromatic = [name for name in names if name.islower()]
    hetero = [name for name in names if name != "C" and not name.islower()]
    most = max((order for _, order in near), default=1)
    if symbol == "c":
        outside = [name for name, order in near if order == 1]
        if not outside:
            return "C18" if hydrogen else "C19"
        kinds = {
            "F": "C14",
            "Cl": "C15",
            "Br": "C16",
            "C": "C21",
            "N": "C22",
            "O": "C23",
            "S": "C24",
        }
        return kinds.get(outside[0], "C20")
    if symbol == "C":
        if most == 3:
            return "C7"
        if most == 2:
            return "C5" if ("C", 2) not in near else "C26" if aromatic else "C6"
        if hetero and not aromatic:
            return "C3" if hydrogen >= 2 else "C4"
        if aromatic:
            return {3: "C8", 2: "C10", 1: "C11", 0: "C12"}[hydrogen]
        return "C1" if hydrogen >= 2 else "C2"
    if symbol == "N":
        if most == 3:
            return "N9"
        return {2: ("N1", "N3"), 1: ("N2", "N4"), 0: ("N7", "N8")}[hydrogen][bool(aromatic)]
    if symbol == "O":
        if most == 2:
            beside = [
                molecule.atoms[other] for other, order in around[around[atom][0][0]] if order == 1
            ]
            if any(name.islower() for name in beside):
                return "O10"
            return (
                "O11" if beside and "C" not in beside and not counts[around[atom][0][0]] else "O9"
            )
        return "O2" if hydrogen else "O4" if aromatic else "O3"
    return {"n": "N11", "o": "O1", "s": "S3", "S": "S1"}.get(symbol, symbol)


def logp(smiles: str) -> float:
    """Return a molecule's logP, the sum of its atoms' parts: oil (above 0) or water (below).

    logP is the logarithm of how much more of a substance dissolves in octanol than in water.
    """
    return round(sum(value for _, value in contributions(read(smiles))), 5)
