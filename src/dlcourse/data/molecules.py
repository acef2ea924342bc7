"""Drawn molecules: SMILES strings of a small grammar, and their logP, counted atom by atom.

SMILES (Weininger 1988) writes a molecule as one line: atoms in a row are bonded, brackets hold a side
branch, two equal digits close a ring, = and # are double and triple bonds, small letters are aromatic,
and hydrogens are left out, since the valence says how many there are.
"""

import random
import re
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

CHARACTERS = "#()-1234=BCFNOSclnors"  # all that the grammar writes
VALENCE = {"C": 4, "N": 3, "O": 2, "S": 2, "F": 1, "Cl": 1, "Br": 1}
ORDERS = {"-": 1, "=": 2, "#": 3}
TOKEN = re.compile(r"Cl|Br|[CNOSFcnos()=#\-1-9]")

# Wildman and Crippen 1999, table 1: contributions to logP, by their names for the kinds of atom.
CRIPPEN = {
    "C1": 0.1441, "C2": 0.0, "C3": -0.2035, "C4": -0.2051, "C5": -0.2783, "C6": 0.1551, "C7": 0.0017,
    "C8": 0.08452, "C10": -0.0516, "C11": 0.1193, "C12": -0.0967, "C14": 0.0, "C15": 0.245,
    "C16": 0.198, "C18": 0.1581, "C19": 0.2955, "C20": 0.2713, "C21": 0.136, "C22": 0.4619,
    "C23": 0.5437, "C24": 0.1893, "C26": 0.264, "N1": -1.019, "N2": -0.7096, "N3": -1.027,
    "N4": -0.5188, "N7": -0.3187, "N8": -0.4458, "N9": 0.01508, "N11": -0.3239, "O1": 0.1552,
    "O2": -0.2893, "O3": -0.0684, "O4": -0.4195, "O9": -0.1526, "O10": 0.1129, "O11": 0.4833,
    "S1": 0.6482, "S3": 0.6237, "F": 0.4202, "Cl": 0.6895, "Br": 0.8456,
    "H1": 0.123, "H2": -0.2677, "H3": 0.2142, "H4": 0.298,
}  # fmt: skip


@dataclass(frozen=True)
class Molecule:
    """Atoms in the order of the string, without hydrogens, and the bonds between them."""

    atoms: tuple[str, ...]  # "C", "Cl", ...; small letters are aromatic
    bonds: tuple[tuple[int, int, float], ...]  # (atom, atom, order); an aromatic bond counts 1.5
    spans: tuple[tuple[int, int], ...]  # where in the string each atom stands
    closures: tuple[tuple[int, int], ...]  # the bonds that were written as digits

    def neighbours(self) -> list[list[tuple[int, float]]]:
        """Return each atom's (neighbour, order) pairs."""
        lists: list[list[tuple[int, float]]] = [[] for _ in self.atoms]
        for one, other, order in self.bonds:
            lists[one].append((other, order))
            lists[other].append((one, order))
        return lists

    def adjacency(self) -> np.ndarray:
        """Return the bond orders as a symmetric (N, N) float32 matrix, 0 where there is no bond."""
        matrix = np.zeros((len(self.atoms), len(self.atoms)), np.float32)
        for one, other, order in self.bonds:
            matrix[one, other] = matrix[other, one] = order
        return matrix


def read(smiles: str) -> Molecule:
    """Read a SMILES string of the grammar: C N O S F Cl Br, aromatic c n o s, - = #, branches, rings 1-9.

    Raises ValueError for anything else, a bracket or a ring left open, and too many bonds on an atom.

    >>> read("CC(=O)O").bonds
    ((0, 1, 1), (1, 2, 2), (1, 3, 1))
    """
    atoms, bonds, spans, closures, branches = [], [], [], [], []
    rings: dict[str, int] = {}
    last, order = -1, None
    if "".join(TOKEN.findall(smiles)) != smiles:
        raise ValueError(f"{smiles!r} holds characters outside of the grammar")

    def bond(one: int, other: int) -> None:
        aromatic = atoms[one].islower() and atoms[other].islower()
        bonds.append((one, other, order or (1.5 if aromatic else 1)))

    for match in TOKEN.finditer(smiles):
        token = match[0]
        if token == "(":
            branches.append(last)
        elif token == ")" and branches:
            last = branches.pop()
        elif token in ORDERS:
            order = ORDERS[token]
        elif token.isdigit() and last >= 0:
            if token in rings:
                closures.append((rings[token], last))
                bond(rings.pop(token), last)
            else:
                rings[token] = last
        elif token.isalpha():
            atoms.append(token)
            spans.append(match.span())
            if last >= 0:
                bond(last, len(atoms) - 1)
            last, order = len(atoms) - 1, None
        else:
            raise ValueError(f"{smiles!r}: {token!r} at {match.start()} has no atom before it")
    molecule = Molecule(tuple(atoms), tuple(bonds), tuple(spans), tuple(closures))
    if branches or rings or not atoms:
        raise ValueError(f"{smiles!r} leaves a branch or a ring open, or is empty")
    for atom, around in zip(atoms, molecule.neighbours(), strict=True):
        if not atom.islower() and sum(order for _, order in around) > VALENCE[atom]:
            raise ValueError(f"{smiles!r}: {atom} has more than {VALENCE[atom]} bonds")
    return molecule


def hydrogens(molecule: Molecule) -> list[int]:
    """Return how many hydrogens each atom carries: what the valence leaves over."""
    return [
        max(0, int(VALENCE[atom.capitalize()] - sum(order for _, order in around)))
        if atom not in "nos"
        else 0
        for atom, around in zip(molecule.atoms, molecule.neighbours(), strict=True)
    ]


def contributions(molecule: Molecule) -> list[tuple[str, float]]:
    """Return each atom's kind after Wildman and Crippen, and its contribution to logP with its hydrogens.

    46 of their 68 kinds, which is all that this grammar can write (no charges, metals, iodine,
    phosphorus); on its strings the sum equals RDKit's `Crippen.MolLogP`. Shown in: 03_cnn/09_medicine.

    >>> contributions(read("CO"))
    [('C3', 0.1655), ('O2', -0.557)]
    """
    around, counts = molecule.neighbours(), hydrogens(molecule)
    found = []
    for atom, count in enumerate(counts):
        kind = _kind(molecule, around, counts, atom)
        hydrogen = {"C": "H1", "N": "H3", "O": "H2", "S": "H2"}.get(molecule.atoms[atom][0].upper())
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
    """Return a molecule's logP as the sum of its atoms' contributions: oil (above 0) or water (below).

    logP is the logarithm of how much more of a substance dissolves in octanol than in water.
    """
    return round(sum(value for _, value in contributions(read(smiles))), 5)


def signature(molecule: Molecule) -> int:
    """Return a number that does not depend on how the molecule was written (Weisfeiler and Leman 1968)."""
    around, colours = molecule.neighbours(), [hash(tuple(atom.encode())) for atom in molecule.atoms]
    for _ in range(5):
        colours = [
            hash((colours[i], *sorted((colours[j], order) for j, order in around[i])))
            for i in range(len(colours))
        ]
    return hash(tuple(sorted(colours)))


# "*" may carry any group, "+" only one that begins with carbon; {0} and {1} are the rings' digits.
RINGS = {
    "c{0}c*c*c*c*c{0}*": 8,  # benzene
    "c{0}c*c*c*nc{0}*": 2,  # pyridine
    "c{0}nc*c*c*n{0}": 1,  # pyrimidine
    "c{0}c*c*c*o{0}": 1,  # furan
    "c{0}c*c*c*s{0}": 2,  # thiophene
    "c{0}c*c*c{1}c*c*c*c*c{1}c{0}*": 1,  # naphthalene
    "C{0}C*CC*CC{0}": 2,  # cyclohexane
    "C{0}CC{0}*": 1,  # cyclopropane
    "C{0}CC+OCC{0}": 1,  # tetrahydropyran
    "N{0}CC*C*CC{0}": 1,  # piperidine
    "N{0}CCOCC{0}": 1,  # morpholine
    "N{0}CCN+CC{0}": 1,  # piperazine
}
ENDS = {"C": 6, "F": 3, "Cl": 3, "Br": 1, "O": 3, "N": 3, "C#N": 1, "C(=O)O": 1, "C(=O)N": 1, "C(F)(F)F": 1}  # fmt: skip
LINKS = {"O": 3, "N": 3, "S": 1, "N(C)": 1, "C(=O)": 2, "C(=O)N": 2, "C(=O)O": 1, "C=C": 1}


class _Writer:
    """Write one molecule at random: every rule keeps to the valences, so every string is valid."""

    def __init__(self, rng: random.Random, room: int) -> None:
        self.rng, self.room = rng, room
        self.digits = list("123456789")  # not in use by a ring that is still open

    def pick(self, weighted: dict[str, int], parent: str = "C") -> str:
        """Draw an entry by weight; beside a heteroatom ("X") only what begins with carbon."""
        names = [name for name in weighted if parent != "X" or name[:2] in {"C", "C#", "C(", "C=", "C{", "c{"}]  # fmt: skip
        text = self.rng.choices(names, [weighted[name] for name in names])[0]
        self.room -= sum(c.isalpha() for c in text)
        return text

    def group(self, parent: str, depth: int) -> str:
        """Write a group bonded to `parent`: "c" an aromatic ring, "C" a carbon, "X" a heteroatom."""
        form = self.rng.choices(["chain", "ring", "link"], [4, 4, 0 if parent == "X" else 3])[0]
        if self.room < 3 or depth > 5:
            return self.pick(ENDS, parent)
        if form == "ring" and self.room >= 6:
            return self.ring(parent, depth)
        if form == "link":
            text = self.pick(LINKS, parent)
            return text + self.group("C" if text.endswith("C") else "X", depth + 1)
        self.room -= 1
        branch = (
            f"({self.pick(ENDS, parent)})" if self.rng.random() < 0.25 and parent != "X" else ""
        )
        return "C" + branch + self.group("X" if parent == "X" or branch else "C", depth + 1)

    def ring(self, parent: str, depth: int) -> str:
        """Write a ring with groups on it; a bond between two aromatic rings is written out as single."""
        template = self.pick(RINGS, parent)
        text = "-" if parent == "c" and template[0] == "c" else ""
        on = "c" if template[0] == "c" else "C"
        digits = self.digits[: 1 + ("{1}" in template)]
        self.digits = self.digits[len(digits) :]
        for part in re.split(r"([*+])", template.format(*digits)):
            if part not in ("*", "+"):
                text += part
            elif self.room > 0 and self.rng.random() < 0.3:
                text += f"({self.group(on if part == '*' else 'X', depth + 1)})"
        self.digits = digits + self.digits
        return text


def generate(n: int, seed: int = 0, atoms: tuple[int, int] = (6, 20)) -> list[str]:
    """Return `n` SMILES strings, no molecule twice however it is written, `atoms` heavy atoms each.

    >>> generate(3)[0] == generate(3)[0]
    True
    """
    rng, found = random.Random(seed), {}
    while len(found) < n:
        smiles = _Writer(rng, rng.randint(*atoms)).group("C", 1)
        molecule = read(smiles)
        if atoms[0] <= len(molecule.atoms) <= atoms[1]:
            found.setdefault(signature(molecule), smiles)
    return list(found.values())


def encode(smiles: list[str], length: int | None = None) -> Tensor:
    """Return strings as (B, T) int64: 1 + the place in `CHARACTERS`, and 0 after the end.

    T is `length`, or that of the longest string. Raises ValueError for a character that is not there.
    """
    length = length or max(map(len, smiles))
    rows = [[CHARACTERS.index(c) + 1 for c in text] + [0] * (length - len(text)) for text in smiles]
    return torch.tensor(rows)
