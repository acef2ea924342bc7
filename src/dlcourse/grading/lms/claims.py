"""`nbgrader zip_collect` on zips of `dlcourse submit`, in which anybody can write any name."""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from traitlets import List, Unicode

from dlcourse.files import digest
from dlcourse.grading.intake.upload import clean
from dlcourse.grading.lms.collector import Collector
from dlcourse.grading.lms.people import KEYS, Person, describe_student, find, read_sender

ALL = "*"


@dataclass
class Claim:
    """The notebooks of one zip, and what is known of them."""

    files: dict[Path, str]  # {path: the name that its notebook has}
    stamp: str
    sender: str  # as a platform names a student before the file's name; '' if it does not
    place: str  # of the zip, for a person
    doubt: str  # why its stamp cannot be; '' if it can

    @cached_property
    def digest(self) -> str:
        return pack({name: path for path, name in self.files.items()})


class RosterCollector(Collector):
    """Collect what one sender claims for a student; with an empty roster, for anybody.

    Where several claim one student, nobody is chosen and what was collected before stays.
    """

    newest = List(
        Unicode(),
        help="students of whom the last zip counts, whoever sent it; '*' for all",
    ).tag(config=True)

    def make_plan(self) -> dict[Path, dict]:
        people = {name: describe_student(name, facts) for name, facts in self.students.items()}
        claims: dict[str, dict[Path, Claim]] = defaultdict(dict)
        for path in sorted(self.root.rglob("*.ipynb")):
            parts = path.relative_to(self.root).parts
            found = re.match(self.named_regexp, str(path))
            if not found:
                shown = clean("/".join(parts))
                self.log.error("Not collected: '%s' names no student and time", shown)
                continue
            sender, person = self._find_sender(parts[:-3])
            place, student = clean("/".join(parts[:-3] or parts)), found["student_id"]
            owners = find(person, people, KEYS) if sender else []
            if len(owners) == 1 and owners != [student]:
                said = "%s: the zip says '%s'; the platform's word counts: %s"
                self.log.warning(said, owners[0], clean(student), place)
                (student,) = owners
            if people and student not in people:
                self.log.error("'%s' is not in the roster: %s", clean(student), place)
                continue
            known, stamp = sender if len(owners) == 1 else "", found["timestamp"]
            claim = Claim({}, stamp, known, place, self.doubt(stamp))
            claims[student].setdefault(path.parent, claim).files[path] = found["file_id"]
        chosen = {name: self._choose(name, [*own.values()]) for name, own in claims.items()}
        return {
            path: {"student_id": student, "file_id": name, **self.tell(claim.stamp)}
            for student, claim in chosen.items()
            if claim
            for path, name in claim.files.items()
        }

    def _find_sender(self, zips: tuple[str, ...]) -> tuple[str, Person]:
        """Look for a platform's name from the outside in: what is inside is the student's."""
        for name in zips:
            if name.startswith(f"{self.assignment}_"):
                break  # as `dlcourse submit` calls it, and nobody put a name before
            if (found := read_sender(name))[0]:
                return found
        return "", {}

    def _choose(self, student: str, claims: list[Claim]) -> Claim | None:
        """Return the claim that counts; None if a person must decide."""
        doubted = [claim for claim in claims if claim.doubt]
        able = [claim for claim in claims if not claim.doubt] or doubted
        for claim in doubted:
            then = "it is not used" if able is doubted else "another zip counts"
            self.log.error(
                "%s: the time of the student's clock, %s, %s, so %s: %s",
                *(student, clean(claim.stamp), claim.doubt, then, claim.place),
            )
        known = {claim.digest for claim in able}
        before = pack({path.stem: path for path in self.submitted(student).glob("*.ipynb")})
        if before not in (NOTHING, *(claim.digest for claim in doubted)):
            known.add(before)
        if len(known) == 1:
            return min(able, key=lambda claim: claim.stamp)
        last = max(claim.stamp for claim in able)
        newest = able if able is doubted else [claim for claim in able if claim.stamp == last]
        senders = {claim.sender for claim in able}
        sure = len(senders) == 1 and "" not in senders  # then it is the same person, once more
        sure = sure or newest[0].digest == before or {student, ALL} & {*self.newest}
        places = ", ".join(claim.place for claim in able)
        if sure and len({claim.digest for claim in newest}) == 1:
            self.log.info("%s: the newest of these counts: %s", student, places)
            return newest[0]
        self.log.error(
            "%s: not collected, and what was collected before stays, since nothing proves who sent "
            "what is new: %s. Take out of archive/ what is not this student's, or let the newest "
            "count: --force --RosterCollector.newest=%s",
            *(student, places, student),
        )
        return None


def pack(files: dict[str, Path]) -> str:
    """Return one digest of named files."""
    return digest("".join(f"{n} {digest(files[n].read_bytes())}\n" for n in sorted(files)).encode())


NOTHING = pack({})
