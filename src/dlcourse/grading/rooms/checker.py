"""The worker's handle of the room of checks; `inside.checks` is what runs in it."""

import json
import socket
import time

from dlcourse.grading.rooms.frames import DONE, RUN, SOCKET, receive, send
from dlcourse.grading.rooms.limits import Limits
from dlcourse.grading.rooms.room import Opener, Room, RoomError, remove
from dlcourse.homework.execution import Ask, CheckEnded

PATIENCE = 10.0  # seconds that a check has left to speak, after its student's function had its time


class Checker:
    """The worker's handle of a submission's checking process; starts it when first needed."""

    def __init__(self, isolation: Opener, limits: Limits, trusted: list[str], names: list[str]):
        """`trusted` are the instructor's cells to run first, `names` what students write."""
        self.isolation, self.limits = isolation, limits
        self.trusted, self.names = trusted, names
        self.room: Room | None = None
        self.connection: socket.socket | None = None

    def run(self, source: str, label: str, seed: int, ask: Ask) -> list[dict]:
        """Run a check cell and return its outputs.

        `ask(payload, deadline)` reaches the student and gives (REPLY, message) or (FAIL, JSON of
        the kind and text of a `student.Error`); neither is read here.

        Raises CheckEnded, after ending the process, if the check itself dies or hangs, and OSError
        if a room, the student's or its own, does not open or is ended by this machine.
        """
        room, connection = self._start()
        deadline = time.monotonic() + self.limits.cell_seconds
        request = {"source": source, "label": label, "seed": seed, "output": self.limits.output}
        try:
            send(connection, RUN, json.dumps(request).encode())
            while True:
                kind, payload = receive(connection, deadline + PATIENCE)
                if kind == DONE:
                    return json.loads(payload)
                try:
                    answer = ask(payload, deadline)
                except OSError as error:  # the student's room does not open: no fault of the check
                    raise RoomError(str(error)) from None
                send(connection, *answer)
        except RoomError:
            self.close()
            raise
        except (CheckEnded, OSError, ValueError) as error:
            try:
                room.poll(PATIENCE / 10)
            finally:
                self.close()
            raise CheckEnded(str(error)) from None

    def _start(self) -> tuple[Room, socket.socket]:
        if self.room and self.connection:
            return self.room, self.connection
        folder = self.isolation.folder()
        try:
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(str(folder / SOCKET))
                (folder / SOCKET).chmod(0o666)  # the folder itself is private
                listener.listen(1)
                self.room = self.isolation.start("checks", folder, self.limits)
                listener.settimeout(self.limits.start_seconds)
                self.connection, _ = listener.accept()
            first = {"trusted": self.trusted, "names": self.names}
            send(self.connection, RUN, json.dumps(first).encode())
            return self.room, self.connection
        except OSError:
            self.close()
            remove(folder)
            raise

    def close(self) -> None:
        """End the process, if there is one."""
        if self.connection is not None:
            self.connection.close()
        if self.room is not None:
            self.room.kill()
        self.room = self.connection = None
