"""Molecules as strings: read SMILES (Weininger 1988), and lay it out for a figure.

SMILES writes a molecule as one line: atoms in a row are bonded, brackets hold a side branch, two
equal digits close a ring, = and # are double and triple bonds, small letters are aromatic, and
hydrogens are left out, since the valence says how many there are.
"""

import re
from dataclasses import dataclass

import numpy as np

from dlcourse.runtime import CourseError
from dlcourse.text import Vocabulary

# All that the grammar writes.
CHARACTERS = Vocabulary("#()-1234=BCFNOSclnors", special=1, split=list, joint="")
VALENCE = {"C": 4, "N": 3, "O": 2, "S": 2, "F": 1, "Cl": 1, "Br": 1}
ORDERS = {"-": 1, "=": 2, "#": 3}
TOKEN = re.compile(r"Cl|Br|[CNOSFcnos()=#\-1-9]")


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
    """Read SMILES of the grammar: C N O S F Cl Br, aromatic c n o s, - = #, branches, rings 1-9.

    Raises CourseError for anything else, a bracket or a ring left open, and too many bonds on an
    atom.

    >>> read("CC(=O)O").bonds
    ((0, 1, 1), (1, 2, 2), (1, 3, 1))
    """
    atoms, bonds, spans, closures, branches = [], [], [], [], []
    rings: dict[str, int] = {}
    last, order = -1, None
    if "".join(TOKEN.findall(smiles)) != smiles:
        raise CourseError(f"{smiles!r} holds characters outside of the grammar")

    def bond(one: int, other: int) -> None:
        aromatic = atoms[one].islower() and atoms[other].islower()
        bonds.append((one, other, order or (1.5 if aromatic else 1)))

    for match in TOKEN.finditer(smiles):
        token = match[0]
        if token == "(" and last >= 0:
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
            raise CourseError(f"{smiles!r}: {token!r} at {match.start()} has no atom before it")
    molecule = Molecule(tuple(atoms), tuple(bonds), tuple(spans), tuple(closures))
    if branches or rings or not atoms:
        raise CourseError(f"{smiles!r} leaves a branch or a ring open, or is empty")
    for atom, around in zip(atoms, molecule.neighbours(), strict=True):
        if not atom.islower() and sum(order for _, order in around) > VALENCE[atom]:
            raise CourseError(f"{smiles!r}: {atom} has more than {VALENCE[atom]} bonds")
    return molecule


def hydrogens(molecule: Molecule) -> list[int]:
    """Return how many hydrogens each atom carries: what the valence leaves over."""
    return [
        max(0, int(VALENCE[atom.capitalize()] - sum(order for _, order in around)))
        if atom not in "nos"
        else 0
        for atom, around in zip(molecule.atoms, molecule.neighbours(), strict=True)
    ]


def signature(molecule: Molecule) -> int:
    """Return a number that is the same however the molecule is written (Weisfeiler, Leman 1968)."""
    around, colours = molecule.neighbours(), [hash(tuple(atom.encode())) for atom in molecule.atoms]
    for _ in range(5):
        colours = [
            hash((colours[i], *sorted((colours[j], order) for j, order in around[i])))
            for i in range(len(colours))
        ]
    return hash(tuple(sorted(colours)))


def layout(molecule: Molecule) -> np.ndarray:
    """Return places (N, 2) for a figure: bonds about 1 long, 120 degrees between them.

    Distances along bonds become distances in the plane, near ones before far ones, by Kruskal's
    stress and its majorisation (de Leeuw 1977).
    """
    N = len(molecule.atoms)
    steps = np.where(molecule.adjacency() > 0, 1.0, np.inf)
    np.fill_diagonal(steps, 0)
    for via in range(N):  # Floyd and Warshall
        steps = np.minimum(steps, steps[:, via, None] + steps[None, via])
    want = np.array([0, 1, 1.73, 2.3, *np.arange(3.1, 0.87 * N + 5, 0.87)])[steps.astype(int)]
    weight = 1 / np.maximum(want, 1) ** 3 * (1 - np.eye(N))
    inverse = np.linalg.pinv(np.diag(weight.sum(1)) - weight)
    centred = want**2 - (want**2).mean(0) - (want**2).mean(1)[:, None] + (want**2).mean()
    _, vectors = np.linalg.eigh(-centred)  # classical scaling is where it starts
    places = vectors[:, :-3:-1] * np.sqrt(N) if N > 2 else np.arange(2.0 * N).reshape(N, 2)
    for _ in range(200):
        far = np.linalg.norm(places[:, None] - places[None], axis=-1)
        pull = -weight * want / np.maximum(far, 1e-9)
        np.fill_diagonal(pull, 0)
        np.fill_diagonal(pull, -pull.sum(1))
        places = inverse @ pull @ places
    return places
