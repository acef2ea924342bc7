"""Whose a zip of `dlcourse submit` is, and when: anybody can write any name and time into one."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest
from nbgrader.apps import ZipCollectApp
from platforms import RubyName, pack

NOW = datetime.now(UTC)
FIRST, LAST = (f"{NOW - timedelta(days=days):%Y%m%dT%H%M%SZ}" for days in (3, 2))
FUTURE = f"{NOW + timedelta(days=1):%Y%m%dT%H%M%SZ}"
OTHERS = {"jose": "1", "mia": "1"}


@pytest.fixture
def collect(lms):
    """Put {name of a download: its bytes} into the archive and collect; return the log."""

    def run(downloads: dict[str, bytes], *options: str, fails: bool = False) -> str:
        archive = lms.root / "grading/downloaded/tiny/archive"
        shutil.rmtree(archive, ignore_errors=True)
        archive.mkdir(parents=True)
        for name, data in downloads.items():
            (archive / name).write_bytes(data)
        return lms.nbgrader(ZipCollectApp, "tiny", "--force", *options, fails=fails)

    return run


@pytest.fixture
def zipped(lms):
    """Make a zip as `dlcourse submit` does, for any student and any time."""

    def run(student: str, stamp: str, double: str = "1") -> bytes:
        return pack({f"{student}/{stamp}/tiny.ipynb": lms.answer(double)})

    return run


@pytest.mark.parametrize("roster", [True, False])
def test_no_file_of_one_student_stops_the_others_and_each_is_named(lms, collect, zipped, roster):
    if not roster:
        (lms.root / "course_roster.py").write_text("c = get_config()\n")
    stamps = {
        "month": f"{NOW.year}1301T120000Z",
        "year": "00001104T120000Z",
        "late": "99991231T235959Z",
        "digits": "٢٠٢٦١١٠١T١٢٠٠٠٠Z",
        "ancient": "19700101T000000Z",
    }
    odd = {f"{name}.zip": zipped("ada", stamp) for name, stamp in stamps.items()}
    odd |= {
        "none.zip": pack({"ada/tiny.ipynb": lms.answer()}),
        "bare.ipynb": lms.answer(),
        "broken.zip": b"PK\3\4",
        "deep.zip": pack({"d/" * 3000 + f"ada/{LAST}/tiny.ipynb": b""}),
        "twice.zip": pack({f"ada/{LAST}/tiny.ipynb": lms.answer(), f"ada/{LAST}/tiny.IPYNB": b"2"}),
    }
    good = {f"tiny_{name}_{LAST}.zip": zipped(name, LAST) for name in OTHERS}
    log = collect(odd | good)
    assert lms.collected.items() >= OTHERS.items()
    assert all(lms.time(name) for name in OTHERS)
    assert lms.status == 1
    errors = [line for line in log.splitlines() if line.startswith("[ERROR]")]
    assert all(any(name[:4] in line for line in errors) for name in odd)
    collect(good)
    assert lms.status == 0


def test_two_who_claim_one_student_are_named_and_a_person_decides(lms, collect, zipped):
    first = {f"tiny_ada_{FIRST}.zip": zipped("ada", FIRST, "hers")}
    second = {f"tiny_ada_{LAST}.zip": zipped("ada", LAST, "of whom?")}
    good = {"tiny_mia.zip": zipped("mia", LAST)}

    log = collect(first | second | good)
    assert (lms.collected, lms.status) == ({"mia": "1"}, 1)
    why = "nothing proves who sent what is new"
    said = f"ada: not collected, and what was collected before stays, since {why}: "
    assert f"{said}tiny_ada_{FIRST}.zip, tiny_ada_{LAST}.zip." in log
    collect(first | good)
    assert (lms.collected["ada"], lms.status) == ("hers", 0)
    for new in (first | second, second):  # whether or not the earlier download is there
        collect(new | good)
        assert (lms.collected["ada"], lms.time("ada")[:10]) == (
            "hers",
            f"{NOW - timedelta(3):%Y-%m-%d}",
        )
        assert lms.status == 1
    for who in ("ada", "*"):
        collect(first | good, f"--RosterCollector.newest={who}")
        collect(first | second | good, f"--RosterCollector.newest={who}")
        assert (lms.collected["ada"], lms.status) == ("of whom?", 0)
    collect(first | second | good)  # the person has decided
    assert (lms.collected["ada"], lms.status) == ("of whom?", 0)
    # The same notebook again is the same hand-in, and the first time counts.
    again = {f"tiny_ada_{NOW.year}.zip": zipped("ada", FIRST, "of whom?")}
    collect(second | again)
    assert (lms.time("ada")[:10], lms.status) == (f"{NOW - timedelta(3):%Y-%m-%d}", 0)


def test_a_time_that_cannot_be_never_wins(lms, collect, zipped):
    """Be it collected first; and it is not believed, so nobody is late or early by it."""
    odd = {f"tiny_ada_{FUTURE}.zip": zipped("ada", FUTURE, "old")}
    log = collect(odd)
    assert (lms.collected, lms.time("ada"), lms.status) == ({"ada": "old"}, "", 1)
    assert f"ada: the time of the student's clock, {FUTURE}, is after this collection" in log
    new = {f"tiny_ada_{FIRST}.zip": zipped("ada", FIRST, "new")}
    assert "another zip counts" in collect(odd | new)
    assert (lms.collected["ada"], bool(lms.time("ada")), lms.status) == ("new", True, 1)
    collect(new)
    assert lms.status == 0


def test_a_time_before_the_release_is_named(lms, collect, zipped):
    with (lms.root / "course_roster.py").open("a") as roster:
        roster.write(f"c.Roster.releases = {{'tiny': '{NOW - timedelta(2.5):%Y-%m-%d %H:%M}'}}\n")
    log = collect({"a.zip": zipped("ada", FIRST), "m.zip": zipped("mia", LAST)})
    assert (
        f"ada: the time of the student's clock, {FIRST}, is before the assignment was rele" in log
    )
    assert lms.collected == {"ada": "1", "mia": "1"}
    assert (lms.time("ada"), bool(lms.time("mia")), lms.status) == ("", True, 1)


def test_a_platforms_name_says_whose_it_is(lms, collect, zipped):
    names = {"ada": "lovelaceada_12", "mia": "müllermia_15", "wei": "王小明_14"}

    def download(*sent: tuple[str, str, bytes]) -> dict[str, bytes]:
        files = {
            f"{names[who]}_{900 + n}_tiny_{claimed}_{FIRST}.zip": data
            for n, (who, claimed, data) in enumerate(sent)
        }
        return {"submissions.zip": pack(files, RubyName)}

    twice = [("ada", "ada", zipped("ada", FIRST, "1")), ("ada", "ada", zipped("ada", LAST, "2"))]
    collect(download(*twice, ("mia", "mia", zipped("mia", LAST))))
    assert (lms.collected, lms.status) == ({"ada": "2", "mia": "1"}, 0)
    # By a slip, or on purpose: Mia's in Ada's name.
    log = collect(download(*twice, ("mia", "ada", zipped("ada", LAST, "mia's"))))
    assert "mia: the zip says 'ada'; the platform's word counts" in log
    assert (lms.collected, lms.status) == ({"ada": "2", "mia": "mia's"}, 0)
    # A name that a student wrote, inside or without a platform, proves nothing.
    inside = pack({f"{names['ada']}_999_x.zip": zipped("ada", LAST, "forged")})
    log = collect(download(*twice, ("wei", "wei", inside)))
    assert (lms.collected["ada"], lms.collected["wei"]) == ("2", "forged")
    collect({f"tiny_ada_{LAST}.zip": inside} | download(*twice))
    assert (lms.collected["ada"], lms.status) == ("2", 1)


def test_a_full_disk_costs_nobody_what_was_collected_before(lms, collect, zipped, monkeypatch):
    collect({"ada.zip": zipped("ada", FIRST, "1"), "mia.zip": zipped("mia", FIRST, "1")})
    copy = shutil.copy

    def fail(source, target):
        copy(source, target)
        if "/ada/" in target:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("nbgrader.apps.zipcollectapp.shutil.copy", fail)
    new = {"ada.zip": zipped("ada", LAST, "2"), "mia.zip": zipped("mia", LAST, "2")}
    log = collect(new, "--RosterCollector.newest=*")
    assert "ada: not collected, nothing is replaced: [Errno 28] No space left on device" in log
    assert (lms.collected, lms.status) == ({"ada": "1", "mia": "2"}, 1)
    assert lms.time("ada")
    assert {path.name for path in (lms.root / "grading/submitted/ada").iterdir()} == {"tiny"}
