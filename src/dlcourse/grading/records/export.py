"""`nbgrader export` that tells a student without a mark from a student with 0."""

import csv
import io
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin

from dlcourse.grading.records import late
from dlcourse.grading.records.ledger import open_ledger
from dlcourse.grading.records.marks import read_gradebook
from dlcourse.grading.records.tables import tame

COLUMNS = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score", "status"),
)


class Export(CsvExportPlugin):
    """nbgrader's columns and a last one, `status`; who has no graded submission has no score."""

    parent: Any  # nbgrader's command, whose traits have no types

    def export(self, gradebook: Gradebook) -> None:
        """Write the table to `to` (default: grades.csv)."""
        to = Path(self.to or "grades.csv")
        self.log.info("Exporting grades to %s", to)
        text = io.StringIO()
        table = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
        table.writeheader()
        for row in self.read_rows(gradebook):
            table.writerow({name: tame(value) for name, value in row.items()})
        try:
            to.write_bytes(text.getvalue().encode())  # which may be /dev/stdout
        except OSError as error:
            self.log.error("%s", error)
            raise SystemExit(2) from None

    def read_rows(self, gradebook: Any) -> list[dict]:
        """Return the rows of the chosen assignments and students, late penalties up to date."""
        students = {str(name) for name in self.student}
        wanted = {str(name) for name in self.assignment}
        names = [assignment.name for assignment in gradebook.assignments]
        chosen = [name for name in names if not wanted or name in wanted]
        for name in chosen:
            late.assess(gradebook, name, self.config)
        return [
            row
            for assignment in gradebook.assignments
            if assignment.name in chosen
            for row in self._read(gradebook, assignment)
            if not students or row["student_id"] in students
        ]

    def _read(self, gradebook: Any, assignment: Any) -> list[dict]:
        """Return a row for every student in the gradebook."""
        submissions = read_gradebook(gradebook, assignment.name)
        ledger = open_ledger(Path(self.parent.coursedir.root), assignment.name)
        rows = []
        for student in gradebook.students:
            row = {"assignment": assignment.name, "student_id": student.id}
            row |= {fact: getattr(assignment, fact) for fact in ("duedate", "max_score")}
            row |= {fact: getattr(student, fact) for fact in ("last_name", "first_name", "email")}
            rows.append(row)
            held, entry = submissions.get(student.id), ledger.read(student.id)
            if held:
                row["timestamp"] = held.timestamp
            if entry.before is not None or (held and not held.finished):
                row["status"] = f"ungraded: {entry.reason or 'grading it was interrupted'}"
            elif held:
                row["raw_score"], row["score"] = held.raw_score, held.score
                row["late_submission_penalty"] = held.penalty
                unmarked = f", {len(held.unmarked)} to be marked by a person"
                row["status"] = f"graded{unmarked if held.unmarked else ''}"
            else:
                ungraded = entry.status == "ungraded"
                row["status"] = f"ungraded: {entry.reason}" if ungraded else "not submitted"
        return rows
