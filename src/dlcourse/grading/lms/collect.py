"""`nbgrader zip_collect` on downloads of Canvas and Moodle: whose notebook is it, and when?"""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path, PurePosixPath

from traitlets import List, Unicode

from dlcourse.files import digest
from dlcourse.grading.intake.upload import Found, clean, rank
from dlcourse.grading.lms.collector import Collector
from dlcourse.grading.lms.people import (
    CANVAS_NAME,
    KEYS,
    MOODLE_NAME,
    Canvas,
    Moodle,
    Person,
    describe,
    describe_student,
    find,
)
from dlcourse.grading.records.roster import to_utc

FOREIGN = 4  # the rank above which neither name nor marker says that it is this assignment


@dataclass
class Attachment:
    """A notebook in a download, and what the platform wrote before its name."""

    who: str  # as the platform names the person
    people: list[Person]  # whom the name may mean
    inner: PurePosixPath  # the path that the student gave it
    order: int = 0  # the greatest came last
    late: bool = False
    time: str = ""  # UTC, as the platform says
    path: Path = Path()
    rank: tuple[int, int] = (0, 0)  # how likely it is the assignment's, lowest first
    digest: str = ""


class PlatformCollector(Collector):
    """Collect one notebook a student: the platform says whose it is, never what stands in it."""

    match = List(Unicode(), list(KEYS), help="how people are found, in this order").tag(config=True)

    def read(self, name: str) -> Attachment | None:
        """Return what the platform says by the name of a file or folder; None if it gave it not."""
        raise NotImplementedError

    def make_plan(self) -> dict[Path, dict]:
        if not self.students:
            raise ValueError(
                "course_roster.py lists no students: nobody can say whose files these are"
            )
        students = {name: describe_student(name, facts) for name, facts in self.students.items()}
        files, unknown = defaultdict(list), {}
        for path in sorted(self.root.rglob("*.ipynb")):
            parts = path.relative_to(self.root).parts
            file = self._locate(path, parts)
            if file is None:
                unknown[clean("/".join(parts))] = (
                    "no name as the platform gives it; are they hidden?"
                )
                continue
            owners = {name for one in file.people for name in find(one, students, self.match)}
            if len(owners) == 1:
                files[owners.pop()].append(file)
            else:
                could = f"could be {' or '.join(sorted(owners))}" if owners else "no student"
                unknown[clean(file.who)] = f"{could}, by {', '.join(self.match)}"
        for who, reason in unknown.items():
            self.log.error("Not collected: '%s' (%s)", who, reason)
        chosen = {name: self._choose(name, found) for name, found in files.items()}
        return {file.path: self._tell(name, file) for name, file in chosen.items() if file}

    def _locate(self, path: Path, parts: tuple[str, ...]) -> Attachment | None:
        """Look for the platform's name from the outside in: what is inside is the student's."""
        for number, part in enumerate(parts):
            if file := self.read(part):
                inner = [file.inner.name, *parts[number + 1 :]]
                file.inner = PurePosixPath(*filter(None, inner))
                found = Found(file.inner, path.read_bytes())
                file.path, file.digest = path, digest(found.data)
                file.rank = rank(found, self.assignment)
                return file
        return None

    def _choose(self, student: str, files: list[Attachment]) -> Attachment | None:
        """Return the file that counts: of this assignment, the last; None if that is unclear."""
        if len({file.who for file in files}) > 1:
            names = " and ".join(sorted({f"'{clean(file.who)}'" for file in files}))
            self.log.error("%s: %s are both this student by name: not collected", student, names)
            return None

        def place(file: Attachment) -> tuple:
            return (file.rank[0] > FOREIGN, -file.order, file.rank)

        best = min(map(place, files))
        equals = [file for file in files if place(file) == best]
        for file in files:
            if doubt := self._doubt(file):
                said = "%s: the time in the zip %s, and is not used: %s"
                self.log.error(said, student, doubt, clean(str(file.inner)))
        equals = [file for file in equals if not self._doubt(file)] or equals
        if len({file.digest for file in equals}) > 1:
            stamped = [file for file in equals if self._stamp(file)]
            equals = [max(stamped, key=self._stamp)] if len(stamped) == len(equals) else []
        if not equals:
            names = ", ".join(clean(str(file.inner)) for file in files[:5])
            self.log.error("%s: unclear which notebook counts, not collected: %s", student, names)
            return None
        name = clean(str(equals[0].inner))
        if equals[0].rank[0] > FOREIGN:
            self.log.warning("%s: neither named nor marked %s: %s", student, self.assignment, name)
        elif len(files) > 1:
            self.log.info("%s: of %d notebooks this counts: %s", student, len(files), name)
        return equals[0]

    def _tell(self, student: str, file: Attachment) -> dict:
        """Return what nbgrader wants to know, and say what a person should."""
        inside = self._look_inside(file).get("student_id", student)
        if inside != student:
            self.log.warning(
                "%s: the zip says '%s'; the platform's word counts", student, clean(inside)
            )
        time = file.time or self._stamp(file)
        if file.late:
            self.log.warning(
                "%s: marked as LATE; %s",
                student,
                f"the zip says {time} UTC, by the student's clock"
                if time
                else "there is no time, so no late penalty is taken: a person must",
            )
        told = {"student_id": student, "file_id": self.assignment}
        return told | ({"timestamp": time} if time else {})

    def _look_inside(self, file: Attachment) -> dict[str, str]:
        """Return what `dlcourse submit` wrote into its zip; nothing if it is no such zip."""
        found = self.named_regexp and re.match(self.named_regexp, f"/{file.inner}")
        return found.groupdict() if found else {}

    def _stamp(self, file: Attachment) -> str:
        """Return `dlcourse submit`'s time, by the student's clock; '' if it is in doubt."""
        return self.tell(self._look_inside(file).get("timestamp", "")).get("timestamp", "")

    def _doubt(self, file: Attachment) -> str:
        stamp = self._look_inside(file).get("timestamp")
        return self.doubt(stamp) if stamp else ""


class CanvasCollector(Canvas, PlatformCollector):
    """Collect Canvas's "Download Submissions": <name>[_LATE]_<user id>_<file id>_<file's name>."""

    def read(self, name: str) -> Attachment | None:
        # A name or a file's name may look like ids: then it may mean several people.
        found = list(CANVAS_NAME.finditer(name))
        if not found:
            return None
        known = self._known
        people = []
        for reading in found:
            before, number = name[: reading.start()].removesuffix("_LATE"), reading[2]
            if number in known:
                people.append(known[number])
            elif not self.gradebook:
                people.append(describe([before], lms_user_id=[number]))
        first = found[0]
        who = f"{name[: first.start()]}_{first[2]}"
        return Attachment(who, people, PurePosixPath(first[4]), int(first[3]), bool(first[1]))

    @cached_property
    def _known(self) -> dict[str, Person]:
        """The gradebook's people by their number."""
        people = self.read_gradebook()[1].values() if self.gradebook else ()
        return {number: person for person in people for number in person["lms_user_id"]}


class MoodleCollector(Moodle, PlatformCollector):
    """Collect Moodle's "Download all submissions".

    Each is <name>_<number>_assignsubmission_file[_][/]<file's name>.
    """

    times = List(
        ["%A, %d %B %Y, %I:%M %p", "%A, %B %d, %Y, %I:%M %p", "%A, %d %B %Y, %H:%M"],
        help="how the worksheet writes a time, as for strptime; on the clock of Roster.timezone",
    ).tag(config=True)

    def read(self, name: str) -> Attachment | None:
        found = MOODLE_NAME.fullmatch(name)
        if not found:
            return None
        people, time = [describe([found[1]])], ""
        if self.worksheet:
            people, time = self._known.get(found[2], ([], ""))
        who = f"{found[1]}_{found[2]}"
        return Attachment(who, people, PurePosixPath(found[3] or ""), time=time)

    @cached_property
    def _known(self) -> dict[str, tuple[list[Person], str]]:
        """The worksheet's people and times, by the number that ends their identifier."""
        known, strange = {}, []
        table, people = self.read_worksheet()
        for row, person in people.items():
            number = re.search(r"\d*$", table.cell(row, self.heading("Identifier")))
            number = number[0] if number else ""
            said = table.cell(row, self.heading("Last modified (submission)"))
            known[number] = [person], self._read_time(said)
            strange += [clean(said)] if said.strip("-") and not known[number][1] else []
        if strange:
            self.log.error(
                "%d times are not as MoodleCollector.times has them, so not used: '%s'",
                *(len(strange), strange[0]),
            )
        return known

    def _read_time(self, said: str) -> str:
        """Return a time of the worksheet in UTC; empty if it is not understood."""
        text = " ".join(said.split())
        for form in self.times:
            try:
                wall = datetime.strptime(text, form)
                return str(to_utc(str(wall), self.config.Roster.get("timezone", "UTC")))
            except ValueError:
                continue
        return ""
