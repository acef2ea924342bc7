"""Notebooks as text: reading, grading metadata, the normaliser, building and adopting."""

import ast
import sys
import tempfile
from pathlib import Path

import nbformat
import pytest

from dlcourse.authoring import adopt, build, myst, run
from dlcourse.authoring import notebooks as nb
from dlcourse.files import digest

FRONT = myst.FRONT
GRADED = """
# GRADED: double
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION
"""
CHECK = "# CHECK: double · 3 points\nassert double(2) == 4\n3"
LOCKED = "# LOCKED: data\nsamples = [1, 2]"
WRITTEN = """Why twice? <!-- GRADED: why · 1 point -->

### BEGIN SOLUTION
Because.
### END SOLUTION"""


def code(source: str, tags: str = "") -> str:
    options = f":tags: [{tags}]\n\n" if tags else ""
    return f"\n```{{code-cell}} ipython3\n{options}{source.strip()}\n```\n"


def lesson(*parts: str) -> str:
    return FRONT + "\n# Title\n" + "".join(parts)


@pytest.fixture
def source(tmp_path):
    """Write a source in a chapter's folder: source(text) or source(text, "solutions")."""

    def write(text: str, folder: str = "course") -> Path:
        path = tmp_path / folder / "03_cnn" / "01_title.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    return write


def test_ids_are_hashes_numbered_when_repeated(source):
    notebook = myst.read(source(lesson(code("x = 1"), code("x = 1"), "\nx = 1\n")))
    assert [cell.id for cell in notebook.cells] == [
        digest(b"markdown# Title")[:10],
        digest(b"codex = 1")[:10],
        digest(b"codex = 1")[:10] + "-2",
        digest(b"markdownx = 1")[:10],
        "navigation",
    ]


def test_markers_become_nbgrader_metadata(source):
    text = lesson(code(GRADED), code(CHECK), code(LOCKED), f"\n{WRITTEN}\n")
    cells = myst.read(source(text, "solutions")).cells[1:-2]
    assert [cell.id for cell in cells] == ["double", "double-check", "data", "why"]
    keys = ("grade", "solution", "locked", "points")
    assert [[cell.metadata.nbgrader.get(key) for key in keys] for cell in cells] == [
        [False, True, False, None],
        [True, False, True, 3],
        [False, False, True, None],
        [True, True, False, 1],
    ]


def test_written_metadata_wins(source):
    text = lesson(code(CHECK)).replace(
        "ipython3\n# CHECK",
        "ipython3\n---\nnbgrader: {grade: true, solution: false, locked: true, task: false, "
        "schema_version: 3, grade_id: mine, points: 5}\n---\n# CHECK",
    )
    cell = myst.read(source(text, "solutions")).cells[1]
    assert (cell.id, cell.metadata.nbgrader.points) == ("mine", 5)


@pytest.mark.parametrize(
    "part, says",
    [
        (code("# CHECK: double - 3 points\n3"), "N points"),
        (code("# GRADED: double\nx = 1"), "BEGIN SOLUTION"),
        (code(GRADED), "write a cell '# CHECK: double · N points'"),
        (code(CHECK), "no cell begins '# GRADED: double'"),
        (
            code(GRADED) + code(CHECK.replace("\n3", "\nchecks.points(2)")),
            "must be checks.points(3)",
        ),
        (code(GRADED.replace("### END SOLUTION", "")), "take turns"),
        (code(CHECK.replace("\n3", "\n### BEGIN HIDDEN TESTS\n1\n3")), "take turns"),
        (code(CHECK.replace("\n3", "\n### BEGIN HIDDEN TEST\n1\n3")), "hides nothing"),
        (code("## END SOLUTION"), "hides nothing"),
        (code(GRADED) + code(GRADED), "Duplicate grade id: double"),
        ("\n### BEGIN SOLUTION\n<!-- GRADED: a · 1 point -->\n### END SOLUTION\n", "outside"),
        ("\n<!-- GRADED: a -->\n", "N points"),
        ("\n```{code-cell} ipython3\n---\ntags: [\n---\n1\n```\n", ""),
    ],
)
def test_faulty_source_is_refused_in_one_line(source, part, says, capsys):
    path = source(lesson(part), "solutions")
    assert build.main([str(path)]) == 2
    message = capsys.readouterr().err
    assert message.startswith(str(path))
    assert says in message
    assert message.count("\n") == 1
    assert not path.with_suffix(".ipynb").exists()


def test_setup_cell_must_be_the_generated_one(source):
    assert myst.read(source(lesson(code(nb.setup_source(), "setup"))))
    with pytest.raises(nb.Refused, match="tagged setup must read"):
        myst.read(source(lesson(code("import dlcourse", "setup"))))


def test_normaliser_drops_what_varies_or_is_there_twice():
    output = nbformat.v4.new_output
    bar = " 40%|████      | 2/5 [00:00<00:00, 9it/s]"
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "7"}}
    temporary = Path(tempfile.gettempdir()) / "ipykernel_12" / "3.py"
    before = [
        output("stream", name="stdout", text="<object at 0x7f30aaaa1cd0>\n"),
        output("stream", name="stdout", text=f"{sys.prefix}/bin {nb.ROOT}/src {Path.home()}/x\n"),
        output("stream", name="stdout", text=f"{temporary}:1: 0xff is 255, /tmpl, 3/tmp/4\n"),
        output("stream", name="stderr", text=f"\r{bar}\r{bar}\n"),
        output("display_data", {"text/plain": bar, **widget}),
        output("display_data", {"text/plain": "Pad", **widget}),
        output("display_data", {"image/png": "0x7f30aaaa1cd0"}),
        output("display_data", {"text/html": "base64,A+0x7f30aaaa1cd0/0x7f30aaaa1cd0+/tmp/A"}),
        output("display_data", {"image/png": "iVBO", "text/html": "data:image/png;base64,iVBO"}),
    ]
    after = nb.normalise(before)
    assert [item.get("text") or item.data for item in after] == [
        "<object at 0x...>\n.venv/bin ./src ~/x\nTMP:1: 0xff is 255, /tmpl, 3/tmp/4\n",
        {"text/plain": "Pad"},
        {"image/png": "0x7f30aaaa1cd0"},
        {"text/html": "base64,A+0x7f30aaaa1cd0/0x7f30aaaa1cd0+/tmp/A"},
        {"text/html": "data:image/png;base64,iVBO"},
    ]
    assert nb.normalise(after) == after
    assert "0x7f30aaaa1cd0" in before[0].text, "the outputs given are left as they were"


RUNS = lesson(
    code("import os, random, time\nos.listdir()"),
    code("print(time.time())", "measured"),
    code("print('loss', random.random())", "trained"),
    code("print(id(object()) > 0, object())"),
)


def test_build_keeps_equal_outputs_and_nothing_at_a_fault(source, capsys):
    path = source(RUNS)
    target = path.with_suffix(".ipynb")
    assert build.main([str(path)]) == 0
    first = target.read_bytes()
    cells = nb.read_notebook(target).cells[1:-1]
    assert [cell.execution_count for cell in cells] == [1, 2, 3, 4]
    assert cells[0].outputs[0].data["text/plain"] == "[]", "the working directory is empty"
    assert cells[3].outputs[0].text == "True <object object at 0x...>\n"

    assert build.main(["--force", str(path)]) == 0
    assert target.read_bytes() == first, "two forced builds are byte-identical"

    path.write_text(RUNS + code("1 / 0"), "utf-8")
    assert build.main([str(path)]) == 2
    assert (
        capsys.readouterr().err == f"{path}: cell 6 (1 / 0): ZeroDivisionError: division by zero\n"
    )
    assert target.read_bytes() == first
    assert sorted(file.name for file in path.parent.iterdir()) == ["01_title.ipynb", "01_title.md"]


def test_what_training_gave_is_renewed_when_code_before_it_changes(source):
    path = source(RUNS)
    build.build(path)
    first = [cell.outputs for cell in nb.read_notebook(path.with_suffix(".ipynb")).cells[2:4]]
    path.write_text(RUNS.replace("os.listdir()", "1 + 1"), "utf-8")
    build.build(path)
    renewed = [cell.outputs for cell in nb.read_notebook(path.with_suffix(".ipynb")).cells[2:4]]
    assert all(new != old for new, old in zip(renewed, first, strict=True))


def test_only_changed_lessons_run_again_and_solutions_never(source, monkeypatch):
    runs = []
    monkeypatch.setattr(build, "execute", lambda notebook, path: runs.append(path))
    build.build(source(RUNS, "solutions"))
    assert runs == []
    path = source(RUNS)
    build.build(path)
    build.build(path)
    assert runs == [path]
    build.build(path, force=True)
    path.write_text(RUNS + "\nmore\n", "utf-8")
    build.build(path)
    assert runs == [path] * 3


def test_edits_not_yet_adopted_are_never_overwritten(assignment, capsys):
    markdown, path = assignment
    edit(path, source="# Mine")
    edited = path.read_bytes()
    build.build(markdown)
    markdown.write_text(markdown.read_text("utf-8") + "\nmore\n", "utf-8")
    for options in ([], ["--force"]):
        assert build.main([*options, str(markdown)]) == 2
        assert f"make adopt NB={path}" in capsys.readouterr().err
        assert path.read_bytes() == edited


def test_source_is_laid_out(source, capsys):
    path = source(lesson(code("x = 1", '"system:lenet"')) + "\n+++\n\nText\n", "solutions")
    build.build(path)
    assert path.read_text("utf-8") == lesson(code("x = 1", "system:lenet")) + "\nText\n"
    built = path.with_suffix(".ipynb").read_bytes()
    capsys.readouterr()
    path.write_text(path.read_text("utf-8").replace("\nText", "\n+++\n\nText"), "utf-8")
    build.build(path)
    assert capsys.readouterr().out == f"{path}: laid out\n", "not built again for its layout"
    assert path.with_suffix(".ipynb").read_bytes() == built


@pytest.fixture
def assignment(source):
    """Build an assignment with every kind of marker; return its .md and .ipynb."""
    path = source(lesson(code(GRADED), code(CHECK), code(LOCKED), f"\n{WRITTEN}\n"), "solutions")
    build.build(path)
    return path, path.with_suffix(".ipynb")


def test_every_sheet_ends_in_a_section_to_hand_in_which_its_text_does_not_hold(assignment):
    markdown, path = assignment
    cells = nb.read_notebook(path).cells[-2:]
    assert [(cell.cell_type, cell.source) for cell in cells] == [
        ("markdown", myst.HAND_IN[0]),
        ("code", myst.HAND_IN[1]),
    ]
    assert "hand in" not in markdown.read_text("utf-8")
    assert ast.unparse(ast.parse(cells[1].source)) == "from dlcourse import homework"
    edit(path, source="# Mine")
    adopt.adopt(path)
    assert "hand in" not in markdown.read_text("utf-8")


def test_adopting_what_was_built_changes_nothing(assignment):
    markdown, notebook = assignment
    text = markdown.read_bytes()
    adopt.adopt(notebook)
    assert markdown.read_bytes() == text


def test_edits_are_adopted(assignment):
    markdown, path = assignment
    notebook = nb.read_notebook(path)
    notebook.cells[0].source = "# A new title"
    notebook.cells[1].metadata["collapsed"] = True
    notebook.cells[2].metadata.nbgrader.points = 4
    tags = ["system:lenet", "trained", "system:vgg", "system:" + 60 * "x"]
    notebook.cells[3].metadata["tags"] = tags
    notebook.cells.append(nbformat.v4.new_code_cell(""))
    nbformat.write(notebook, path)
    adopt.adopt(path)
    after = markdown.read_text("utf-8")
    assert "\n# A new title\n" in after
    assert "  points: 4\n" in after
    assert f"\n:tags: [system:lenet, trained, system:vgg, system:{60 * 'x'}]\n\n# LOCKED" in after
    assert after.count("nbgrader:") == 1, "only what differs from the marker line is written out"
    assert "collapsed" not in after


@pytest.mark.parametrize(
    "spoil, says",
    [
        (lambda md, ipynb: md.write_text(FRONT + "\nmore\n", "utf-8"), "has changed since"),
        (lambda md, ipynb: ipynb.write_text("{"), "not a notebook"),
        (lambda md, ipynb: ipynb.unlink(), "no such file"),
        (lambda md, ipynb: edit(ipynb, source="a\n\n+++\n\nb"), "cannot be told in Markdown"),
        (lambda md, ipynb: edit(ipynb, attachments={"a.png": {"image/png": ""}}), "pasted picture"),
        (lambda md, ipynb: edit(ipynb, cell_type="raw"), "raw"),
    ],
)  # fmt: skip
def test_adopt_refuses_and_writes_nothing(assignment, capsys, spoil, says):
    markdown, path = assignment
    spoil(markdown, path)
    text = markdown.read_bytes()
    assert adopt.main([str(path)]) == 2
    message = capsys.readouterr().err
    assert says in message
    assert message.count("\n") == 1
    assert markdown.read_bytes() == text


def edit(path: Path, **changes) -> None:
    """Change the title cell of a notebook."""
    notebook = nb.read_notebook(path)
    notebook.cells[0].update(changes)
    nbformat.write(notebook, path)


def test_a_notebook_of_ones_own_gets_a_source(tmp_path):
    path = tmp_path / "mine.ipynb"
    cells = [nbformat.v4.new_markdown_cell("# Mine"), nbformat.v4.new_code_cell("1 + 1")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    adopt.adopt(path)
    assert path.with_suffix(".md").read_text() == FRONT + "\n# Mine\n" + code("1 + 1")


def test_changed_are_edited_committed_and_new_files(tmp_path, monkeypatch):
    monkeypatch.setattr(nb, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "none"))
    run.git("init", "-q", "-b", "main")
    commit = ("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-am", "why")
    for name in ("same.md", "edited.md", "committed.md"):
        (tmp_path / name).write_text("old")
    run.git("add", ".")
    run.git(*commit)
    run.git("switch", "-q", "-c", "branch")
    (tmp_path / "committed.md").write_text("new")
    run.git(*commit)
    (tmp_path / "edited.md").write_text("new")
    (tmp_path / "new.md").write_text("new")
    changed = {path.name for path in run.changed()}
    assert changed == {"edited.md", "committed.md", "new.md"}
    run.git("branch", "-D", "-q", "main")
    with pytest.raises(nb.Refused, match="no branch main"):
        run.changed()


def test_runs_only_what_is_a_notebook(tmp_path, capsys):
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / ".ipynb_checkpoints" / "a.ipynb").touch()
    (tmp_path / "a.ipynb").touch()
    assert run.find([tmp_path]) == [tmp_path / "a.ipynb"]
    assert run.main([str(tmp_path / "b.ipynb")]) == 2
    assert (
        capsys.readouterr().err == f"{tmp_path / 'b.ipynb'}: give a notebook (.ipynb) or a folder\n"
    )


def test_the_way_to_other_lessons_is_written_into_what_is_built_and_never_adopted(
    source, monkeypatch
):
    runs = []
    monkeypatch.setattr(build, "execute", lambda notebook, path: runs.append(path))
    path = source(RUNS)
    build.build(path)
    target = path.with_suffix(".ipynb")
    first = nb.read_notebook(target)
    assert "Lesson 1 of 1 of chapter 03" in first.cells[0].source
    assert "Next" not in first.cells[-1].source
    adopt.adopt(target)
    assert path.read_text("utf-8") == RUNS

    after = path.with_name("02_more.md")
    after.write_text(
        lesson().replace("\n---\n\n#", "\nneeds: [03_cnn/01_title]\n---\n\n# Not a")[: -len("\n")]
        + "\n"
    )
    build.build(path)
    then = nb.read_notebook(target)
    assert runs == [path], "no lesson runs again because another has come"
    assert "Next: [03.2 Not a Title](../03_cnn/02_more.ipynb)" in then.cells[-1].source
    assert [cell.id for cell in then.cells] == [cell.id for cell in first.cells]
    assert "*Needs:* [03.1 Title](../03_cnn/01_title.ipynb)" in myst.read(after).cells[0].source
    adopt.adopt(target)
    assert path.read_text("utf-8") == RUNS


def test_a_need_that_stands_nowhere_before_is_refused(source):
    path = source(RUNS.replace("\n---\n\n#", "\nneeds: [03_cnn/02_later]\n---\n\n#"))
    with pytest.raises(nb.Refused, match="needs 03_cnn/02_later: no such lesson stands before it"):
        build.build(path)
