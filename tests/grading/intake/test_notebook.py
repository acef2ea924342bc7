import json

import pytest

from dlcourse.grading.intake import notebook

UNREADABLE = {
    "empty": (b"", "empty"),
    "zeros": (b"\0" * 100, "empty"),
    "space": (b" \n\n", "empty"),
    "text": (b"print('hello')\n", "no JSON in line 1"),
    "cut off": (b'{"cells": [{"source": "x', "no JSON in line 1"),
    "conflict": (b"<<<<<<< HEAD\n{}", "git merge has left its conflict markers in line 1: keep"),
    "conflict inside": (
        b'{"cells": [\r\n<<<<<<< HEAD\r\n1\r\n=======\r\n2\r\n>>>>>>> x\r\n]}',
        "git merge .* in line 2: keep one of the two sides and delete the lines",
    ),
    "web page": (b"<!DOCTYPE html><html></html>", "web page"),
    "number": (b"3", "JSON without cells"),
    "list": (b"[]", "JSON without cells"),
    "no cells": (b"{}", "JSON without cells"),
    "cells are no list": (b'{"cells": {"a": 1}}', "JSON without cells"),
    "sheets are no list": (b'{"worksheets": [3, {"cells": 4}]}', "JSON without cells"),
    "deep": (b"[" * 100_000, "nested too deeply"),
    "deep metadata": (b'{"metadata":' * 50_000, "nested too deeply"),
    "large": (b" " * (notebook.MAX_BYTES + 1), "20 MB"),
    "many cells": (b'{"cells": [' + b"{}," * notebook.MAX_CELLS + b"{}]}", "2001 cells"),
    "not text": (bytes(range(256)) * 8, "no JSON"),
    "zip": (b"PK\3\4\x14\0\0\0", "no JSON"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_a_person_must_look_at_gets_one_line(name):
    data, why = UNREADABLE[name]
    with pytest.raises(notebook.Unreadable, match=why) as caught:
        notebook.read(data, [])
    assert str(caught.value).isprintable()


def read(cells: list, **more: object) -> tuple[list[notebook.Cell], list[str]]:
    log: list[str] = []
    nb = {"cells": cells, "nbformat": 4, **more}
    return notebook.read(json.dumps(nb).encode(), log)[0], log


@pytest.mark.parametrize(
    "source, text",
    [
        ("a\nb", "a\nb"),
        (["a\n", "b"], "a\nb"),
        (["a", "b"], "a\nb"),  # old formats leave the line ends out
        (["a\n", 3, None, "b"], "a\nb"),
        ([], ""),
        ("\ud83d\ude00 \ud83d", "\U0001f600 ?"),
        (None, ""),
        ({"a": 1}, ""),
    ],
)
def test_a_source_becomes_a_text(source, text):
    cells, log = read([{"cell_type": "code", "source": source}])
    assert [cell.text for cell in cells] == [text]
    assert bool(log) == (not isinstance(source, str | list))


def test_what_is_odd_is_logged_once_for_all_cells():
    cells, log = read([3, None, {"cell_type": "x"}, {"cell_type": [], "source": ""}], nbformat=5)
    assert [cell.kind for cell in cells] == ["raw", "raw"]
    assert log == [
        "not of notebook format 4: read all the same",
        "entries that are no cells, left out: 2",
        "cells of no known type, read as raw text: 2",
        "cells without a text, taken as empty: 1",
    ]


def test_the_name_of_the_kernel_is_read_where_there_is_one():
    whole = b'{"cells": [], "metadata": {"kernelspec": {"name": "ir"}}}'
    assert notebook.read(whole, [])[1] == "ir"
    assert notebook.read(b'{"cells": [], "metadata": {"kernelspec": 3}}', [])[1] is None


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_ends_of_lines_are_those_of_this_system(end):
    cells, log = read([{"cell_type": "code", "source": [f"a{end}", f"b{end}", "c"]}])
    assert (cells[0].text, log) == ("a\nb\nc", [])


def test_the_version_of_python_is_read_where_there_is_one():
    whole = b'{"metadata": {"language_info": {"version": "3.13.1"}}, "cells": []}'
    assert notebook.read_version(whole) == "3.13.1"
    assert notebook.read_version(b'{"cells": []}') == ""


def test_of_attachments_pictures_are_kept():
    svg = ["<svg>\n", "</svg>"]
    bundle = {"image/png": "iVBORw0KGgo=", "text/html": "<script>", "image/svg+xml": svg}
    cells, _ = read([{"source": "", "attachments": {"a": bundle, "b": {"image/png": 3}, "c": 3}}])
    assert cells[0].attachments == {
        "a": {"image/png": "iVBORw0KGgo=", "image/svg+xml": "<svg>\n</svg>"}
    }


def test_outputs_and_the_state_of_widgets_are_shed_and_nothing_else():
    text = 'a = {"outputs": [1]}  # "widgets": {\\ '
    outputs = [{"output_type": "stream", "text": ['"]}', "\\", "["]}, {"data": {"x": [[{}]]}}]
    cell = {"source": [text, '"outputs"'], "metadata": {"outputs_hidden": True}, "outputs": outputs}
    whole = {"cells": [cell, cell], "metadata": {"widgets": {"state": {"a": "}"}}, "name": "x"}}
    bare = {"cells": [cell | {"outputs": []}] * 2, "metadata": {"widgets": {}, "name": "x"}}
    for indent in (None, 1):
        assert json.loads(notebook.shed(json.dumps(whole, indent=indent).encode())) == bare
    assert notebook.shed(json.dumps(bare).encode()) == json.dumps(bare).encode()


@pytest.mark.parametrize(
    "data", [b'"', b'"\\"', b"[", b"[],", b"{", b"]", b'"outputs":[', b'"outputs":[],', b'"\\']
)
def test_shedding_ends_soon_whatever_it_is_given(data, monkeypatch):
    monkeypatch.setattr(notebook, "MAX_TOKENS", 1000)
    hostile = b'{"outputs": [' + data * 200_000
    assert len(notebook.shed(hostile)) <= len(hostile)
