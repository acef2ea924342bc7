"""Canvas and Moodle: from the zip that they let you download to the table that they take back."""

import csv
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from shutil import copytree

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import ExportApp, ZipCollectApp
from nbgrader.utils import capture_log

from dlcourse import homework

# nbgrader adds a submission in a way that SQLAlchemy calls harmless.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")

STUDENTS = {
    "ada": {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "email": "ada@x.org",
        "lms_user_id": "12",
    },
    "jose": {"first_name": "José", "last_name": "Núñez-O'Neill", "email": "jose@x.org"},
    "wei": {"first_name": "小明", "last_name": "王", "email": "wei@x.org", "lms_user_id": "14"},
    "mia": {"first_name": "Mia", "last_name": "Müller", "email": "mia@x.org", "lms_user_id": "15"},
    "ann1": {"first_name": "Ann", "last_name": "Lee", "email": "ann1@x.org"},
    "ann2": {"first_name": "Ann", "last_name": "Lee", "email": "ann2@x.org"},
}
# As Canvas exports a gradebook: byte mark, titles with numbers, a row of postings, one of points.
CANVAS = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Essay (70),tiny (71),Final Score\r\n"
    ",,,,,,Manual Posting,\r\n"
    "    Points Possible,,,,,10.00,9.00,(read only)\r\n"
    '"Lovelace, Ada",12,S12,al1815,"Group 1, Monday",7.50,,80.1\r\n'
    '"Núñez-O\'Neill, José",13,S13,JOSE@x.org,Group 1,,1.00,\r\n'
    '"王, 小明",14,,,"a ""quoted"" group",,,\r\n'
    '"=""=cmd|\' /C calc\'!A0""",15,S15,mm,Group 2,,EX,\r\n'
    '"Lee, Ann",16,S16,ann1,Group 2,,,\r\n'
    '"Lee, Ann",17,S17,ann2,Group 2,9,8.00,\r\n'
    '"Student, Test",99,,3f4c,Group 1,,,\r\n'
)
# As Moodle exports a worksheet in a country of decimal commas, where it separates by semicolons.
MOODLE = (
    "Identifier;Full name;ID number;Email address;Status;Grade;Maximum Grade;"
    "Grade can be changed;Last modified (submission);Last modified (grade);Feedback comments\n"
    'Participant 501;Ada Lovelace;12;ada@x.org;Submitted for grading;;100,00;Yes;"Sunday, 25 October 2026, 11:59 PM";-;\n'
    'Participant 502;José Núñez-O\'Neill;;Jose@X.org;Submitted for grading;3,00;100,00;Yes;-;-;"<p>well;\ndone</p>"\n'
    "Participant 503;王 小明;14;;No submission;;100,00;Yes;Sonntag, 25. Oktober 2026, 23:59;-;=1+1\n"
    "Participant 504;Mia Müller;15;mia@x.org;Submitted for grading;;100,00;No;-;-;\n"
    "Participant 505;Ann Lee;;ann1@x.org;Submitted for grading;;100,00;Yes;-;-;\n"
    "Participant 506;Ann Lee;;ann2@x.org;No submission;;100,00;Yes;-;-;\n"
)


class RubyName(zipfile.ZipInfo):
    """A name as rubyzip, and so Canvas, writes it: in UTF-8, but without saying so."""

    def _encodeFilenameFlags(self):
        return self.filename.encode(), self.flag_bits & ~0x800


def pack(files: dict[str, bytes], name: type = zipfile.ZipInfo) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, data in files.items():
            archive.writestr(name(path), data)
    return packed.getvalue()


@pytest.fixture
def course(released, tmp_path, monkeypatch):
    root = copytree(released, tmp_path / "course")
    with (root / "course_roster.py").open("a") as roster:
        roster.write(f"c.Roster.students = {STUDENTS!r}\nc.Roster.timezone = 'Europe/Vienna'\n")
    monkeypatch.chdir(root)
    monkeypatch.setenv("PATH", os.environ["PATH"])  # nbgrader's configuration changes it
    monkeypatch.setattr(sys, "path", sys.path[:])  # and its commands this
    return Course(root)


class Course:
    """A course whose tiny assignment is out."""

    def __init__(self, root: Path):
        self.root = root

    def answer(self, double: str = "0", name: str = "tiny") -> bytes:
        """Return the assignment with an answer by which it is known again."""
        nb = nbformat.read(self.root / "assignments/tiny/tiny.ipynb", 4)
        next(c for c in nb.cells if c.id == "double").source = f"# {double}"
        return nbformat.writes(nb).encode()

    def submitted(self, double: str, student: str) -> bytes:
        """Return what `dlcourse submit` writes."""
        folder = self.root.parent
        (folder / "tiny.ipynb").write_bytes(self.answer(double))
        path, _ = homework.submit(folder / "tiny.ipynb", student, folder)
        return path.read_bytes()

    def nbgrader(self, app, *arguments: str, fails: bool = False) -> str:
        """Run a command in this process, which is quicker; return its log."""
        app = app()
        app.initialize([*arguments])
        done = capture_log(app)
        assert done["success"] != fails, done
        assert not fails or done["error"].endswith("SystemExit: 1\n")
        return done["log"]

    def collect(self, platform: str, download: bytes, *options: str, fails: bool = False) -> str:
        archive = self.root / "grading/downloaded/tiny/archive"
        archive.mkdir(parents=True, exist_ok=True)
        (archive / "submissions.zip").write_bytes(download)
        plugin = f"--collector=dlcourse.grading.lms.{platform}Collector"
        return self.nbgrader(ZipCollectApp, "tiny", plugin, *options, fails=fails)

    @property
    def collected(self) -> dict[str, str]:
        """What was answered by whom."""
        found = {}
        for path in (self.root / "grading/submitted").glob("*/tiny/*.ipynb"):
            assert path.name == "tiny.ipynb"
            nb = nbformat.read(path, 4)
            found[path.parts[-3]] = next(c for c in nb.cells if c.id == "double").source[2:]
        return found

    def time(self, student: str) -> str:
        path = self.root / f"grading/submitted/{student}/tiny/timestamp.txt"
        return path.read_text() if path.exists() else ""

    def mark(self, marks: dict[str, str]) -> None:
        """Give marks; whoever is not among them stays without."""
        with Gradebook(f"sqlite:///{self.root}/grading/gradebook.db") as gradebook:
            for student, facts in STUDENTS.items():
                gradebook.update_or_create_student(student, **facts)
            for student, mark in marks.items():
                gradebook.add_submission("tiny", student)
                for name, points in {"double-check": float(mark), "square-check": 0.5}.items():
                    gradebook.find_grade(name, "tiny", "tiny", student).auto_score = points
            gradebook.db.commit()

    def export(self, platform: str, *options: str, fails: bool = False) -> str:
        exporter = f"--exporter=dlcourse.grading.lms.{platform}Export"
        return self.nbgrader(ExportApp, exporter, "--to=marks.csv", *options, fails=fails)


def differences(before: str, after: str, separator: str) -> dict[tuple[str, str], str]:
    """Return {(who, column): new} of all cells that changed."""
    old, new = (list(csv.reader(io.StringIO(t), delimiter=separator)) for t in (before, after))
    assert [len(row) for row in old] == [len(row) for row in new]
    return {
        (row[1], old[0][n]): row[n]
        for row, past in zip(new, old)
        for n in range(len(row))
        if row[n] != past[n]
    }


def test_canvas_there_and_back(course):
    name = "núñezoneilljosé_LATE_13_902_tiny-1.ipynb"
    download = {
        "lovelaceada_12_901_tiny_ada_20261025T215900Z.zip": course.submitted("1.25", "ada"),
        name: course.answer("2"),
        "núñezoneilljosé_LATE_13_880_tiny.ipynb": course.answer("an older one"),
        "núñezoneilljosé_LATE_13_990_03_scratch.ipynb": b"{}",
        "王小明_14_903_作业.ipynb": course.answer("0.75"),
        "müllermia_15_904_tiny.zip": pack({"a/b/tiny.ipynb": course.answer("1")}),
        "leeann_16_905_tiny.ipynb": course.answer("which Ann?"),
        "ghost_77_906_tiny.ipynb": course.answer("a ghost"),
    }
    log = course.collect("Canvas", pack(download, RubyName))
    assert course.collected == {"ada": "1.25", "jose": "2", "wei": "0.75", "mia": "1"}
    assert course.time("ada")
    assert not course.time("jose")
    assert "jose: marked as LATE; there is no time, so no late penalty" in log
    assert "'leeann_16' could be ann1 or ann2" in log
    assert "'ghost_77' is not in course_roster.py" in log

    course.mark(course.collected)
    downloaded = course.root / "downloaded.csv"
    downloaded.write_bytes(CANVAS.encode())
    log = course.export("Canvas", "--CanvasExport.gradebook=downloaded.csv")
    after = (course.root / "marks.csv").read_bytes()
    assert differences(CANVAS, after.decode(), ",") == {
        ("12", "tiny (71)"): "1.75",
        ("13", "tiny (71)"): "2.5",
        ("14", "tiny (71)"): "1.25",
    }
    # Not a byte is another but these, quotes and line ends and the byte mark among them.
    assert after.decode() == (
        CANVAS.replace("7.50,,80.1", "7.50,1.75,80.1")
        .replace("Group 1,,1.00,", "Group 1,,2.5,")
        .replace('group",,,', 'group",,1.25,')
    )
    assert "mia: left as it is: Canvas says EX" in log
    assert "ann1: no mark (not submitted)" in log
    assert "no student of the course: Student, Test 99" in log


def test_moodle_there_and_back(course):
    (course.root / "worksheet.csv").write_bytes(MOODLE.encode())
    download = {
        "Ada Lovelace_501_assignsubmission_file_/tiny.zip": course.submitted("1.25", "mia"),
        "José Núñez-O'Neill_502_assignsubmission_file_tiny.ipynb": course.answer("2"),
        "王 小明_503_assignsubmission_file/hand in/tiny.ipynb": course.answer("0.75"),
        "Mia Müller_504_assignsubmission_file_/tiny_(2).ipynb": course.answer("1"),
        "Ann Lee_505_assignsubmission_file_/tiny.ipynb": course.answer("1.5"),
        "Ann Lee_505_assignsubmission_onlinetext_/onlinetext.html": b"<p>done</p>",
    }
    worksheet = "--MoodleCollector.worksheet=worksheet.csv"
    log = course.collect("Moodle", pack(download), worksheet)
    marks = {"ada": "1.25", "jose": "2", "wei": "0.75", "mia": "1", "ann1": "1.5"}
    assert course.collected == marks
    assert "ada: the zip says 'mia'; the platform's word counts" in log
    # Moodle's time, not that of the student's clock; after the clocks went back.
    assert course.time("ada") == "2026-10-25 22:59:00"
    assert not course.time("wei")
    assert "so not used: 'Sonntag, 25. Oktober 2026, 23:59'" in log

    course.mark(course.collected)
    log = course.export("Moodle", "--MoodleExport.worksheet=worksheet.csv", "--assignment=tiny")
    after = (course.root / "marks.csv").read_bytes().decode()
    assert after == (
        MOODLE.replace('grading;;100,00;Yes;"', 'grading;1.75;100,00;Yes;"')
        .replace("3,00;", "2.5;")
        .replace("No submission;;100,00;Yes;Sonntag", "No submission;1.25;100,00;Yes;Sonntag")
        .replace("ann1@x.org;Submitted for grading;;", "ann1@x.org;Submitted for grading;2;")
    )
    assert "mia: left as it is: Moodle says that the grade cannot be changed" in log
    assert "ann2: no mark (not submitted)" in log
    assert "tiny gives 9 points, but the platform counts of 100,00" in log


def test_a_command_line_that_cannot_work_ends_in_one_line_and_leaves_the_old_table(course):
    course.mark({"ada": "1"})
    (course.root / "marks.csv").write_text("the old table")
    (course.root / "foreign.csv").write_text("name,points\nAda,3\n")
    command = [sys.executable, "-m", "nbgrader", "export", "--to=marks.csv"]
    command += ["--exporter=dlcourse.grading.lms.CanvasExport", "--Canvas.gradebook=foreign.csv"]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True)
    assert done.returncode == 1
    assert "foreign.csv has no column 'ID': is it the file" in done.stderr.splitlines()[-1]
    assert (course.root / "marks.csv").read_text() == "the old table"


@pytest.mark.parametrize(
    "platform, text, options, says",
    [
        ("Canvas", None, [], "file.csv cannot be read (No such file or directory)"),
        ("Canvas", MOODLE, [], "file.csv has no column 'ID'"),
        ("Canvas", CANVAS.replace("tiny (71)", "tiny"), [], ""),
        ("Canvas", CANVAS.replace("tiny", "big"), [], "has no column 'tiny (...)'"),
        ("Canvas", CANVAS, ["--CanvasExport.columns=tiny=Quiz (4)"], "has no column 'Quiz (4)'"),
        (
            "Canvas",
            CANVAS.replace("Essay (70)", "tiny (70)"),
            [],
            "has several columns 'tiny (...)'",
        ),
        ("Canvas", CANVAS.replace('Ada"', "Ada"), [], "file.csv is damaged"),
        ("Canvas", CANVAS.encode("utf-16"), [], "file.csv is not in UTF-8"),
        ("Canvas", CANVAS, ["--assignment=other"], "no such assignment"),
        ("Canvas", CANVAS, ["--student=nobody"], "no such student"),
        ("Canvas", CANVAS, ["--CanvasExport.match=face"], "cannot be found by 'face'"),
        ("Moodle", CANVAS, [], "file.csv has no column 'Identifier'"),
        ("Moodle", MOODLE.replace(";Grade;", ";Note;"), [], "file.csv has no column 'Grade'"),
        ("Moodle", MOODLE.replace(";Grade;", ";Note;"), ["--Moodle.headings=Grade=Note"], ""),
        ("Moodle", MOODLE + "Participant 507;x", [], ""),
        ("Moodle", MOODLE.partition(";;100,00")[0], [], "row 2 is cut off"),
    ],
)
def test_a_file_that_cannot_be_filled_in_is_named_and_nothing_is_written(
    course, platform, text, options, says
):
    course.mark({"ada": "1"})
    if text is not None:
        data = text if isinstance(text, bytes) else text.encode()
        (course.root / "file.csv").write_bytes(data)
    which = {"Canvas": "gradebook", "Moodle": "worksheet"}[platform]
    log = course.export(platform, f"--{platform}.{which}=file.csv", *options, fails=bool(says))
    assert says in log
    assert (course.root / "marks.csv").exists() != bool(says)


def test_without_a_file_the_roster_makes_a_table_of_those_who_have_marks(course):
    STRANGE = {"first_name": "=1+1", "last_name": "", "email": "=x@x.org"}
    course.mark({"ada": "1.25", "jose": "2", "wei": "0"})
    with Gradebook(f"sqlite:///{course.root}/grading/gradebook.db") as gradebook:
        gradebook.update_or_create_student("ada", **STRANGE)
        gradebook.update_or_create_student("wei", email="=x@x.org", lms_user_id="-14")
        gradebook.add_submission("tiny", "ann1")  # nobody has marked it
        gradebook.db.commit()
    log = course.export("Canvas", "--CanvasExport.columns=tiny=Homework (4)")
    assert (course.root / "marks.csv").read_bytes().decode() == (
        "Student,ID,Section,Homework (4)\r\n    Points Possible,,,9\r\n'=1+1,12,,1.75\r\n"
    )
    assert "jose: no lms_user_id that is a number in Canvas: left out" in log
    log = course.export("Moodle")
    assert (course.root / "marks.csv").read_bytes().decode() == (
        "Email address,ID number,First name,Last name,tiny\r\n"
        ",12,'=1+1,,1.75\r\njose@x.org,,José,Núñez-O'Neill,2.5\r\n"
    )
    assert "wei: neither email nor lms_user_id: left out" in log
    assert "ann1: no mark (ungraded" in log


def test_whose_row_is_not_certain_is_named_and_keeps_its_cell(course):
    course.mark({student: "1" for student in STUDENTS})
    rows = CANVAS.replace("JOSE@x.org", "ann1").replace('"王, 小明",14', '"王, 小明",41')
    (course.root / "file.csv").write_bytes(rows.encode())
    file = "--Canvas.gradebook=file.csv"
    log = course.export("Canvas", file)
    changed = differences(rows, (course.root / "marks.csv").read_text(encoding="utf-8"), ",")
    assert {who for who, _ in changed} == {"12", "17"}
    assert "ann1: 2 rows are this student's in file.csv by lms_user_id, id, email" in log
    assert "jose: no row is this student's in file.csv" in log
    by = ["--CanvasExport.match=lms_user_id"]
    # Wei's number is another in Canvas: not even an equal name makes them one.
    log = course.export("Canvas", file, *by, "--CanvasExport.match=name")
    assert "wei: no row" in log
    assert "ann1: 2 rows" in log
    log = course.export("Canvas", file, "--CanvasExport.match=name", "--student=wei")
    changed = differences(rows, (course.root / "marks.csv").read_text(encoding="utf-8"), ",")
    assert changed == {("41", "tiny (71)"): "1.5"}
    assert "Student, Test" not in log


def test_two_students_of_one_row_get_nothing(course):
    course.mark({"ann1": "1", "ada": "1"})
    rows = CANVAS.replace("ann1,", "lee,").replace(",S17,ann2", ",ann1,ann2")
    (course.root / "file.csv").write_bytes(rows.encode())
    log = course.export("Canvas", "--Canvas.gradebook=file.csv")
    changed = differences(rows, (course.root / "marks.csv").read_text(encoding="utf-8"), ",")
    assert changed == {("12", "tiny (71)"): "1.5"}
    assert "ann1: row 9 of file.csv could be of ann1 or ann2: none is filled in" in log


def test_hostile_and_odd_uploads_cost_nobody_else_their_place(course):
    good = course.answer("1")
    stamped = {f"{day}/tiny.ipynb": course.answer(day) for day in ("20260101T000000Z",)}
    download = {
        "lovelaceada_12_901_tiny.zip": b"PK\3\4 broken",
        "lovelaceada_12_902_../../../../evil.ipynb": course.answer("evil"),
        # A file's name that would be Mia's: it may be either's, so it is nobody's.
        "núñezoneilljosé_13_903_15_1_tiny.ipynb": good,
        # Inside an upload, names are the student's own.
        "王小明_14_904_x.zip": pack({"müllermia_15_999_tiny.ipynb": course.answer("wei's")}),
        "müllermia_15_905_tiny.zip": pack({"mia/99999999T999999Z/tiny.ipynb": good}),
        "müllermia_15_904_tiny.zip": pack({f"mia/{name}": data for name, data in stamped.items()}),
        "anon_Xy_907_tiny.ipynb": good,
        f"leeann_17_908_{'长' * 90}.ipynb": good,
        "notes.txt": b"",
    }
    roster = {student: facts for student, facts in STUDENTS.items() if student != "ann1"}
    with (course.root / "course_roster.py").open("a") as file:
        file.write(f"c.Roster.students = {roster!r}\n")
    log = course.collect("Canvas", pack(download, RubyName))
    assert course.collected == {"ada": "evil", "wei": "wei's", "mia": "1", "ann2": "1"}
    assert not course.time("mia")  # a time that is none is not a time
    assert "lovelaceada_12_901_tiny.zip is a broken zip" in log
    assert "'núñezoneilljosé_13' could be jose or mia (by lms_user_id, id, email, name)" in log
    assert "'submissions.zip/anon_Xy_907_tiny.ipynb' the platform gives no such names" in log
    assert "No notebook in submissions.zip/notes.txt" in log
    extracted = course.root / "grading/downloaded/tiny/extracted"
    evil = [path for path in course.root.parent.rglob("evil*")]
    assert [extracted in path.parents for path in evil] == [True]


def test_two_people_of_one_name_are_not_taken_for_one_student(course):
    download = {f"núñezoneilljosé_{n}_90{n}_tiny.ipynb": course.answer(str(n)) for n in (1, 2)}
    log = course.collect("Canvas", pack(download, RubyName))
    assert course.collected == {}
    assert "'núñezoneilljosé_1' and 'núñezoneilljosé_2' are both this student by name" in log
    (course.root / "known.csv").write_bytes(CANVAS.replace(",13,", ",2,").encode())
    course.collect("Canvas", pack(download, RubyName), "--Canvas.gradebook=known.csv", "--force")
    assert course.collected == {}  # the other one still has the name


def test_a_collection_needs_a_roster_and_a_whole_file(course):
    download = pack({"lovelaceada_12_901_tiny.ipynb": course.answer()})
    log = course.collect("Canvas", download, "--Canvas.gradebook=none.csv", fails=True)
    assert "none.csv cannot be read" in log
    (course.root / "course_roster.py").write_text("")
    log = course.collect("Canvas", download, "--force", fails=True)
    assert "course_roster.py lists no students" in log
    assert not (course.root / "grading/submitted").exists()


def test_of_several_notebooks_in_moodle_the_later_zip_counts_and_else_none(course):
    folder = "Ada Lovelace_501_assignsubmission_file_"
    times = {
        f"{folder}/{n}.zip": pack({f"ada/2026010{n}T000000Z/tiny.ipynb": course.answer(n)})
        for n in "132"
    }
    course.collect("Moodle", pack(times))
    assert (course.collected, course.time("ada")) == ({"ada": "3"}, "2026-01-03 00:00:00")
    two = {f"{folder}/{n}/tiny.ipynb": course.answer(n) for n in "12"}
    log = course.collect("Moodle", pack(two), "--force")
    assert "ada: unclear which notebook counts, not collected: 1/tiny.ipynb, 2/tiny.ipynb" in log
    assert course.collected == {"ada": "3"}  # as collected before
