"""From each lesson there is a way on, and no link leads nowhere: here and in the students' copy."""

import posixpath
import re

import pytest

from dlcourse.authoring import myst, navigation
from dlcourse.authoring import notebooks as nb
from dlcourse.grading.release import publish

ROOT = nb.ROOT
LESSONS = navigation.lessons(ROOT)
LINK = re.compile(r"\]\(([^()\s]+)\)")
PAGES = ("course/README.md", "course/index.md")
every_lesson = pytest.mark.parametrize("name", LESSONS)


def built(name: str) -> list[str]:
    """Return the Markdown cells of a lesson as its source would be built."""
    cells = myst.read(ROOT / "course" / f"{name}.md").cells
    return [cell.source for cell in cells if cell.cell_type == "markdown"]


def links(text: str, folder: str) -> list[str]:
    """Return what relative links in a file of a folder lead to, as paths from the root."""
    own = "https://github.com/{repository}/blob/{branch}/".format(**nb.settings())
    found = [link.partition("#")[0] for link in LINK.findall(text)]
    inside = [link.removeprefix(own) for link in found if link.startswith(own)]
    beside = [posixpath.normpath(f"{folder}/{link}") for link in found if link and ":" not in link]
    return inside + beside


def test_no_link_is_dead_here_or_in_the_students_copy():
    published = set(publish.collect(ROOT))
    texts = {f"course/{name}.ipynb": "\n\n".join(built(name)) for name in LESSONS}
    texts |= {page: (ROOT / page).read_text("utf-8") for page in PAGES}
    texts["README.md"] = publish.README.read_text("utf-8")
    for file, text in texts.items():
        targets = links(text, posixpath.dirname(file) or ".")
        assert targets, file
        for target in targets:
            assert (ROOT / target).is_file(), f"{file}: {target}"
            assert target in published, f"{file}: {target} is not published"


@every_lesson
def test_lesson_leads_on_and_back(name):
    order, way = list(LESSONS), built(name)[-1]
    here = order.index(name)
    for word, beside in (("Previous", order[:here][-1:]), ("Next", order[here + 1 :][:1])):
        links = re.findall(rf"{word}: \[[^\]]+\]\(\.\./(\S+)\.ipynb\)", way)
        assert links == beside
    assert "[Contents](" in way


@every_lesson
def test_lesson_says_its_place_and_what_it_needs(name):
    assert re.search(r"\n\nLesson \d of \d of chapter \d\d, .* · \*Needs:\* \S", built(name)[0])
    assert all(LESSONS[name].facts), "its second line: minutes to read, time to run, level"
    assert LESSONS[name].needs or name == next(iter(LESSONS)), "needs, in its front matter"


def test_each_exercise_that_a_check_marks_is_the_homework_of_one_lesson():
    found = [
        (sheet, number)
        for lesson in LESSONS.values()
        for sheet, numbers in lesson.homework.items()
        for number in numbers
    ]
    marked = [("03_cnn", 5), ("03_vision", 6), ("06_transformer", 7)]
    assert sorted(found) == [(sheet, n) for sheet, last in marked for n in range(1, last + 1)]
