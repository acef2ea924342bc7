"""What the grader sends to a room that is to open."""

import json
from dataclasses import asdict, dataclass

from dlcourse.grading.rooms.limits import Limits
from dlcourse.homework.execution import ENVIRONMENT

# What Python and the libraries read before they load. The variables that a process starts with stay
# readable in its memory, and in its children's: no key, path or name of ours may be here.
WARM = {
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",  # each of a kernel's threads would reserve 64 MB of its address space
    "MPLBACKEND": "agg",
    **ENVIRONMENT,
}
KILLED = 128 + 9  # the exit status of what was killed


@dataclass(frozen=True)
class Order:
    """What to start, as the grader sends it."""

    kind: str  # kernel or checks
    folder: str  # shared with the grader
    limits: Limits
    home: str  # the student's home folder, inside
    uid: int | None = None  # who the student is outside; None: who the grader is
    walls: str = "namespaces"  # namespaces, container (which has set them up itself) or none

    def dump(self) -> bytes:
        """Return it as JSON."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def load(cls, text: str | bytes) -> "Order":
        """Read what `dump` wrote."""
        facts = json.loads(text)
        return cls(**facts | {"limits": Limits(**facts["limits"])})
