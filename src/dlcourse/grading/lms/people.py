"""Who is who: the people of a platform's file, and the students of the course."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from traitlets import Dict, Unicode
from traitlets.config import Configurable

from dlcourse.grading.lms.table import Table

# By what people are compared. A name counts without spaces, marks and case, either part first.
KEYS = ("lms_user_id", "id", "email", "name")
# The names that files are downloaded by; a Canvas name may be read in several ways.
CANVAS_NAME = re.compile(r"(?=_(LATE_)?(\d+)_(\d+)_(.+))")
MOODLE_NAME = re.compile(r"([^_]+)_(\d+)_assignsubmission_file(?:_(.*))?")
Person = dict[str, set[str]]  # {key: what it may be}
Name = TypeVar("Name")


def describe(names: Iterable[str | None] = (), **facts: Iterable[object]) -> Person:
    """Return a person to compare: whole names, and for other keys all that may be theirs."""
    person = {key: {_fold(str(v)) for v in values if v} - {""} for key, values in facts.items()}
    person["name"] = {re.sub(r"[\W_]", "", _fold(name or "")) for name in names} - {""}
    return person


def describe_student(student: str, facts: dict) -> Person:
    """Return a student of the roster to compare."""
    first, last = facts.get("first_name") or "", facts.get("last_name") or ""
    return describe(
        [first + last, last + first],
        id=[student],
        email=[facts.get("email")],
        lms_user_id=[facts.get("lms_user_id")],
    )


def find(person: Person, others: dict[Name, Person], keys: Iterable[str]) -> list[Name]:
    """Return who agrees with a person in the first key in which anybody does.

    Who has another lms_user_id is somebody else, whatever the other keys say. Raises ValueError for
    a key that is none.
    """
    keys = tuple(keys)
    if strange := set(keys) - set(KEYS):
        raise ValueError(f"people cannot be found by '{strange.pop()}', but by {', '.join(KEYS)}")
    if "lms_user_id" in keys:
        own = person.get("lms_user_id")
        others = {
            name: other
            for name, other in others.items()
            if not own or not other.get("lms_user_id") or own & other["lms_user_id"]
        }
    for key in keys:
        if same := [n for n, o in others.items() if person.get(key, set()) & o.get(key, set())]:
            return same
    return []


def read_sender(name: str) -> tuple[str, Person]:
    """Return who sent a file, as Canvas or Moodle put it before its name; '' if neither did."""
    if found := MOODLE_NAME.fullmatch(name):
        return f"{found[1]}_{found[2]}", describe([found[1]])
    if found := CANVAS_NAME.search(name):
        before = name[: found.start()].removesuffix("_LATE")
        return f"{before}_{found[2]}", describe([before], lms_user_id=[found[2]])
    return "", {}


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


class Canvas(Configurable):
    """What is known of a course in Canvas."""

    gradebook = Unicode("", help="the gradebook as Canvas exports it (CSV)").tag(config=True)

    def read_gradebook(self, *wanted: str) -> tuple[Table, dict[int, Person]]:
        """Return the gradebook and the people in it, by row."""
        table = Table(Path(self.gradebook), ["ID", "Section", *wanted])
        people = {}
        for row in range(1, len(table.rows)):
            number, login = table.cell(row, "ID"), table.cell(row, "SIS Login ID")
            if number.isdecimal():
                names = table.cell(row, "LastName") + table.cell(row, "FirstName")
                people[row] = describe(
                    [table.cell(row, "Student") or names],
                    lms_user_id=[number],
                    id=[login, table.cell(row, "SIS User ID")],
                    email=[login],
                )
        return table, people


class Moodle(Configurable):
    """What is known of an assignment in Moodle."""

    worksheet = Unicode("", help="the grading worksheet as Moodle exports it, CSV").tag(config=True)
    headings = Dict(
        help="Moodle's names of the columns in your language, as in {'Grade': 'Bewertung'}"
    ).tag(config=True)

    def heading(self, title: str) -> str:
        """Return a column's title in the language of the worksheet."""
        return self.headings.get(title, title)

    def read_worksheet(self) -> tuple[Table, dict[int, Person]]:
        """Return the worksheet and the people in it, by row."""
        table = Table(Path(self.worksheet), [self.heading("Identifier"), self.heading("Grade")])
        people = {}
        for row in range(1, len(table.rows)):
            name, number, login, email = (
                table.cell(row, self.heading(title))
                for title in ("Full name", "ID number", "Username", "Email address")
            )
            if table.cell(row, self.heading("Identifier")):
                people[row] = describe(
                    [name], lms_user_id=[number], id=[number, login, email], email=[email]
                )
        return table, people
