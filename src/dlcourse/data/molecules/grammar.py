"""Write molecules at random by a small grammar: chains, branches, rings and what hangs on them."""

import random
import re

from dlcourse.data.molecules.smiles import read, signature

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
ENDS = {
    "C": 6,
    "F": 3,
    "Cl": 3,
    "Br": 1,
    "O": 3,
    "N": 3,
    "C#N": 1,
    "C(=O)O": 1,
    "C(=O)N": 1,
    "C(F)(F)F": 1,
}
LINKS = {"O": 3, "N": 3, "S": 1, "N(C)": 1, "C(=O)": 2, "C(=O)N": 2, "C(=O)O": 1, "C=C": 1}


class _Writer:
    """Write one molecule at random: every rule keeps to the valences, so every string is valid."""

    def __init__(self, rng: random.Random, room: int) -> None:
        self.rng, self.room = rng, room
        self.digits = list("123456789")  # not in use by a ring that is still open

    def pick(self, weighted: dict[str, int], parent: str = "C") -> str:
        """Draw an entry by weight; beside a heteroatom ("X") only what begins with carbon."""
        names = [
            name
            for name in weighted
            if parent != "X" or name[:2] in {"C", "C#", "C(", "C=", "C{", "c{"}
        ]
        text = self.rng.choices(names, [weighted[name] for name in names])[0]
        self.room -= sum(c.isalpha() for c in text)
        return text

    def group(self, parent: str, depth: int) -> str:
        """Write a group on `parent`: "c" an aromatic ring, "C" a carbon, "X" a heteroatom."""
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
        """Write a ring with groups on it; a bond of two aromatic rings is written as single."""
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
    strings = list(found.values())
    rng.shuffle(strings)  # there are few small molecules, so they were all found early
    return strings
