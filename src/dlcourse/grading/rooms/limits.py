"""How much a submission may use while it is graded."""

from dataclasses import dataclass

from dlcourse.homework.execution import Allowance

# Bytes of what passes at once. Each holds the one before and what it is packed in: in another order
# an answer that one door lets through would end the room at the next.
WIRE_BYTES = 64 << 20  # a message between a check and a student's function
FRAME_BYTES = 80 << 20  # that message between the worker and the room of checks
CELL_BYTES = 96 << 20  # a message of a kernel; a longer one is not read, and its sender is cut off
assert WIRE_BYTES < FRAME_BYTES < CELL_BYTES


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
