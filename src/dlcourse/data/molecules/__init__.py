"""Drawn molecules: SMILES strings of a small grammar, and their logP, counted atom by atom.

`generate(n)` writes them, `logp(smiles)` and `contributions(read(smiles))` say what they are worth,
`CHARACTERS.encode` makes them numbers for a net, `layout` places their atoms for a figure. Card:
`data.card("molecules")`.
"""

from dlcourse.data.molecules.crippen import CRIPPEN, contributions, logp
from dlcourse.data.molecules.grammar import generate
from dlcourse.data.molecules.smiles import (
    CHARACTERS,
    Molecule,
    hydrogens,
    layout,
    read,
    signature,
)

__all__ = [
    "CHARACTERS",
    "CRIPPEN",
    "Molecule",
    "contributions",
    "generate",
    "hydrogens",
    "layout",
    "logp",
    "read",
    "signature",
]
