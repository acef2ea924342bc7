"""Texts become numbers in `dlcourse.text` alone: no model or data set has its own vocabulary."""

import ast
import re
from pathlib import Path

import pytest

import dlcourse

PACKAGE = Path(dlcourse.__file__).parent
NUMBERS = {"PAD", "BEGIN", "END", "UNK", "UNKNOWN"}
CODES = {"encode", "decode"}


def own_vocabularies(source: str) -> list[str]:
    """Return the special numbers that a module defines, and its classes that code texts."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in NUMBERS:
            found.append(node.id)
        if isinstance(node, ast.ClassDef):
            net = any("Module" in ast.unparse(base) for base in node.bases)  # has encoder, decoder
            methods = {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
            if re.search("Vocabulary|Tokenizer", node.name) or (methods >= CODES and not net):
                found.append(node.name)
    return found


def test_only_text_has_a_vocabulary():
    for path in PACKAGE.rglob("*.py"):
        found = own_vocabularies(path.read_text("utf-8"))
        assert not found or path.parent == PACKAGE / "text", f"{path.name}: {', '.join(found)}"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("PAD, END = range(2)", ["PAD", "END"]),
        ("class BytePairVocabulary: ...", ["BytePairVocabulary"]),
        ("class Notes:\n def encode(self): ...\n def decode(self): ...", ["Notes"]),
        ("class Net(nn.Module):\n def encode(self): ...\n def decode(self): ...", []),
        ("from dlcourse.text import PAD, Vocabulary\nwords = Vocabulary([])", []),
    ],
)
def test_an_eighth_vocabulary_would_be_seen(source, found):
    assert own_vocabularies(source) == found
