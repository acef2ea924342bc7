"""A course whose students hand in through Canvas or Moodle, and the files of these platforms."""

import csv
import io
import zipfile
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from nbgrader.apps import ExportApp, ZipCollectApp
from nbgrader.utils import capture_log

from dlcourse import homework

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
    "Participant 501;Ada Lovelace;12;ada@x.org;Submitted for grading;;100,00;Yes;"
    '"Sunday, 25 October 2026, 11:59 PM";-;\n'
    "Participant 502;José Núñez-O'Neill;;Jose@X.org;Submitted for grading;3,00;100,00;Yes;"
    '-;-;"<p>well;\ndone</p>"\n'
    "Participant 503;王 小明;14;;No submission;;100,00;Yes;"
    "Sonntag, 25. Oktober 2026, 23:59;-;=1+1\n"
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
        written = homework.submit(student, folder / "tiny.ipynb", folder, check=False)
        return written.path.read_bytes()

    def nbgrader(self, app, *arguments: str, fails: bool = False) -> str:
        """Run a command in this process, which is quicker; return its log, keep its exit status."""
        app = app()
        app.initialize([*arguments])
        done = capture_log(app)
        ended = done.get("error", "SystemExit: 0\n").splitlines()[-1]
        assert ended.startswith("SystemExit: "), done
        self.status = int(ended[-1])
        assert (self.status == 2) == fails, done
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
                points = {"double-check": float(mark), "square-check": 0.5 if float(mark) else 0}
                for name, earned in points.items():
                    gradebook.find_grade(name, "tiny", "tiny", student).auto_score = earned
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
