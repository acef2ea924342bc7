"""How much a submission may use while it is graded."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What the processes of one submission may use; times are on the wall clock."""

    cell_seconds: float = 60.0  # one cell of the student's, or one check with all its calls
    notebook_seconds: float = 600.0  # all cells together, restarts included
    start_seconds: float = 60.0  # until a kernel answers for the first time
    memory: int = 3 << 30  # bytes, all processes together
    processes: int = 64
    file: int = 64 << 20  # bytes of one file
    home: int = 128 << 20  # bytes of all files in the home folder; as many in /tmp and /dev/shm
    output: int = 1 << 20  # bytes of output kept of one cell
    outputs: int = 8 << 20  # bytes of output kept of all cells together

    @property
    def total_seconds(self) -> float:
        """After how long the whole of a submission is overdue."""
        return 2 * (self.notebook_seconds + self.start_seconds)
