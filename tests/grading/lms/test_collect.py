"""Uploads of hostile, careless and equally named people, as Canvas and Moodle offer them."""

from platforms import CANVAS, STUDENTS, RubyName, pack


def test_hostile_and_odd_uploads_cost_nobody_else_their_place(lms):
    good = lms.answer("1")
    stamped = {f"{day}/tiny.ipynb": lms.answer(day) for day in ("20260101T000000Z",)}
    download = {
        "lovelaceada_12_901_tiny.zip": b"PK\3\4 broken",
        "lovelaceada_12_902_../../../../evil.ipynb": lms.answer("evil"),
        # A file's name that would be Mia's: it may be either's, so it is nobody's.
        "núñezoneilljosé_13_903_15_1_tiny.ipynb": good,
        # Inside an upload, names are the student's own.
        "王小明_14_904_x.zip": pack({"müllermia_15_999_tiny.ipynb": lms.answer("wei's")}),
        "müllermia_15_905_tiny.zip": pack({"mia/99999999T999999Z/tiny.ipynb": good}),
        "müllermia_15_904_tiny.zip": pack({f"mia/{name}": data for name, data in stamped.items()}),
        "anon_Xy_907_tiny.ipynb": good,
        f"leeann_17_908_{'长' * 90}.IPYNB": good,
        "notes.txt": b"",
    }
    roster = {student: facts for student, facts in STUDENTS.items() if student != "ann1"}
    with (lms.root / "course_roster.py").open("a") as file:
        file.write(f"c.Roster.students = {roster!r}\n")
    log = lms.collect("Canvas", pack(download, RubyName))
    assert lms.collected == {"ada": "evil", "wei": "wei's", "mia": "1", "ann2": "1"}
    assert not lms.time("mia")  # it was not a time
    assert "lovelaceada_12_901_tiny.zip is a broken zip" in log
    assert "'núñezoneilljosé_13' (could be jose or mia, by lms_user_id, id, email, name)" in log
    assert "'submissions.zip/anon_Xy_907_tiny.ipynb' (no name as the platform gives it" in log
    assert "No notebook in submissions.zip/notes.txt" in log
    extracted = lms.root / "grading/downloaded/tiny/extracted"
    evil = [path for path in lms.root.parent.rglob("evil*")]
    assert [extracted in path.parents for path in evil] == [True]


def test_two_people_of_one_name_are_not_taken_for_one_student(lms):
    download = {f"núñezoneilljosé_{n}_90{n}_tiny.ipynb": lms.answer(str(n)) for n in (1, 2)}
    log = lms.collect("Canvas", pack(download, RubyName))
    assert lms.collected == {}
    assert "'núñezoneilljosé_1' and 'núñezoneilljosé_2' are both this student by name" in log
    (lms.root / "known.csv").write_bytes(CANVAS.replace(",13,", ",2,").encode())
    # Canvas's gradebook knows José by his address: the other one only has his name.
    file = "--Canvas.gradebook=known.csv"
    log = lms.collect("Canvas", pack(download, RubyName), file, "--force")
    assert lms.collected == {"jose": "2"}
    assert "Not collected: 'núñezoneilljosé_1' (no student, by lms_user_id" in log


def test_a_collection_needs_a_roster_and_a_whole_file(lms):
    download = pack({"lovelaceada_12_901_tiny.ipynb": lms.answer()})
    log = lms.collect("Canvas", download, "--Canvas.gradebook=none.csv", fails=True)
    assert "none.csv cannot be read" in log
    log = lms.collect("Canvas", download, "--Extractor.max_bytes=10", "--force", fails=True)
    assert "the notebooks have more than 10 bytes: see Extractor.max_bytes" in log
    (lms.root / "course_roster.py").write_text("")
    log = lms.collect("Canvas", download, "--force", fails=True)
    assert "course_roster.py lists no students" in log
    assert not (lms.root / "grading/submitted").exists()


def test_of_several_notebooks_in_moodle_the_later_zip_counts_and_else_none(lms):
    folder = "Ada Lovelace_501_assignsubmission_file_"
    times = {
        f"{folder}/{n}.zip": pack({f"ada/2026010{n}T000000Z/tiny.ipynb": lms.answer(n)})
        for n in "132"
    }
    lms.collect("Moodle", pack(times))
    assert (lms.collected, lms.time("ada")) == ({"ada": "3"}, "2026-01-03 00:00:00")
    times[f"{folder}/9.zip"] = pack({"ada/20990101T000000Z/tiny.ipynb": lms.answer("9")})
    log = lms.collect("Moodle", pack(times), "--force")
    assert "ada: the time in the zip is after this collection, and is not used: 9.zip/ada" in log
    assert (lms.collected, lms.time("ada")) == ({"ada": "3"}, "2026-01-03 00:00:00")
    assert lms.status == 1
    two = {f"{folder}/{n}/tiny.ipynb": lms.answer(n) for n in "12"}
    log = lms.collect("Moodle", pack(two), "--force")
    assert "ada: unclear which notebook counts, not collected: 1/tiny.ipynb, 2/tiny.ipynb" in log
    assert lms.collected == {"ada": "3"}  # as collected before
