"""The report of a batch: a page to look at, a table and data to process. Ungraded is never 0."""

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from dlcourse.files import write_file
from dlcourse.grading.causes import NAMED, RAISED, UNANSWERED
from dlcourse.grading.pages.template import open_template
from dlcourse.grading.records.tables import tame
from dlcourse.grading.report import summary
from dlcourse.grading.report.rows import STATUSES, Row

BARS = 10
# What the page shows of a very large class; the rest is in the table, or in the .csv and .json.
LOOKED_AT = 50  # students
OPEN = 40  # students up to whom the table of everybody is unfolded
CAUSES = 3  # of a part that are not folded away
LOG = 8  # lines of one student
LINE = 200  # characters


def write(root: Path, assignment: str, rows: list[Row], postponed: Sequence[str] = ()) -> list[str]:
    """Write grading/report/<assignment>.{html,csv,json}; return three lines that sum it up.

    A fourth names those whom this machine could not grade this time.
    """
    folder = root / "grading/report"
    counts = Counter(row.status for row in rows)
    states = ", ".join(f"{counts[status]} {status}" for status in STATUSES if counts[status])
    look = [row for row in rows if row.reason]
    parts = summary.parts(rows)
    words = summary.words(rows, parts)
    data = {
        "assignment": assignment,
        "summary": words,
        "parts": list(map(asdict, parts)),
        "students": list(map(asdict, rows)),
    }
    write_file(folder / f"{assignment}.json", json.dumps(data, indent=1).encode() + b"\n")
    write_file(folder / f"{assignment}.csv", _as_csv(rows).encode())
    said = {"assignment": assignment, "states": states, "look": look, "words": words}
    page = _as_html(rows, parts, **said)
    write_file(folder / f"{assignment}.html", page.encode("utf-8", "replace"))
    lines = [
        f"{assignment}: {summary.count(len(rows), 'student')}: {states}.",
        f"Report: {folder / assignment}.html (and .csv, .json)",
        f"To be looked at: {_name([row.student for row in look])}; the report says why."
        if look
        else "Nobody needs a look.",
    ]
    if postponed:
        again = "Run the same command again."
        lines.append(f"Could not be graded this time: {_name(postponed)}. {again}")
    return lines


def _name(students: Sequence[str]) -> str:
    more = f" and {len(students) - NAMED} more" if len(students) > NAMED else ""
    return f"{', '.join(students[:NAMED])}{more}"


def _as_csv(rows: list[Row]) -> str:
    parts = list(dict.fromkeys(part for row in rows for part in row.parts))
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    facts = ("seconds", "seconds_late", "penalty", "reason", "moved", "log", "causes")
    table.writerow(map(tame, ["student_id", "status", "score", "max_score", *parts, *facts]))
    for row in rows:
        moved = [f"{m['part']}: {m['old']:g} to {m['new']:g}: {m['why']}" for m in row.moved]
        told = [f"{part}: {said['cause'] or said['got']}" for part, said in row.failures.items()]
        cells = [row.student, row.status, row.score, row.max_score]
        cells += [row.parts.get(part) for part in parts]
        cells += [row.seconds, row.late, row.penalty, row.reason]
        cells += ["; ".join(texts) for texts in (moved, row.log, told)]
        table.writerow(map(tame, cells))
    return text.getvalue().encode("utf-8", "replace").decode()


def _as_html(rows: list[Row], parts: list[summary.Tally], **more: object) -> str:
    page = open_template("report/report.html.j2", late=_say_late)
    scores = [row.score for row in rows if row.score is not None]
    times = [(row.seconds, row) for row in rows if row.seconds is not None]
    times.sort(key=lambda time: -time[0])
    seconds, timed = [time for time, _ in times], [row for _, row in times]
    return page.render(
        rows=rows,
        moved=[(row, move) for row in rows for move in row.moved],
        parts=parts,
        columns=list(rows[0].parts),
        most=max((len(group.students) for part in parts for group in part.groups), default=1),
        scores=spread(scores, rows[0].max_score),
        times=spread(seconds, max(seconds, default=0)),
        timed=timed,
        limits=dict(look=LOOKED_AT, open=OPEN, causes=CAUSES, log=LOG, line=LINE, names=NAMED),
        raised=RAISED,
        unanswered=UNANSWERED,
        **more,
    )


def _say_late(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))


def spread(scores: list[float], most: float) -> list[dict]:
    """Count scores in at most `BARS` intervals of whole points from 0 to `most`."""
    if not scores:
        return []
    width = max(1, math.ceil(most / BARS))
    number = max(1, math.ceil(most / width))
    counts = Counter(min(number - 1, int(max(0, score) // width)) for score in scores)
    highest = max(counts.values())
    bars = []
    for place in range(number):
        low, high = place * width, min(most, (place + 1) * width)
        name = f"{low:g} to {high:g}" if place == number - 1 else f"{low:g} to under {high:g}"
        bars.append({"name": name, "low": low, "count": counts[place]})
        bars[-1]["height"] = round(100 * counts[place] / highest, 1)
    return bars
