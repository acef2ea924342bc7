"""Reading SMILES by hand-made examples, and what the grammar promises."""

import pytest
import torch

from dlcourse.data import molecules


def test_acetic_acid_atom_by_atom():
    acid = molecules.read("CC(=O)O")
    assert acid.atoms == ("C", "C", "O", "O")
    assert acid.bonds == ((0, 1, 1), (1, 2, 2), (1, 3, 1))
    assert molecules.hydrogens(acid) == [3, 0, 0, 1]
    kinds, values = zip(*molecules.contributions(acid), strict=True)
    assert kinds == ("C1", "C5", "O9", "O2")
    by_hand = (0.1441 + 3 * 0.123, -0.2783, -0.1526, -0.2893 + 0.298)
    assert values == pytest.approx(by_hand)
    assert molecules.logp("CC(=O)O") == pytest.approx(sum(by_hand))


def test_a_ring_closes_and_is_aromatic_inside_only():
    toluene = molecules.read("Cc1ccccc1")
    assert toluene.closures == ((1, 6),)
    assert sorted(order for _, _, order in toluene.bonds) == [1] + [1.5] * 6
    assert molecules.hydrogens(toluene) == [3, 0, 1, 1, 1, 1, 1]
    assert toluene.adjacency().sum() == 2 * (1 + 6 * 1.5)
    biphenyl = molecules.read("c1ccccc1-c1ccccc1")
    assert [order for _, _, order in biphenyl.bonds].count(1) == 1


def test_spans_say_where_an_atom_stands():
    text = "ClCC(Br)=O"
    molecule = molecules.read(text)
    assert [text[a:b] for a, b in molecule.spans] == ["Cl", "C", "C", "Br", "O"]


@pytest.mark.parametrize(
    "bad", ["", "C(", "C)", "C1CC", "(C)", "Xe", "C C", "FC=F", "C(C)(C)(C)(C)C"]
)
def test_what_is_no_molecule_is_refused(bad):
    with pytest.raises(ValueError):  # noqa: PT011
        molecules.read(bad)


def test_the_signature_knows_a_molecule_however_it_is_written():
    signature = [molecules.signature(molecules.read(s)) for s in ("OCC", "CCO", "C(O)C", "COC")]
    assert signature[0] == signature[1] == signature[2] != signature[3]


def test_generate_keeps_to_its_sizes_and_its_seed():
    strings = molecules.generate(300, seed=5, atoms=(8, 12))
    assert strings == molecules.generate(300, seed=5, atoms=(8, 12))
    assert strings != molecules.generate(300, seed=6, atoms=(8, 12))
    assert {len(molecules.read(s).atoms) for s in strings} == {8, 9, 10, 11, 12}
    assert set("".join(strings)) <= set(molecules.CHARACTERS.words)


def test_encode_writes_each_character_as_its_place():
    codes = molecules.CHARACTERS.encode(["CO", "C"], length=3)
    assert codes.dtype == torch.int64
    assert codes.shape == (2, 3)
    assert molecules.CHARACTERS.decode(codes[0]) == "CO"
    assert codes[1, 1:].tolist() == [0, 0]
    assert molecules.CHARACTERS.encode(["CO", "C"]).shape == (2, 2)


def test_the_layout_keeps_bonds_short_and_atoms_apart():
    for text in molecules.generate(20, seed=1):
        molecule = molecules.read(text)
        points = torch.as_tensor(molecules.layout(molecule))
        distance = torch.cdist(points, points) + 9 * torch.eye(len(points))
        assert distance.min() > 0.3
        for one, other, _ in molecule.bonds:
            assert 0.6 < distance[one, other] < 1.5
