"""The trusted process: it runs check cells, and reaches the student's functions only by messages.

It has a room of its own, where hidden tests may be read, hostile data may do its worst and no
student's code ever runs.
"""

import contextlib
import json
import socket
from pathlib import Path

from dlcourse import runtime
from dlcourse.checks import answer, student
from dlcourse.grading.rooms import wire
from dlcourse.grading.rooms.frames import ASK, DONE, SOCKET, receive, send
from dlcourse.homework.execution import FAIL, CheckEnded, run_cell


def main(folder: Path) -> None:
    """Serve check cells inside a room until the worker hangs up."""
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
                asked = json.loads(receive(connection)[1])
                runtime.set_seed(asked["seed"])
                seed[:] = [asked["seed"]]
                outputs = run_cell(asked["source"], asked["label"], namespace, asked["output"])
                send(connection, DONE, json.dumps(outputs).encode())
