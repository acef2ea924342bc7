"""Class lists: from what a platform exports to grading/roster.csv, which git ignores."""

import codecs
import csv
import io
from dataclasses import dataclass, field
from pathlib import Path

from dlcourse.files import write_file
from dlcourse.grading.records.tables import tame, untame
from dlcourse.homework.sheet import STUDENT

ROSTER = "grading/roster.csv"
FACTS = ("first_name", "last_name", "email", "lms_user_id")
COLUMNS = ("id", *FACTS, "extensions")
# What platforms and people call a column, in any case, with _ or a space; the surest first.
TITLES = {
    "id": ("sis login id", "username", "login", "student id", "matrikelnummer", "学号", "id"),
    "lms_user_id": ("lms user id", "id number", "id"),
    "first_name": ("first name", "given name", "firstname", "vorname", "名"),
    "last_name": ("last name", "surname", "family name", "nachname", "姓"),
    "name": ("student", "full name", "name", "姓名"),
    "email": ("email", "email address", "e-mail", "e-mail address", "mail", "邮箱"),
    "extensions": ("extensions",),
}
Students = dict[str, dict[str, str]]  # by id: FACTS and extensions


@dataclass
class Imported:
    """A class list that was read, and what it was taken for."""

    students: Students = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)  # {what it is: title of its column}
    left_out: list[str] = field(default_factory=list)  # rows, each with the reason
    encoding: str = ""


def import_list(root: Path, path: Path, encoding: str = "") -> list[str]:
    """Bring a class list into the roster of the course in `root`; return lines about it.

    Who is in the roster already is brought up to date; nobody is dropped. Raises ValueError, in one
    line and before anything is written, for a file that is not a class list.
    """
    if not (root / "nbgrader_config.py").exists():
        raise ValueError(f"{root.resolve()} is not a course: go to the course's root")
    known, found = read_roster(root / ROSTER), read_list(path, encoding)
    keys = ("lms_user_id", "email")
    owners = {f[key]: student for key in keys for student, f in known.items() if f.get(key)}
    new, changed, seen = [], [], {}
    for name, facts in found.students.items():
        student = name
        if name not in known:  # by another id, perhaps
            student = next((owners[facts[k]] for k in keys if facts.get(k) in owners), name)
        if student in seen:
            raise ValueError(f"{path}: {name} and {seen[student]} are one student of the roster")
        seen[student] = name
        old = known.get(student, {})
        known[student] = old | {fact: text for fact, text in facts.items() if text}
        if not old:
            new.append(student)
        elif known[student] != old:
            changed.append(student)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    rows = [[name, *(f.get(column, "") for column in COLUMNS[1:])] for name, f in known.items()]
    table.writerows([COLUMNS, *(map(tame, row) for row in rows)])
    write_file(root / ROSTER, text.getvalue().encode("utf-8-sig"))  # so that spreadsheets read it
    absent = [student for student in known if student not in seen]
    took = ", ".join(f"{what} from '{title}'" for what, title in found.taken.items())
    lines = [f"{ROSTER}: {len(known)} students, {len(new)} of them new, {len(changed)} changed."]
    student, facts = next(iter(found.students.items()))
    names = " ".join(facts.get(fact, "") for fact in ("first_name", "last_name"))
    code = found.encoding.removesuffix("-sig")
    lines.append(f"Taken: {took}; read as {code}, so the first is {student}, {names}.")
    lines += [f"{name} is {s} by number or address." for s, name in seen.items() if s != name]
    if absent:
        lines.append(f"Not in this file, and kept: {', '.join(absent)}.")
    return lines + [f"Left out: {row}." for row in found.left_out]


def read_list(path: Path, encoding: str = "") -> Imported:
    """Read a class list of Canvas, of Moodle, or any table with a line of titles."""
    rows, encoding = _read_rows(path, encoding)
    titles = [title.strip() for title in rows[0]]
    folded = [title.casefold().replace("_", " ") for title in titles]
    columns: dict[str, int] = {}
    for what, names in TITLES.items():
        free = (folded.index(name) for name in names if name in folded)
        if (column := next((at for at in free if at not in columns.values()), None)) is not None:
            columns[what] = column
    if not {"id", "email"} & columns.keys():
        raise ValueError(f"{path}: call one column id or email; it has {', '.join(titles)}")
    found = Imported(taken={w: titles[at] for w, at in columns.items()}, encoding=encoding)
    if "id" not in columns:
        found.taken["id"] = f"{found.taken['email']}, up to the @"
    for number, row in enumerate(rows[1:], 2):
        shown = "".join(c if c.isprintable() else "?" for c in " ".join(row)[:40]).strip()
        if len(row) != len(titles):  # what stands where is not known
            cells = f"it has {len(row)} cells, not {len(titles)}"
            found.left_out.append(f"line {number} ({shown}): {cells}")
            continue
        facts = {what: row[at].strip() for what, at in columns.items() if at < len(row)}
        student = facts.pop("id", "") or facts.get("email", "").partition("@")[0]
        last, comma, first = facts.pop("name", "").partition(",")
        if comma:
            facts = {"first_name": first.strip(), "last_name": last.strip(), **facts}
        elif last:
            *names, family = last.split()
            facts = {"first_name": " ".join(names), "last_name": family, **facts}
        if "@" in student:
            facts.setdefault("email", student)
        if not STUDENT.fullmatch(student):
            found.left_out.append(f"line {number} ({shown}): no id of letters and digits")
        elif student in found.students:
            raise ValueError(f"{path}: {student} is in it twice, the second time in line {number}")
        else:
            found.students[student] = facts
    if not found.students:
        raise ValueError(f"{path}: nobody is in it")
    return found


def read_roster(path: Path) -> Students:
    """Return the students of grading/roster.csv; none if there is no such file."""
    if not path.exists():
        return {}
    rows, _ = _read_rows(path)
    if rows[0][:1] != ["id"] or {*rows[0]} - {*COLUMNS}:
        raise ValueError(f"{path}: its first line must be {','.join(COLUMNS)}, or some of these")
    students: Students = {}
    for number, row in enumerate(rows[1:], 2):
        facts = {title: untame(cell).strip() for title, cell in zip(rows[0], row)}
        student = facts.pop("id")
        if len(row) > len(rows[0]):
            raise ValueError(f"{path}, line {number}: it has more cells than the first line")
        if not STUDENT.fullmatch(student):
            raise ValueError(f"{path}, line {number}: no id of letters and digits")
        if student in students:
            raise ValueError(f"{path}, line {number}: {student} is in it twice")
        students[student] = facts
    return students


def read_extensions(students: Students) -> dict[str, dict[str, str]]:
    """Return {assignment: {student: time}} of the last column: `03_cnn 2026-11-09 23:59; ...`."""
    extensions: dict[str, dict[str, str]] = {}
    for student, facts in students.items():
        for entry in filter(None, map(str.strip, facts.get("extensions", "").split(";"))):
            assignment, _, time = entry.partition(" ")
            extensions.setdefault(assignment, {})[student] = time.strip()
    return extensions


def _read_rows(path: Path, encoding: str = "") -> tuple[list[list[str]], str]:
    """Return the cells of a table, whatever separates them, and the encoding it was read in."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror})") from None
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for code in (encoding,) if encoding else ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(code)
            break
        except (LookupError, UnicodeError):
            continue
    else:
        raise ValueError(f"{path} cannot be read as text: say --encoding, as in gb18030 or latin1")
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        whole = [row for row in rows if any(row)]
    except csv.Error as error:
        raise ValueError(f"{path} is damaged ({error}): download it again") from None
    if not whole:
        raise ValueError(f"{path} is empty")
    return whole, code
