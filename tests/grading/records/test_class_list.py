"""Class lists of Canvas, Moodle and anybody: what they are taken for, and that nobody is lost."""

import shutil

import pytest
from traitlets.config.loader import PyFileConfigLoader

from dlcourse import cli
from dlcourse.grading.records.class_list import ROSTER, import_list, read_list, read_roster

CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,tiny (1)
    Points Possible,,,,,9
"Lovelace, Ada",4711,77,ada,A,
"李, 四",4712,78,lisi,A,
"Student, Test",9,,,A,
"""
MOODLE = "First name;Last name;ID number;Email address\nAda;Lovelace;4711;ada.l@example.org\n"
ADA = {"first_name": "Ada", "last_name": "Lovelace"}


@pytest.fixture
def root(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("")
    return tmp_path


def write(root, text: str, code: str = "utf-8"):
    (root / "list.csv").write_bytes(text.encode(code))
    return root / "list.csv"


def test_canvas_is_understood(root):
    lines = import_list(root, write(root, CANVAS))
    students = read_roster(root / ROSTER)
    assert students["ada"] == ADA | {"email": "", "lms_user_id": "4711", "extensions": ""}
    assert (students["lisi"]["first_name"], students["lisi"]["last_name"]) == ("四", "李")
    assert set(students) == {"ada", "lisi"}
    assert lines[0] == "grading/roster.csv: 2 students, 2 of them new, 0 changed."
    assert "id from 'SIS Login ID', lms_user_id from 'ID'" in lines[1]
    assert lines[1].endswith("so the first is ada, Ada Lovelace.")
    assert [line.split(":")[0][:16] for line in lines[2:]] == ["Left out", "Left out"]


def test_a_second_list_updates_by_number_and_drops_nobody(root):
    import_list(root, write(root, CANVAS))
    lines = import_list(root, write(root, MOODLE))
    students = read_roster(root / ROSTER)
    assert set(students) == {"ada", "lisi"}
    assert students["ada"]["email"] == "ada.l@example.org"
    assert students["ada"]["lms_user_id"] == "4711"
    assert lines[0].endswith("2 students, 0 of them new, 1 changed.")
    assert lines[-1] == "Not in this file, and kept: lisi."


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_whatever_coding_and_separator(root, code, separator):
    lines = ["Vorname", "Nachname", "E-Mail"], ["Zoë", "Müller", "zoe@x.org"]
    text = "".join(separator.join(line) + "\r\n" for line in lines)
    found = read_list(write(root, text, code)).students
    assert found == {"zoe": {"first_name": "Zoë", "last_name": "Müller", "email": "zoe@x.org"}}


def test_what_the_file_is_written_in_can_be_said(root):
    path = write(root, "id,姓,名\nlisi,李,四\n", "gb18030")
    found = read_list(path, "gb18030").students
    assert found == {"lisi": {"first_name": "四", "last_name": "李"}}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("a,b\n1,2\n", "call one column id or email; it has a, b"),
        ("id,name\n", "nobody is in it"),
        ("id\nada\nada\n", "ada is in it twice, the second time in line 3"),
        ('id,name\nada,"Ada\n', "is damaged"),
    ],
)
def test_what_is_not_a_class_list_is_refused_in_one_line(root, text, says):
    import_list(root, write(root, CANVAS))
    before = (root / ROSTER).read_bytes()
    with pytest.raises(ValueError, match=says) as refused:
        import_list(root, write(root, text))
    assert "\n" not in str(refused.value)
    assert (root / ROSTER).read_bytes() == before


def test_a_row_with_a_cell_too_few_is_left_out(root):
    lines = import_list(root, write(root, "id,name,email\nada,Ada L,a@x.org\nbob,b@x.org\n"))
    assert lines[-1] == "Left out: line 3 (bob b@x.org): it has 2 cells, not 3."
    assert set(read_roster(root / ROSTER)) == {"ada"}


def test_a_name_that_is_a_formula_stays_a_name(root):
    import_list(root, write(root, "id,first_name\nada,=1+1\n"))
    assert b",=1" not in (root / ROSTER).read_bytes()
    assert read_roster(root / ROSTER)["ada"]["first_name"] == "=1+1"


def test_nbgrader_has_the_students_and_their_deadlines(released, tmp_path, monkeypatch, capsys):
    root = shutil.copytree(released, tmp_path / "course")
    with (root / "course_roster.py").open("a") as roster:
        roster.write("c.Roster.deadlines = {'tiny': '2026-11-02 23:59'}\n")
    monkeypatch.chdir(root)
    text = "id,name,lms_user_id,extensions\nada,Ada Lovelace,7,tiny 2026-11-09 23:59\nbob,,,\n"
    assert cli.main(["roster", str(write(tmp_path, text))]) == 0
    assert "2 students" in capsys.readouterr().out
    config = PyFileConfigLoader("nbgrader_config.py", str(root)).load_config()
    assert config.Roster.students == {"ada": ADA | {"lms_user_id": "7"}, "bob": {}}
    assert config.Roster.extensions == {"tiny": {"ada": "2026-11-09 23:59"}}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name,id\nada,1\n", "its first line must be id,first_name"),
        ("id\n../x\n", "line 2: no id of letters and digits"),
        ("id\nada\nada\n", "line 3: ada is in it twice"),
        ("id\nada,x\n", "line 2: it has more cells"),
    ],
)
def test_a_roster_edited_to_nonsense_is_one_line(root, text, says):
    (root / "grading").mkdir()
    (root / ROSTER).write_text(text)
    with pytest.raises(ValueError, match=says):
        read_roster(root / ROSTER)


def test_two_lines_for_one_student_are_refused_and_another_id_is_told(root):
    import_list(root, write(root, CANVAS))
    lines = import_list(root, write(root, "id,email,id number\nada.l,,4711\n"))
    assert "ada.l is ada by number or address." in lines
    with pytest.raises(ValueError, match=r"ada.l and ada are one student of the roster"):
        import_list(root, write(root, "id,id number\nada,4711\nada.l,4711\n"))


def test_only_a_course_has_a_roster(tmp_path):
    with pytest.raises(ValueError, match="is not a course"):
        import_list(tmp_path, write(tmp_path, CANVAS))
