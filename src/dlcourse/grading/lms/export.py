"""`nbgrader export` into the table that Canvas or Moodle takes back."""

import csv
import io
import re
from collections import defaultdict
from pathlib import Path

from nbgrader.api import Gradebook
from traitlets import Dict, List, Unicode

from dlcourse.files import write_file
from dlcourse.grading.intake.upload import clean
from dlcourse.grading.lms.people import Canvas, Moodle, Person, describe_student, find
from dlcourse.grading.lms.table import Table
from dlcourse.grading.records.export import Export
from dlcourse.grading.records.tables import FORMULA, tame

NAMED = 12  # people of the platform's whom nobody knows, in one line
FACTS = ("first_name", "last_name", "email", "lms_user_id")
LEFT = ("EX", "N/A")  # what Canvas shows of who is excused, or was not given the assignment


class PlatformExport(Export):
    """Marks for a platform: who has no mark keeps the cell that was there, and nobody gets a 0."""

    match = List(
        Unicode(), ["lms_user_id", "id", "email"], help="what people are found by, first to last"
    ).tag(config=True)
    default_to = ""

    def export(self, gradebook: Gradebook) -> None:
        """Write the table to `to`, whole or not at all."""
        rows = self.read_rows(gradebook)
        to = Path(self.to or self.default_to)
        try:
            if not rows:
                raise ValueError("the gradebook has no such assignment, or no such student")
            chosen = {row["student_id"] for row in rows}
            students = {
                str(student.id): {fact: getattr(student, fact) or "" for fact in FACTS}
                for student in gradebook.students
                if student.id in chosen
            }
            for row in rows:
                if row.get("score") is None:
                    self.log.info("%s: no mark (%s)", row["student_id"], clean(row["status"]))
                elif row["status"] != "graded":
                    self.log.warning(
                        "%s: not the whole mark (%s)", row["student_id"], row["status"]
                    )
            write_file(to, self.make(rows, students))
        except (OSError, ValueError) as error:
            self.log.error("%s", error)
            raise SystemExit(2) from None
        self.log.info("Marks are in %s", to)

    def make(self, rows: list[dict], students: dict[str, dict]) -> bytes:
        """Return the table; raise ValueError, in one line, for a file that cannot be filled in."""
        raise NotImplementedError

    def place(self, table: Table, people: dict[int, Person], students: dict[str, dict]) -> dict:
        """Return {student: row}, and name everybody whose row is not certain."""
        claims = defaultdict(list)
        for student, facts in students.items():
            rows = find(describe_student(student, facts), people, self.match)
            if len(rows) == 1:
                claims[rows[0]].append(student)
            else:
                what = f"{len(rows)} rows are" if rows else "no row is"
                self.log.error(
                    "%s: %s this student's in %s by %s",
                    *(student, what, table.path, ", ".join(self.match)),
                )
        for row, claimants in claims.items():
            if len(claimants) > 1:
                for student in claimants:
                    self.log.error(
                        "%s: row %d of %s could be of %s: none is filled in",
                        *(student, row + 1, table.path, " or ".join(claimants)),
                    )
        others = [clean(" ".join(table.rows[row][:2])) for row in people if row not in claims]
        if others and not self.student:
            more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
            names = "; ".join(others[:NAMED])
            self.log.warning("In %s, but no student of the course: %s%s", table.path, names, more)
        return {names[0]: row for row, names in claims.items() if len(names) == 1}

    def fill(self, table: Table, column: str, rows: list[dict], places: dict[str, int]) -> None:
        """Put the marks of one assignment into a column."""
        marked = 0
        for row in rows:
            student = row["student_id"]
            if student not in places or row.get("score") is None:
                continue
            if reason := self.refuse(table, places[student], column):
                self.log.error("%s: left as it is: %s", student, reason)
            else:
                table.fill(places[student], column, _number(row["score"]))
                marked += 1
        self.log.info("%s: %d of %d students have a mark", column, marked, len(rows))

    def refuse(self, table: Table, row: int, column: str) -> str:
        """Say why the platform would not take a mark here; empty if it would."""
        raise NotImplementedError

    def warn_of_points(self, row: dict, there: str) -> None:
        """Say that the platform counts other points than the assignment gives."""
        try:
            other = float(there.replace(",", ".")) != row["max_score"]
        except ValueError:
            return
        if other:
            self.log.warning(
                "%s gives %g points, but the platform counts %s: "
                "change it there, marks stay as they are",
                *(row["assignment"], row["max_score"], there),
            )


class CanvasExport(Canvas, PlatformExport):
    """Marks for Canvas (Grades, Import): its exported gradebook filled in, or a new table by ID."""

    columns = Dict(help="{assignment: title of its column in Canvas}").tag(config=True)
    default_to = "canvas.csv"

    def make(self, rows: list[dict], students: dict[str, dict]) -> bytes:
        by_assignment = _group(rows)
        if not self.gradebook:
            return self._compose(by_assignment, students)
        wanted = [self.columns[name] for name in by_assignment if name in self.columns]
        table, people = self.read_gradebook(*wanted)
        columns = {name: self._find_column(table, name) for name in by_assignment}
        if lost := [name for name in columns if not columns[name]]:
            if self.assignment or len(lost) == len(columns):
                raise ValueError(
                    f"{table.path} has no column '{lost[0]} (...)': name it in CanvasExport.columns"
                )
            self.log.warning("No column in %s for: %s", table.path, ", ".join(lost))
        places = self.place(table, people, students)
        possible = [n for n, row in enumerate(table.rows) if "Points Possible" in row[0]]
        for name, column in columns.items():
            if column:
                self.fill(table, column, by_assignment[name], places)
                if possible:
                    self.warn_of_points(by_assignment[name][0], table.cell(possible[0], column))
        return table.pack()

    def _find_column(self, table: Table, name: str) -> str:
        """Return the title of an assignment's column, which ends in Canvas's number for it."""
        if name in self.columns:
            return self.columns[name]
        titled = re.compile(re.escape(name) + r"( \(\d+\))?")
        titles = [title for title in table.titles if titled.fullmatch(title)]
        if len(titles) > 1:
            raise ValueError(
                f"{table.path} has several columns '{name} (...)': name one in CanvasExport.columns"
            )
        return titles[0] if titles else ""

    def refuse(self, table: Table, row: int, column: str) -> str:
        there = table.cell(row, column)
        return f"Canvas says {there}" if there in LEFT else ""

    def _compose(self, by_assignment: dict[str, list[dict]], students: dict[str, dict]) -> bytes:
        titles = [self.columns.get(name, name) for name in by_assignment]
        points = [_number(rows[0]["max_score"]) for rows in by_assignment.values()]
        lines = [["Student", "ID", "Section", *titles], ["    Points Possible", "", "", *points]]
        for student, facts, marks in _list_marks(by_assignment, students):
            number = facts["lms_user_id"]
            if number.isdecimal():
                name = ", ".join(filter(None, (facts["last_name"], facts["first_name"])))
                lines.append([tame(name or student), number, "", *marks])
            else:
                self.log.error("%s: no lms_user_id that is a number in Canvas: left out", student)
        return _pack(lines)


class MoodleExport(Moodle, PlatformExport):
    """Marks for Moodle: an assignment's worksheet filled in, or a table for Grades, Import."""

    default_to = "moodle.csv"

    def make(self, rows: list[dict], students: dict[str, dict]) -> bytes:
        by_assignment = _group(rows)
        if not self.worksheet:
            return self._compose(by_assignment, students)
        if len(by_assignment) > 1:
            raise ValueError(f"{self.worksheet} is of one assignment: choose it by --assignment")
        table, people = self.read_worksheet()
        places = self.place(table, people, students)
        self.fill(table, self.heading("Grade"), rows, places)
        if places:
            place = next(iter(places.values()))
            self.warn_of_points(rows[0], table.cell(place, self.heading("Maximum Grade")))
        return table.pack()

    def refuse(self, table: Table, row: int, column: str) -> str:
        locked = table.cell(row, self.heading("Grade can be changed")).casefold() == "no"
        return "Moodle says that the grade cannot be changed" if locked else ""

    def _compose(self, by_assignment: dict[str, list[dict]], students: dict[str, dict]) -> bytes:
        lines: list[list[object]] = [
            ["Email address", "ID number", "First name", "Last name", *by_assignment]
        ]
        for student, facts, marks in _list_marks(by_assignment, students):
            # What identifies cannot be quoted: a formula's sign in it leaves it out.
            ids = [facts["email"], facts["lms_user_id"]]
            ids = ["" if value.startswith(FORMULA) else value for value in ids]
            if any(ids):
                names = [tame(facts["first_name"]), tame(facts["last_name"])]
                lines.append([*ids, *names, *marks])
            else:
                self.log.error("%s: neither email nor lms_user_id: left out", student)
        return _pack(lines)


def _group(rows: list[dict]) -> dict[str, list[dict]]:
    groups = defaultdict(list)
    for row in rows:
        groups[row["assignment"]].append(row)
    return groups


def _list_marks(by_assignment: dict[str, list[dict]], students: dict[str, dict]):
    """Yield (student, facts, marks) of everybody who has a mark; a blank is not a mark."""
    marks = {
        (row["student_id"], name): _number(row["score"])
        for name, rows in by_assignment.items()
        for row in rows
        if row.get("score") is not None
    }
    for student, facts in students.items():
        own = [marks.get((student, name), "") for name in by_assignment]
        if any(own):
            yield student, facts, own


def _number(score: float) -> str:
    """Write a mark with a point, five decimals at the most, and nothing that may be a formula."""
    return f"{score:.5f}".rstrip("0").rstrip(".")


def _pack(lines: list[list[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(lines)
    return text.getvalue().encode()
