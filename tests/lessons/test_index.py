"""The index of systems and the README's chapter table follow the notebooks' tags."""

import re

import nbformat
import pytest

from dlcourse.authoring import index
from dlcourse.authoring import notebooks as nb


@pytest.fixture
def course(tmp_path):
    """A tree with one lesson: `pooling` has run, `lenet` is tagged but shows nothing."""
    (tmp_path / "README.md").write_text(f"before\n{index.START}\nold\n{index.STOP}\nafter\n")
    folder = tmp_path / "course" / "03_cnn"
    folder.mkdir(parents=True)
    cell = nbformat.v4.new_code_cell
    shown = nbformat.v4.new_output("stream", text="7")
    lesson = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# Filters\n\ntext"),
            cell("7", metadata={"tags": ["system:pooling"]}, outputs=[shown]),
            cell("8", metadata={"tags": ["system:lenet"]}),
        ]
    )
    nbformat.write(lesson, folder / "01_filters.ipynb")
    facts = "*40 minutes to read · about a minute to run on one CPU core · level 2 of 5*"
    (folder / "01_filters.md").write_text(f"# Filters\n\n{facts}\n")
    return tmp_path


def test_index_and_readme_are_current():
    stale = [path.name for path, text in index.build().items() if index.current(path) != text]
    assert stale == [], "run python -m dlcourse.authoring.index"


def test_only_what_ran_counts(course):
    page, contents, _, readme = index.build(course).values()
    assert "[Filters](03_cnn/01_filters.ipynb)" in page
    assert "| [03.1 Filters](03_cnn/01_filters.ipynb) | 40 | about a minute | 2 |" in contents
    assert "| pooling |" in page
    assert "| lenet |" not in page
    assert readme.startswith(f"before\n{index.START}\n| Lesson |")
    assert readme.endswith(f"{index.STOP}\nafter\n")
    assert "| **03 Convolutional networks**: 1 of 29 systems run |" in readme
    assert "| [03.1 Filters](course/03_cnn/01_filters.ipynb) | 40 | 2 |  | [![" in readme
    repository = nb.settings()["repository"]
    assert f"/github/{repository}/blob/main/course/03_cnn/01_filters.ipynb)" in readme


def test_unknown_system_is_refused(course):
    path = course / "course" / "03_cnn" / "01_filters.ipynb"
    path.write_text(path.read_text().replace("system:pooling", "system:poling"))
    with pytest.raises(nb.Refused, match="poling"):
        index.build(course)


def test_readme_without_markers_is_refused(course):
    (course / "README.md").write_text("nothing")
    with pytest.raises(nb.Refused, match="chapters:begin"):
        index.build(course)


def test_what_is_shown_in_a_lesson_names_one_that_is_there():
    for path in (nb.ROOT / "src").rglob("*.py"):
        for named in re.findall(r"Shown in:\s+([\w/,\s]+\w)", path.read_text("utf-8")):
            for name in re.split(r",\s+", named):
                assert (nb.ROOT / "course" / f"{name}.md").exists(), f"{path.name}: {name}"
