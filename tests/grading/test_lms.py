"""Canvas and Moodle: from the zip that they let you download to the table that they take back."""

import csv
import io
import subprocess
import sys
import zipfile
from pathlib import Path
from shutil import copytree

import nbformat
import pytest
from nbgrader.api import Gradebook

from dlcourse import homework

# nbgrader adds a submission in a way that SQLAlchemy calls harmless.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")

STUDENTS = {
    "ada": {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@x.org", "lms_user_id": "12"},
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
    "\"Núñez-O'Neill, José\",13,S13,JOSE@x.org,Group 1,,1.00,\r\n"
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
    "Participant 502;José Núñez-O'Neill;;Jose@X.org;Submitted for grading;3,00;100,00;Yes;-;-;\"<p>well;\ndone</p>\"\n"
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
def course(loop, released, tmp_path):
    return Course(loop, copytree(released, tmp_path / "course"))


class Course:
    """A course whose tiny assignment is out."""

    def __init__(self, loop, root: Path):
        self.loop, self.root = loop, root
        with (root / "course_roster.py").open("a") as roster:
            roster.write(f"c.Roster.students = {STUDENTS!r}\nc.Roster.timezone = 'Europe/Vienna'\n")

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

    def nbgrader(self, *arguments: str, fails: bool = False) -> str:
        command = [sys.executable, "-m", "nbgrader", *arguments]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True)
        assert done.returncode == (1 if fails else 0), done.stderr
        return done.stdout + done.stderr

    def collect(self, platform: str, download: bytes, *options: str) -> str:
        archive = self.root / "grading/downloaded/tiny/archive"
        archive.mkdir(parents=True)
        (archive / "submissions.zip").write_bytes(download)
        plugin = f"--collector=dlcourse.grading.lms.{platform}Collector"
        return self.nbgrader("zip_collect", "tiny", plugin, *options)

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
        return self.nbgrader("export", exporter, "--to=marks.csv", *options, fails=fails)


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
        MOODLE.replace("grading;;100,00;Yes;\"", "grading;1.75;100,00;Yes;\"")
        .replace("3,00;", "2.5;")
        .replace("No submission;;100,00;Yes;Sonntag", "No submission;1.25;100,00;Yes;Sonntag")
        .replace("ann1@x.org;Submitted for grading;;", "ann1@x.org;Submitted for grading;2;")
    )
    assert "mia: left as it is: Moodle says that the grade cannot be changed" in log
    assert "ann2: no mark (not submitted)" in log
    assert "tiny gives 9 points, but the platform counts of 100,00" in log
