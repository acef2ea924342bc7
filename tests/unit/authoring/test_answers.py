"""What an author is told, in a line, of unreadable answers and solutions that do not pass."""

import pytest

from dlcourse.authoring import answers, kill_table, mutate

FUNCTION = "# GRADED: a\ndef double(x):\n    return 2 * x\n"
FAULTY = [
    ("def double(x)\n", "p/wrong_a.py, line 1: expected ':'"),
    ("# says: no\ndef double(x):\n    return x\n", "p/wrong_a.py: begin with a docstring"),
    ("", "p/wrong_a.py: begin with a docstring"),
]


@pytest.mark.parametrize("text, says", FAULTY)
def test_answer_that_cannot_be_read(tmp_path, text, says):
    path = tmp_path / "p/wrong_a.py"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(ValueError, match=says):
        answers.read(path)


@pytest.mark.parametrize(
    "source, says",
    [("double = (", "mine, cell a, line 1: "), ("double = len", "mine, cell a: it must define")],
)
def test_solution_that_is_no_function(source, says):
    with pytest.raises(ValueError, match=says):
        answers.cheats(answers.SolvedPart("mine", "a", source, "", 3))


def test_kill_table_says_whose_solution_fails(monkeypatch, tmp_path, capsys):
    part = answers.SolvedPart("mine", "a", FUNCTION, "double(2).oops\n3", 3)
    monkeypatch.setattr(answers, "assignments", lambda: ["mine"])
    monkeypatch.setattr(answers, "parts", lambda name: {"a": part})
    monkeypatch.setattr(answers, "_preamble", lambda name: "import math")
    monkeypatch.setattr(kill_table, "TABLE", tmp_path / "table.md")
    assert kill_table.main() == 2
    said = "AttributeError: 'int' object has no attribute 'oops'"
    expected = f"kill table: mine: the solution of a fails its check:\n{said}\n"
    assert capsys.readouterr().err == expected
    assert not kill_table.TABLE.exists()


def test_changes_of_one_place():
    source = "def halve(n, by):\n    half = n // by + 1\n    return half if n > 0 else 0"
    found = mutate.mutants(source)
    for line in ["int(n / by) + 1", "-(-n // by) + 1", "by // n + 1", "n // by + 2", "n // by - 1"]:
        assert f"half = n // by + 1 → half = {line}" in found
    assert "half = n // by + 1 → pass" in found
    assert "return half if n > 0 else 0 → return half if n >= 0 else 0" in found
    assert "return half if n > 0 else 0 → return 0 if n > 0 else half" in found
    assert len(set(found.values())) == len(found)
    assert source not in found.values()


def test_changed_answers_that_no_check_rejects_are_named(monkeypatch):
    monkeypatch.setattr(mutate, "CPU_SECONDS", 1)
    answer = "def f(n):\n    while n < 8:\n        n = n + n\n    return n\n"
    part = answers.SolvedPart("03_cnn", "double", answer, "assert f(1) == 8\n3", 3)
    done = mutate.sweep(part)
    assert done.ended == 3  # nothing, n = n and n = n - n in the loop
    assert "while n < 8: → while n < 7:" in done.survivors
    assert "n = n + n → pass" not in done.survivors
    assert len(done.survivors) < done.changed
