"""Canvas and Moodle: from the zip that they let you download to the table that they take back."""

import subprocess
import sys

import pytest
from nbgrader.api import Gradebook
from platforms import CANVAS, MOODLE, STUDENTS, RubyName, differences, pack

# nbgrader adds a submission in a way that SQLAlchemy calls harmless.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")


def test_canvas_there_and_back(lms):
    name = "núñezoneilljosé_LATE_13_902_tiny-1.ipynb"
    download = {
        "lovelaceada_12_901_tiny_ada_20261025T215900Z.zip": lms.submitted("1.25", "ada"),
        name: lms.answer("2"),
        "núñezoneilljosé_LATE_13_880_tiny.ipynb": lms.answer("an older one"),
        "núñezoneilljosé_LATE_13_990_03_scratch.ipynb": b"{}",
        "王小明_14_903_作业.ipynb": lms.answer("0.75"),
        "müllermia_15_904_tiny.zip": pack({"a/b/tiny.ipynb": lms.answer("1")}),
        "leeann_16_905_tiny.ipynb": lms.answer("which Ann?"),
        "ghost_77_906_tiny.ipynb": lms.answer("a ghost"),
    }
    log = lms.collect("Canvas", pack(download, RubyName))
    assert lms.collected == {"ada": "1.25", "jose": "2", "wei": "0.75", "mia": "1"}
    assert lms.time("ada")
    assert not lms.time("jose")
    assert "jose: marked as LATE; there is no time, so no late penalty" in log
    assert "Not collected: 'leeann_16' (could be ann1 or ann2" in log
    assert "Not collected: 'ghost_77' (no student, by" in log

    lms.mark(lms.collected)
    downloaded = lms.root / "downloaded.csv"
    downloaded.write_bytes(CANVAS.encode())
    log = lms.export("Canvas", "--CanvasExport.gradebook=downloaded.csv")
    after = (lms.root / "marks.csv").read_bytes()
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
    assert "ada: not the whole mark (graded, 1 to be marked by a person)" in log
    assert "no student of the course: Student, Test 99" in log


def test_moodle_there_and_back(lms):
    (lms.root / "worksheet.csv").write_bytes(MOODLE.encode())
    download = {
        "Ada Lovelace_501_assignsubmission_file_/tiny.zip": lms.submitted("1.25", "mia"),
        "José Núñez-O'Neill_502_assignsubmission_file_tiny.ipynb": lms.answer("2"),
        "王 小明_503_assignsubmission_file/hand in/tiny.ipynb": lms.answer("0.75"),
        "Mia Müller_504_assignsubmission_file_/tiny_(2).ipynb": lms.answer("1"),
        "Ann Lee_505_assignsubmission_file_/tiny.ipynb": lms.answer("1.5"),
        "Ann Lee_505_assignsubmission_onlinetext_/onlinetext.html": b"<p>done</p>",
    }
    worksheet = "--MoodleCollector.worksheet=worksheet.csv"
    log = lms.collect("Moodle", pack(download), worksheet)
    marks = {"ada": "1.25", "jose": "2", "wei": "0.75", "mia": "1", "ann1": "1.5"}
    assert lms.collected == marks
    assert "ada: the zip says 'mia'; the platform's word counts" in log
    # Moodle's time, not that of the student's clock; after the clocks went back.
    assert lms.time("ada") == "2026-10-25 22:59:00"
    assert not lms.time("wei")
    assert "so not used: 'Sonntag, 25. Oktober 2026, 23:59'" in log

    lms.mark(lms.collected)
    log = lms.export("Moodle", "--MoodleExport.worksheet=worksheet.csv", "--assignment=tiny")
    after = (lms.root / "marks.csv").read_bytes().decode()
    assert after == (
        MOODLE.replace('grading;;100,00;Yes;"', 'grading;1.75;100,00;Yes;"')
        .replace("3,00;", "2.5;")
        .replace("No submission;;100,00;Yes;Sonntag", "No submission;1.25;100,00;Yes;Sonntag")
        .replace("ann1@x.org;Submitted for grading;;", "ann1@x.org;Submitted for grading;2;")
    )
    assert "mia: left as it is: Moodle says that the grade cannot be changed" in log
    assert "ann2: no mark (not submitted)" in log
    assert "tiny gives 9 points, but the platform counts 100,00" in log


def test_a_command_line_that_cannot_work_ends_in_one_line_and_leaves_the_old_table(lms):
    lms.mark({"ada": "1"})
    (lms.root / "marks.csv").write_text("the old table")
    (lms.root / "foreign.csv").write_text("name,points\nAda,3\n")
    command = [sys.executable, "-m", "nbgrader", "export", "--to=marks.csv"]
    command += ["--exporter=dlcourse.grading.lms.CanvasExport", "--Canvas.gradebook=foreign.csv"]
    done = subprocess.run(command, cwd=lms.root, capture_output=True, text=True)
    assert done.returncode == 2
    assert "foreign.csv has no column 'ID': is it the file" in done.stderr.splitlines()[-1]
    assert (lms.root / "marks.csv").read_text() == "the old table"


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
    lms, platform, text, options, says
):
    lms.mark({"ada": "1"})
    if text is not None:
        data = text if isinstance(text, bytes) else text.encode()
        (lms.root / "file.csv").write_bytes(data)
    which = {"Canvas": "gradebook", "Moodle": "worksheet"}[platform]
    log = lms.export(platform, f"--{platform}.{which}=file.csv", *options, fails=bool(says))
    assert says in log
    assert (lms.root / "marks.csv").exists() != bool(says)


def test_without_a_file_the_roster_makes_a_table_of_those_who_have_marks(lms):
    ada = STUDENTS["ada"] | {"first_name": "=1+1", "last_name": "", "email": "=x@x.org"}
    wei = STUDENTS["wei"] | {"email": "=x@x.org", "lms_user_id": "-14"}
    with (lms.root / "course_roster.py").open("a") as roster:  # the export brings it up to date
        roster.write(f"c.Roster.students = {STUDENTS | {'ada': ada, 'wei': wei}!r}\n")
    lms.mark({"ada": "1.25", "jose": "2", "wei": "3", "mia": "0"})
    with Gradebook(f"sqlite:///{lms.root}/grading/gradebook.db") as gradebook:
        gradebook.add_submission("tiny", "ann1")  # nobody has marked it
        gradebook.db.commit()
    log = lms.export("Canvas", "--CanvasExport.columns=tiny=Homework (4)")
    assert (lms.root / "marks.csv").read_bytes().decode() == (
        "Student,ID,Section,Homework (4)\r\n    Points Possible,,,9\r\n"
        '\'=1+1,12,,1.75\r\n"Müller, Mia",15,,0\r\n'
    )
    assert "jose: no lms_user_id that is a number in Canvas: left out" in log
    log = lms.export("Moodle")
    assert (lms.root / "marks.csv").read_bytes().decode() == (
        "Email address,ID number,First name,Last name,tiny\r\n"
        ",12,'=1+1,,1.75\r\nmia@x.org,15,Mia,Müller,0\r\njose@x.org,,José,Núñez-O'Neill,2.5\r\n"
    )
    assert "wei: neither email nor lms_user_id: left out" in log
    assert "ann1: no mark (ungraded" in log


def test_whose_row_is_not_certain_is_named_and_keeps_its_cell(lms):
    lms.mark({student: "1" for student in STUDENTS})
    rows = CANVAS.replace("JOSE@x.org", "ann1").replace('"王, 小明",14', '"王, 小明",41')
    (lms.root / "file.csv").write_bytes(rows.encode())
    file = "--Canvas.gradebook=file.csv"
    log = lms.export("Canvas", file)
    changed = differences(rows, (lms.root / "marks.csv").read_text(encoding="utf-8"), ",")
    assert {who for who, _ in changed} == {"12", "17"}
    assert "ann1: 2 rows are this student's in file.csv by lms_user_id, id, email" in log
    assert "jose: no row is this student's in file.csv" in log
    by = ["--CanvasExport.match=lms_user_id"]
    # Wei's number is another in Canvas: not even an equal name makes them one.
    log = lms.export("Canvas", file, *by, "--CanvasExport.match=name")
    assert "wei: no row" in log
    assert "ann1: 2 rows" in log
    log = lms.export("Canvas", file, "--CanvasExport.match=name", "--student=wei")
    changed = differences(rows, (lms.root / "marks.csv").read_text(encoding="utf-8"), ",")
    assert changed == {("41", "tiny (71)"): "1.5"}
    assert "Student, Test" not in log


def test_two_students_of_one_row_get_nothing(lms):
    lms.mark({"ann1": "1", "ada": "1"})
    rows = CANVAS.replace("ann1,", "lee,").replace(",S17,ann2", ",ann1,ann2")
    (lms.root / "file.csv").write_bytes(rows.encode())
    log = lms.export("Canvas", "--Canvas.gradebook=file.csv")
    changed = differences(rows, (lms.root / "marks.csv").read_text(encoding="utf-8"), ",")
    assert changed == {("12", "tiny (71)"): "1.5"}
    assert "ann1: row 9 of file.csv could be of ann1 or ann2: none is filled in" in log


def test_of_several_assignments_those_with_a_column_are_filled_in(lms):
    lms.mark({"ada": "1"})
    with Gradebook(f"sqlite:///{lms.root}/grading/gradebook.db") as gradebook:
        gradebook.add_assignment("other")
    for name, text in {"canvas.csv": CANVAS, "moodle.csv": MOODLE}.items():
        (lms.root / name).write_bytes(text.encode())
    log = lms.export("Canvas", "--Canvas.gradebook=canvas.csv")
    changed = differences(CANVAS, (lms.root / "marks.csv").read_text(encoding="utf-8"), ",")
    assert changed == {("12", "tiny (71)"): "1.5"}
    assert "No column in canvas.csv for: other" in log
    option = "--assignment=other"
    log = lms.export("Canvas", "--Canvas.gradebook=canvas.csv", option, fails=True)
    assert "canvas.csv has no column 'other (...)': name it in CanvasExport.columns" in log
    log = lms.export("Moodle", "--Moodle.worksheet=moodle.csv", fails=True)
    assert "moodle.csv is of one assignment: choose it by --assignment" in log
