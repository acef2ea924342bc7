import json
import re
import sys

import pytest

from dlcourse.homework import mishaps
from dlcourse.homework.mishaps import explain

SYNTAX = "SyntaxError", "invalid syntax (1.py, line 1)"


@pytest.mark.parametrize("mark", ["<<<<<<< HEAD", "||||||| 4e2b407", "=======", ">>>>>>> mine\r"])
def test_a_conflict_marker_is_found_where_git_writes_it(mark):
    assert "in line 3: keep one" in mishaps.find_conflict(f"a\nb\n{mark}\nc")
    for text in (f" {mark}", f'"{mark}', f"{mark[0]}{mark}", mark[1:], "", "======"):
        assert mishaps.find_conflict(text) == ""


@pytest.mark.parametrize("char", "“’–\u00a0\u200b\U0001f600")
def test_a_character_that_python_does_not_read_is_named_where_it_stands(char):
    code = f"U+{ord(char):04X}"
    text = f"invalid character '{char}' ({code}) (12.py, line 2)"
    if not char.isprintable():
        text = f"invalid non-printable character {code} (12.py, line 2)"
    source = f"# it’s a “comment”\nx = {char}"
    with pytest.raises(SyntaxError, match=re.escape(text)):
        compile(source, "12.py", "exec")
    assert f"line 2 holds {char} ({code}, " in explain("SyntaxError", text, source) or (
        f"line 2 holds {code} (" in explain("SyntaxError", text, source)
    )
    assert ("straight quotes" in explain("SyntaxError", text, source)) == (char in "“’")
    assert explain("SyntaxError", text, "x\ny") == ""  # it does not stand there


@pytest.mark.parametrize("text", ["U+FFFFF", "U+D800", "U+00410041", "line 0", "line 9999999"])
def test_an_error_that_python_never_writes_explains_nothing(text):
    said = f"invalid character '“' (U+201C) (1.py, line 2) {text}"
    assert explain("SyntaxError", f"invalid character {text} line 1)", "\n") == ""
    assert explain("KeyError", said, "\n“") == ""


def test_a_newer_python_is_named_with_this_one():
    newer, here = f"3.{sys.version_info[1] + 1}", "{}.{}".format(*sys.version_info)
    assert f"Python {newer} and runs here with {here}" in explain(*SYNTAX, "", f"{newer}.2")
    for version in ("", here, f"{here}.99", "2.99", "3", "4.1", "three"):
        assert explain(*SYNTAX, "", version) == ""
    assert explain("TypeError", "no", "", newer) == ""


@pytest.mark.parametrize(
    "kind, text, says",
    [
        ("ModuleNotFoundError", "No module named 'einops'", "einops is not installed here"),
        ("ModuleNotFoundError", "No module named 'a.b'", "a.b is not installed here"),
        ("ModuleNotFoundError", "No module named 'google.colab'", "exists in Colab alone"),
        ("UsageError", "Line magic function `%%time` not found.", "first line of a cell alone"),
        ("UsageError", "Line magic function `%foo` not found.", "%foo does not exist here"),
        ("UsageError", "Cell magic `%%foo` not found.", "%%foo does not exist here"),
        ("ModuleNotFoundError", "No module named 'a b'", ""),
        ("ModuleNotFoundError", f"No module named '{'a' * 99}'", ""),
        ("NameError", "name 'x' is not defined", ""),
    ],
)
def test_what_is_known_is_said_and_nothing_else(kind, text, says):
    said = explain(kind, text, "from google.colab import drive")
    assert says in said
    assert bool(said) == bool(says)


def test_the_first_error_of_a_cell_is_found():
    error = {"output_type": "error", "ename": "KeyError", "evalue": "'a'"}
    usage = {"output_type": "stream", "name": "stderr", "text": "x\nUsageError: no\n"}
    shown = {"output_type": "stream", "name": "stdout", "text": "UsageError: no\n"}
    assert mishaps.find_error([shown, error, usage]) == ("KeyError", "'a'")
    assert mishaps.find_error([shown, usage, error]) == ("UsageError", "no")
    assert mishaps.find_error([shown, {"output_type": "display_data"}]) == ("", "")
    assert mishaps.describe("SyntaxError", "no\n (12.py, line 3)") == "SyntaxError: no (line 3)"
    assert mishaps.describe("KeyboardInterrupt", "") == "KeyboardInterrupt"


@pytest.mark.parametrize("info", [None, [], "3", {"version": 3}, {"version": "3.12.1"}])
def test_the_version_of_a_notebook_is_read_with_mistrust(info):
    nb = json.loads(json.dumps({"metadata": {"language_info": info}}))
    assert mishaps.find_version(nb) in ("", "3.12.1")
    assert mishaps.find_version([]) == mishaps.find_version({"metadata": []}) == ""
