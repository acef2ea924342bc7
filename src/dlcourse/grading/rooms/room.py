"""The grader's end of a room."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Protocol, cast

import psutil

from dlcourse.grading.rooms.limits import Limits
from dlcourse.grading.rooms.order import KILLED, Order

END_SECONDS = 10  # until a room, or the pre-forked parent, that was told to end has done so


class RoomError(OSError):
    """A room did not open; the text says why, in one line."""


class Opener(Protocol):
    """What opens rooms: an `isolation.Isolation`."""

    def folder(self) -> Path:
        """Return a new private folder."""
        ...

    def start(self, kind: str, folder: Path, limits: Limits) -> "Room":
        """Open a room on such a folder."""
        ...


class Room:
    """A running jailed process, and the folder it shares with the grader."""

    def __init__(
        self,
        order: Order,
        link: socket.socket,
        process: subprocess.Popen | None = None,
        last_resort: Sequence[str] = (),
    ):
        self.folder = Path(order.folder)
        self.why = ""  # why it was ended, if it used too much; one line
        self._limits, self._link = order.limits, link
        self._process, self._last_resort = process, last_resort
        self._ready, self._code, self._text = False, None, b""
        self._kills = count_kills()

    def wait_ready(self) -> None:
        """Wait until it may be talked to, at most `limits.start_seconds`.

        Raises RoomError, after `kill`, if it does not come to that.
        """
        end = time.monotonic() + self._limits.start_seconds
        try:
            while not self._ready and self._code is None:
                self._read(max(0.001, end - time.monotonic()))
        except TimeoutError:
            self.why = f"it takes more than {self._limits.start_seconds:g} s"
        if not self._ready:
            reason = self.why or self._complaint() or f"exit status {self._code}"
            self.kill()
            raise RoomError(f"the room did not open: {reason}")

    def fileno(self) -> int:
        """Return a descriptor that is readable, once it is ready, when the process has ended."""
        return self._link.fileno()

    def poll(self, seconds: float = 0) -> int | None:
        """Return the exit status (128 + n for signal n); None if it runs on for some seconds.

        Raises RoomError if it was this machine that ended it.
        """
        with contextlib.suppress(BlockingIOError, TimeoutError):
            while self._code is None:
                if not self._read(seconds):
                    raise RoomError("the room was killed from outside")  # it left no word
        if self._code == KILLED and not self.why and count_kills() > self._kills:
            raise RoomError("this machine has no memory left")
        return self._code

    def kill(self) -> None:
        """End it the hard way: afterwards nothing of it runs and its folder is gone."""
        if self._link.fileno() >= 0:
            with contextlib.suppress(OSError):
                self._link.shutdown(socket.SHUT_WR)  # the sign to end
            with contextlib.suppress(TimeoutError):
                while self._read(END_SECONDS):  # the link closes behind the last of its processes
                    pass
            self._end_process()
            self._link.close()
            self._code = KILLED if self._code is None else self._code
        remove(self.folder)

    def _read(self, seconds: float) -> bool:
        """Take in what the room says; return False when it has closed its end."""
        self._link.settimeout(seconds)
        try:
            data = self._link.recv(1 << 16)
        except ConnectionError:
            data = b""
        *lines, self._text = (self._text + data).split(b"\n")
        for line in lines:
            word, _, text = line.decode("utf-8", "replace").partition(" ")
            if word == "ready":
                self._ready = True
            elif word == "failed":
                self.why = text
            elif word == "exit" and self._code is None:
                status, _, why = text.partition(" ")
                self._code, self.why = int(status), self.why or why
        if not data and self._code is None:
            self._code = KILLED
        return bool(data)

    def _end_process(self) -> None:
        if self._process:
            try:
                self._process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                if self._last_resort:
                    subprocess.run(self._last_resort, capture_output=True)
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
            cast(IO[bytes], self._process.stderr).close()

    def _complaint(self) -> str:
        """Return the last line that a client such as bwrap or docker wrote before it gave up."""
        if not self._process:
            return ""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_SECONDS)
        lines = (
            cast(IO[bytes], self._process.stderr)
            .read()
            .decode("utf-8", "replace")
            .strip()
            .splitlines()
        )
        return lines[-1] if lines else ""


def count_kills() -> int:
    """Return how many processes this machine has killed to free memory; 0 if it does not tell."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/vmstat").read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0


def remove(folder: Path) -> None:
    """Delete a folder, even if a student has taken the rights to its parts away."""
    for at, folders, _ in os.walk(folder):
        for path in (os.path.join(at, name) for name in folders):
            if not os.path.islink(path):
                os.chmod(path, 0o700)  # before the walk goes into it
    if folder.exists():
        shutil.rmtree(folder)


def sweep() -> None:
    """Remove the folders of graders that were killed; rmtree follows no links."""
    for path in Path("/tmp").glob("dlc-*-*"):
        pid = path.name.split("-")[1]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(path, ignore_errors=True)
