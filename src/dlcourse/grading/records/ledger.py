"""What is recorded of each student, so that a batch killed at any moment goes on."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from dlcourse.files import write_file


@dataclass
class Entry:
    """What is recorded of one student; without a key the work is still to be done."""

    key: str = ""  # of the result that the gradebook holds
    status: str = ""  # graded, regraded or ungraded
    postponed: bool = False  # this machine could not grade it, so the next run tries again
    reason: str = ""  # one line: why a person must look
    submission: str = ""  # sha256 of the notebook as handed in
    marks: dict[str, float | None] = field(default_factory=dict)  # automatic, by grade_id
    checks: dict[str, str] = field(default_factory=dict)  # {grade_id: sha256 of the check}
    log: list[str] = field(default_factory=list)
    moved: list[dict] = field(default_factory=list)  # {part, old, new, why}
    lost: list[str] = field(default_factory=list)  # marks that were cleared with their submission
    failures: dict[str, dict] | None = None  # {grade_id: causes.Failure}; None: not kept then
    seconds: float | None = None  # that grading took
    before: dict[str, list] | None = None  # {grade_id: [auto, manual, waiting]} at its start


class Ledger:
    """One file a student."""

    def __init__(self, folder: Path):
        self.folder = folder

    def read(self, student: str) -> Entry:
        """Return a student's entry; an empty one if there is none or it is damaged."""
        try:
            entry = Entry(**json.loads((self.folder / f"{student}.json").read_bytes()))
        except (OSError, TypeError, ValueError):
            return Entry()
        return entry if isinstance(entry.key, str) else Entry()

    def write(self, student: str, entry: Entry) -> None:
        """Write a student's entry, whole or not at all."""
        write_file(self.folder / f"{student}.json", json.dumps(asdict(entry), indent=1).encode())


def open_ledger(root: Path, assignment: str) -> Ledger:
    """Return the ledger of an assignment of the course in `root`."""
    return Ledger(root / "grading/ledger" / assignment)
