import csv
import io
import random

import pytest

from dlcourse.grading.lms.people import KEYS, describe, describe_student, find
from dlcourse.grading.lms.table import Table

ODD = [
    "ID,Mark\r\n1,\r\n2,3",
    "\ufeffid;MARK\n\n1;\n2;3\n",
    'Mark\tID\r"a\t""b""\r\nc"\t1\r\t2\r\r',
    '"ID","Mark",x\n1,"",\n2,,"=1+1"\n',
    'ID,Mark,\n1,2,"李,\n""四"""\n2\n',
]


@pytest.mark.parametrize("text", ODD)
def test_a_table_keeps_every_byte_and_changes_one_cell(tmp_path, text):
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode())
    table = Table(path, ["ID", "Mark"])
    assert table.pack() == text.encode()
    row = next(n for n in range(len(table.rows)) if table.cell(n, "ID") == "1")
    table.fill(row, "Mark", "7.5")
    separator = next(mark for mark in ",;\t" if mark in text.splitlines()[0])
    old, new = (
        list(csv.reader(io.StringIO(part, newline=""), delimiter=separator))
        for part in (text, table.pack().decode())
    )
    column = [title.strip().strip('"').casefold() for title in table.titles].index("mark")
    old[row][column] = "7.5"
    assert new == old


def test_a_table_agrees_with_the_csv_module_on_whatever_that_takes(tmp_path):
    chance, path, seen = random.Random(0), tmp_path / "table.csv", 0
    for _ in range(500):
        text = "ID,Mark\n" + "".join(chance.choices('1",\r\n;=', k=chance.randint(1, 14)))
        path.write_bytes(text.encode())
        try:
            old = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        except csv.Error:
            with pytest.raises(ValueError, match="is damaged"):
                Table(path, ["ID", "Mark"])
            continue
        table = Table(path, ["ID", "Mark"])
        assert table.pack() == text.encode()
        for row in range(1, len(old)):
            if len(old[row]) > 1:
                table.fill(row, "Mark", "7")
                old[row][1], seen = "7", seen + 1
        assert list(csv.reader(io.StringIO(table.pack().decode(), newline=""))) == old
    assert seen > 100


@pytest.mark.parametrize("text", ['ID,Mark\n1,"2', 'ID,Mark\n1,"2"3\n', 'ID,Mark\n"1\n2,3\n'])
def test_a_table_that_is_cut_off_is_refused(tmp_path, text):
    (tmp_path / "table.csv").write_text(text)
    with pytest.raises(ValueError, match=r"table.csv is damaged"):
        Table(tmp_path / "table.csv", ["ID", "Mark"])


ADA = describe_student("ada", {"first_name": "Ada", "last_name": "Lovelace", "email": "A@x.org"})
BEA = describe_student("bea", {"first_name": "Bea", "last_name": "Ng", "lms_user_id": 7})
CY = describe_student("cy", {"first_name": "Bea", "last_name": "Ng"})


@pytest.mark.parametrize(
    "person, who",
    [
        (describe(["LOVELACE, Ada"]), ["ada"]),
        (describe(["Ada Lovelace"], lms_user_id=["7"]), ["bea"]),  # a number before a name
        (describe(["Ada Lovelace"], lms_user_id=["8"]), ["ada"]),  # nobody has that number
        (describe(["Bea Ng"]), ["bea", "cy"]),
        (describe(["Bea Ng"], lms_user_id=["8"]), ["cy"]),  # Bea's number is another
        (describe([], email=["a@X.ORG "]), ["ada"]),
        (describe(["", "Bea"], id=["", None], email=[""]), []),
    ],
)
def test_people_are_found_by_the_first_key_that_anybody_has(person, who):
    assert find(person, {"ada": ADA, "bea": BEA, "cy": CY}, KEYS) == who


def test_a_key_that_is_none_is_refused():
    with pytest.raises(ValueError, match="cannot be found by 'face'"):
        find(ADA, {}, ["face"])
