"""Molecules against RDKit: every string is one, read alike, and its logP is the same."""

import numpy as np
import pytest

from dlcourse.data import molecules

Chem = pytest.importorskip("rdkit.Chem")
Crippen = pytest.importorskip("rdkit.Chem.Crippen")
STRINGS = molecules.generate(800, seed=11, atoms=(6, 26))


@pytest.fixture(scope="module")
def parsed():
    return [Chem.MolFromSmiles(text) for text in STRINGS]


def test_every_string_is_a_molecule_and_none_is_there_twice(parsed):
    assert None not in parsed
    assert len({Chem.MolToSmiles(molecule) for molecule in parsed}) == len(STRINGS)


def test_atoms_hydrogens_and_bonds_are_read_alike(parsed):
    for text, theirs in zip(STRINGS, parsed, strict=True):
        ours = molecules.read(text)
        atoms = list(theirs.GetAtoms())
        names = [a.GetSymbol().lower() if a.GetIsAromatic() else a.GetSymbol() for a in atoms]
        assert list(ours.atoms) == names, text
        assert molecules.hydrogens(ours) == [a.GetTotalNumHs() for a in atoms], text
        bonds = {
            frozenset((b.GetBeginAtomIdx(), b.GetEndAtomIdx())): b.GetBondTypeAsDouble()
            for b in theirs.GetBonds()
        }
        assert {frozenset((i, j)): order for i, j, order in ours.bonds} == bonds, text


def test_logp_is_rdkits(parsed):
    ours = np.array([molecules.logp(text) for text in STRINGS])
    theirs = np.array([Crippen.MolLogP(molecule) for molecule in parsed])
    print(f"correlation {np.corrcoef(ours, theirs)[0, 1]:.6f}, most {abs(ours - theirs).max():.1e}")
    assert np.allclose(ours, theirs, atol=1e-3)


def test_every_kind_of_the_table_occurs():
    seen = {kind for text in STRINGS for kind, _ in molecules.contributions(molecules.read(text))}
    assert seen == {kind for kind in molecules.CRIPPEN if kind[0] != "H"}
