"""What a lesson says holds: no sentence or alternative text that a reader cannot trust."""

import ast
import re

import pytest

from dlcourse.authoring import myst
from dlcourse.authoring import notebooks as nb

LESSONS = [path for path in nb.sources() if path.is_relative_to(nb.ROOT / "course")]
every_lesson = pytest.mark.parametrize("source", LESSONS, ids=lambda path: path.stem)


@every_lesson
def test_no_path_that_the_students_copy_lacks(source):
    text = source.read_text("utf-8")
    assert re.findall(r"\b(?:scripts|tests|solutions|docs)/[\w/.]+", text) == []


@every_lesson
def test_a_share_in_the_alt_text_of_what_was_trained_comes_from_a_variable(source):
    """Only whoever cannot see the figure would be told a number that is no longer true."""
    for cell in myst.read(source).cells:
        if "trained" not in cell.metadata.get("tags", []):
            continue
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.keyword) and node.arg == "alt":
                for part in ast.walk(node.value):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        # `0%` alone is how a variable is written.
                        assert not re.search(r"\b(?!0%)\w+ ?(?:percent|%)", part.value), part.value


@every_lesson
def test_a_run_among_others_says_which_it_is(source):
    """A bar that starts again and again tells nobody how long it takes."""
    for cell in myst.read(source).cells:
        if cell.cell_type != "code" or "train.fit(" not in cell.source:
            continue
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "train.fit":
                given = {word.arg: ast.unparse(word.value) for word in node.keywords}
                assert given.get("seed") != "seed" or "label" in given, ast.unparse(node)
