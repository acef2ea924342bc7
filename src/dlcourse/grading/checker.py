"""The trusted process: it runs check cells, and reaches the student's functions only by messages.

`main` runs inside a room of its own, where hidden tests may be read, hostile data may do its worst and
no student's code ever runs. `Checker` is the worker's handle of it. Frames between them are one byte
of kind, a length and that many bytes.
"""

import contextlib
import json
import socket
import struct
import time
from pathlib import Path

from dlcourse.grading.handle import RoomError, remove
from dlcourse.grading.limits import Limits
from dlcourse.homework.execution import FAIL, Ask, CheckEnded, run_cell

FRAME = struct.Struct("<cQ")
RUN, ASK, DONE = b"r", b"a", b"o"  # beside REPLY and FAIL
LIMIT = 80 << 20  # bytes of a frame
SOCKET = "checks.sock"
PATIENCE = 10.0  # seconds that a check has left to speak, after its student's function had its time


def send(connection: socket.socket, kind: bytes, payload: bytes) -> None:
    """Send one frame."""
    connection.sendall(FRAME.pack(kind, len(payload)) + payload)


def receive(connection: socket.socket, deadline: float | None = None) -> tuple[bytes, bytes]:
    """Read one frame until `deadline` on the monotonic clock; raise CheckEnded if none comes."""
    kind, length = FRAME.unpack(_read(connection, FRAME.size, deadline))
    if length > LIMIT:
        raise CheckEnded("it sent more than is allowed")
    return kind, _read(connection, length, deadline)


def _read(connection: socket.socket, size: int, deadline: float | None) -> bytes:
    data = bytearray()
    while len(data) < size:
        if deadline is not None:
            connection.settimeout(max(0.01, deadline - time.monotonic()))
        try:
            part = connection.recv(min(1 << 20, size - len(data)))
        except TimeoutError:
            raise CheckEnded("it did not end in time") from None
        if not part:
            raise CheckEnded("its process ended")
        data += part
    return bytes(data)


class Checker:
    """The worker's handle of the checking process of one submission; starts it when first needed."""

    def __init__(self, isolation, limits: Limits, trusted: list[str], names: list[str]):
        """`trusted` are the instructor's cells to run first, `names` the functions students write."""
        self.isolation, self.limits = isolation, limits
        self.trusted, self.names = trusted, names
        self.room = self.connection = None

    def run(self, source: str, label: str, seed: int, ask: Ask) -> list[dict]:
        """Run a check cell and return its outputs.

        `ask(payload, deadline)` reaches the student and gives (REPLY, message) or (FAIL, JSON of the
        kind and text of a `student.Error`); neither is read here.

        Raises CheckEnded, after ending the process, if the check itself dies or hangs, and OSError
        if a room, the student's or its own, does not open or is ended by this machine.
        """
        if self.room is None:
            self._start()
        deadline = time.monotonic() + self.limits.cell_seconds
        request = {"source": source, "label": label, "seed": seed, "output": self.limits.output}
        try:
            send(self.connection, RUN, json.dumps(request).encode())
            while True:
                kind, payload = receive(self.connection, deadline + PATIENCE)
                if kind == DONE:
                    return json.loads(payload)
                try:
                    answer = ask(payload, deadline)
                except OSError as error:  # the student's room does not open: no fault of the check
                    raise RoomError(str(error)) from None
                send(self.connection, *answer)
        except RoomError:
            self.close()
            raise
        except (CheckEnded, OSError, ValueError) as error:
            try:
                self.room.poll(PATIENCE / 10)
            finally:
                self.close()
            raise CheckEnded(str(error)) from None

    def _start(self) -> None:
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


def main(folder: Path) -> None:
    """Serve check cells inside a room until the worker hangs up."""
    from dlcourse import runtime
    from dlcourse.checks import answer, student
    from dlcourse.grading import wire

    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(Path(folder) / SOCKET))
        seed: list[int] = []  # to be sent along with the first question of a check

        class Answer(student.Remote):
            """A student's function, asked through the worker."""

            def ask(self, operation: str, *arguments):
                data = student.to_data(arguments)
                question = [operation, self.__name__, data, seed.pop() if seed else None]
                send(connection, ASK, wire.pack(question))
                kind, message = receive(connection)
                if kind == FAIL:
                    return student.Error(*json.loads(message))
                try:
                    return wire.unpack(message)
                except wire.Garbled as error:
                    return student.Error("garbled", str(error))

            def __call__(self, *arguments):
                return answer.call(self, *arguments)[0]

        first = json.loads(receive(connection)[1])
        namespace = {"__name__": "__main__"}
        for number, source in enumerate(first["trusted"]):
            run_cell(source, f"given-{number}", namespace)
        namespace |= {name: Answer(name) for name in first["names"]}
        with contextlib.suppress(CheckEnded):  # the worker has hung up: all is done
            while True:
                request = json.loads(receive(connection)[1])
                runtime.set_seed(request["seed"])
                seed[:] = [request["seed"]]
                outputs = run_cell(
                    request["source"], request["label"], namespace, request["output"]
                )
                send(connection, DONE, json.dumps(outputs).encode())


def _whole(shape) -> bool:
    return type(shape) is tuple and all(type(size) is int and size >= 0 for size in shape)


# What an honest reply to each operation looks like; `outputs` may be anything that a net returns.
FORMS = {
    "call": lambda reply: type(reply) is tuple and len(reply) == 2 and type(reply[1]) is tuple,
    "grad": lambda reply: type(reply) is list,
    "outputs": lambda reply: True,
    "shapes": lambda reply: type(reply) is dict and all(map(_whole, reply.values())),
    "accuracy": lambda reply: hasattr(reply, "shape"),
}
