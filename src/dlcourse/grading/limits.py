"""How much a submission may use while it is graded."""

from dataclasses import dataclass

from dlcourse.homework.execution import Allowance


@dataclass(frozen=True)
class Limits(Allowance):
    """What the processes of one submission may use; times are on the wall clock."""

    start_seconds: float = 60.0  # until a kernel answers for the first time
    memory: int = 3 << 30  # bytes, all processes together
    processes: int = 64
    file: int = 64 << 20  # bytes of one file
    home: int = 128 << 20  # bytes of all files in the home folder; as many in /tmp and /dev/shm

    @property
    def total_seconds(self) -> float:
        """After how long the whole of a submission is overdue."""
        return 2 * (self.notebook_seconds + self.start_seconds)
