import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest

from dlcourse.grading.release import publish
from dlcourse.publication import MANIFEST

ROOT = Path(__file__).parents[3]


@pytest.fixture
def course(released, tmp_path) -> Path:
    """The tiny course with the real package and one lesson."""
    root = shutil.copytree(released, tmp_path / "course")
    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "LICENSE").write_text("MIT\n")
    lessons = root / "course/01_one"
    lessons.mkdir(parents=True)
    lesson = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# One")])
    nbformat.write(lesson, lessons / "one.ipynb")
    nbformat.write(lesson, lessons / "one.mine.ipynb")
    (lessons / "one.md").write_text("# One\n")
    return root


def tree(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def test_only_what_students_may_see_is_published(course, tmp_path):
    names = publish.publish(course, tmp_path / "out")
    written = tree(tmp_path / "out")
    assert sorted(written) == sorted([*names, MANIFEST])
    assert {"course/01_one/one.ipynb", "assignments/tiny/tiny.ipynb", "src/dlcourse/cli.py"} < set(
        names
    )
    for name in names:
        assert not name.startswith(
            (
                "src/dlcourse/grading/",
                "src/dlcourse/authoring/",
                "solutions/",
                "tests/",
                "grading/",
                "scripts/",
            )
        )
        assert not name.endswith((".md", ".mine.ipynb", ".pyc")) or name == "README.md"
    text = b"\n".join(written.values())
    for secret in (b"the reference", b"double(-35)", b"squares grow", b"abs(x) + abs(x)"):
        assert secret not in text


def test_the_published_package_works_without_grading(course, tmp_path):
    publish.publish(course, tmp_path / "out")
    probe = (
        "import sys; sys.path.insert(0, 'src');"
        "import dlcourse.cli, dlcourse.homework, dlcourse.publication;"
        "print(dlcourse.__file__); dlcourse.cli.main(['--help'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe],
        cwd=tmp_path / "out",
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(tmp_path / "out/src/dlcourse/__init__.py") in done.stdout
    assert "submit" in done.stdout
    assert "    publish " not in done.stdout


def test_the_published_project_is_the_same_without_tools_of_instructors(course, tmp_path):
    publish.publish(course, tmp_path / "out")
    full = tomllib.loads((ROOT / "pyproject.toml").read_text())
    kept = tomllib.loads((tmp_path / "out/pyproject.toml").read_text())
    assert set(kept["project"]["optional-dependencies"]) == {"lab"}
    assert set(kept["tool"]) == {"dlcourse", "hatch"}
    full["project"]["optional-dependencies"] = kept["project"]["optional-dependencies"]
    assert kept["project"] == full["project"]
    assert kept["build-system"] == full["build-system"]


def test_publishing_again_replaces_an_untouched_publication_only(course, tmp_path):
    out = tmp_path / "out"
    (out / ".git").mkdir(parents=True)
    publish.publish(course, out)
    (course / "course/01_one/one.ipynb").rename(course / "course/01_one/uno.ipynb")
    names = publish.publish(course, out)
    assert sorted(tree(out)) == sorted([*names, MANIFEST])
    (out / "README.md").write_text("edited by hand\n")
    before = tree(out)
    with pytest.raises(ValueError, match=r"changed by hand \(README\.md\)"):
        publish.publish(course, out)
    assert tree(out) == before


def test_a_folder_with_other_things_is_refused(course, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/thesis.tex").write_text("mine")
    with pytest.raises(ValueError, match="name an empty folder"):
        publish.publish(course, tmp_path / "out")
    assert list(tree(tmp_path / "out")) == ["thesis.tex"]
    with pytest.raises(ValueError, match="not the course's repository"):
        publish.publish(tmp_path / "out", tmp_path / "new")


LESSON = {
    "cells": [{"source": ["total = x * x  # the reference\n", "return total  # and no more"]}]
}
LEAKS = {
    "course/01_one/one.ipynb": json.dumps(LESSON),
    "src/dlcourse/extra.py": "### BEGIN HIDDEN TESTS",
    "src/dlcourse/answers.json": "table = {3: 9, 5: 25}\n    return table[x]  # the visible ones",
    "assignments/tiny/tiny.ipynb": json.dumps(
        {"note": 'assert square(11) == 121, "11 squared is 121"'}
    ),
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_stops_publishing(course, tmp_path, name):
    (course / name).write_text(LEAKS[name])
    with pytest.raises(ValueError, match=name):
        publish.publish(course, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_this_repository_publishes_without_leaks():
    files = publish.collect(ROOT)
    assert "src/dlcourse/homework/sheet.py" in files
    assert publish.find_leaks(ROOT, files) == []
