import json
import socket
import tempfile
import threading
import time
from pathlib import Path

import pytest
import torch

from dlcourse.checks import student
from dlcourse.grading.rooms import frames, wire
from dlcourse.grading.rooms.inside import checks
from dlcourse.homework.execution import FAIL, REPLY, run_cell


def outputs(source: str, **namespace) -> list[dict]:
    return run_cell(source, "cell", namespace)


def test_the_last_value_of_a_check_is_its_result():
    (result,) = outputs("from dlcourse import checks\nchecks.points(3)")
    assert result["output_type"] == "execute_result"
    assert result["data"]["text/plain"] == "3"
    assert "3 points" in result["data"]["text/html"]


def test_silence_and_none_give_no_result():
    assert outputs("x = 3") == outputs("None") == outputs("") == outputs("3\nx = 4") == []


def test_a_failed_check_says_its_four_lines_and_no_traceback():
    (error,) = outputs(
        "from dlcourse.checks import CheckFailed\nraise CheckFailed('a', 'b', 'c', 'd')\n3"
    )
    assert error["ename"] == "CheckFailed"
    assert error["traceback"] == error["evalue"].splitlines()
    assert len(error["traceback"]) == 4


@pytest.mark.parametrize(
    "source, name",
    [
        ("assert 1 == 2, 'no'", "AssertionError"),
        ("1 / 0", "ZeroDivisionError"),
        ("raise SystemExit", "SystemExit"),
        ("def f(:", "SyntaxError"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    ],
)
def test_whatever_a_check_raises_is_an_error_with_its_line(source, name):
    (error,) = outputs(source)
    assert error["ename"] == name
    assert 'File "<cell>", line 1' in "\n".join(error["traceback"])


def test_stderr_is_dropped_and_print_is_kept_up_to_the_limit():
    source = "import sys\nprint('x' * 50)\nprint(1, file=sys.stderr)"
    (shown,) = run_cell(source, "cell", {}, limit=20)
    assert shown == {"output_type": "stream", "name": "stdout", "text": "x" * 20}


def test_magics_are_understood():
    shown = outputs("try:\n    import json\nexcept ImportError:\n    %pip install json\n1")
    assert shown[0]["data"]["text/plain"] == "1"


class Inside:
    """checks.main in a thread, and this test in the worker's place."""

    def __init__(self, folder, names=("f",), trusted=()):
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(folder / frames.SOCKET))
            listener.listen(1)
            self.thread = threading.Thread(target=checks.main, args=(folder,))
            self.thread.start()
            self.connection, _ = listener.accept()
        self.send({"trusted": list(trusted), "names": list(names)})

    def send(self, request: dict) -> None:
        frames.send(self.connection, frames.RUN, json.dumps(request).encode())

    def run(self, source: str, reply=None, seed: int = 5):
        """Run a cell; answer all questions with `reply(question)`; return outputs and questions."""
        self.send({"source": source, "label": "cell", "seed": seed, "output": 1000})
        questions = []
        while True:
            kind, payload = frames.receive(self.connection, time.monotonic() + 20)
            if kind == frames.DONE:
                return json.loads(payload), questions
            questions.append(wire.unpack(payload))
            kind, message = reply(questions[-1])
            frames.send(self.connection, kind, message)


@pytest.fixture
def inside():
    made = []
    with tempfile.TemporaryDirectory(prefix="dlc-") as folder:  # a short path for the socket

        def make(**facts):
            made.append(Inside(Path(folder), **facts))
            return made[-1]

        yield make
        made[0].connection.close()
        made[0].thread.join(10)
    assert not made[0].thread.is_alive()


def reply_with(value):
    return lambda question: (REPLY, wire.pack(value))


def test_a_check_asks_for_the_answer_and_sees_only_data(inside):
    source = "from dlcourse.checks import answer\nvalue, after = answer.call(f, 2, [3])\nvalue"
    shown, questions = inside().run(source, reply_with((7, (2, [3]))))
    assert shown[0]["data"]["text/plain"] == "7"
    assert questions == [["call", "f", ((2, [3]),), 5]]


def test_a_plain_call_of_an_answer_is_asked_for_too_and_the_seed_goes_along_once(inside):
    shown, questions = inside().run("f(1) + f(2)", reply_with((10, (1,))))
    assert shown[0]["data"]["text/plain"] == "20"
    assert [question[3] for question in questions] == [5, None]


def test_every_check_starts_from_its_seed(inside):
    room = inside()
    draws = (
        "import random, numpy, torch\n(random.random(), numpy.random.rand(), torch.rand(1).item())"
    )
    first, again, other = (room.run(draws, seed=s)[0][0]["data"]["text/plain"] for s in (1, 1, 2))
    assert first == again != other


def test_given_cells_are_run_before_the_checks(inside):
    shown, _ = inside(trusted=["import math", "half = math.pi / 2"]).run("round(half, 2)")
    assert shown[0]["data"]["text/plain"] == "1.57"


FORGED = [
    ("call", 7),
    ("call", (7, [1])),
    ("call", (1, (), 3)),
    ("grad", torch.ones(1)),
    ("shapes", {"w": (-4, 2)}),
    ("shapes", {"w": [4]}),
    ("shapes", [("w", (4,))]),
    ("grad", [torch.ones(2)]),
    ("shapes", {3: (4,)}),
    ("shapes", {"w": (1 << 60,)}),
    ("learn", "all right"),
    ("learn", ({"w": 3}, torch.ones(1))),
]


@pytest.mark.parametrize("operation, value", FORGED)
def test_a_reply_of_another_form_is_a_failed_check(inside, operation, value):
    arguments = {
        "call": "f, 1",
        "grad": "f, [torch.ones(1)], [0]",
        "shapes": "f",
        "learn": "f, {}, 1",
    }[operation]
    source = f"import torch\nfrom dlcourse.checks import answer\nanswer.{operation}({arguments})\n3"
    (error,), _ = inside().run(source, reply_with(value))
    assert error["ename"] == "CheckFailed"
    assert "another form" in error["evalue"]


@pytest.mark.parametrize("kind", ["missing", "hung", "died", "garbled"])
def test_what_the_worker_says_of_a_process_is_explained(inside, kind):
    failure = lambda question: (FAIL, json.dumps([kind, "what happened"]).encode())  # noqa: E731
    (error,), _ = inside().run("f(1)", failure)
    assert error["ename"] == "CheckFailed"
    assert "what happened" in error["evalue"]


def test_bytes_that_are_no_message_are_a_failed_check(inside):
    (error,), _ = inside().run("f(1)", lambda question: (REPLY, b"\x80\x04K\x01."))
    assert error["ename"] == "CheckFailed"


def test_an_error_of_a_kind_nobody_knows_earns_nothing(inside):
    (error,), _ = inside().run("f(1)\n3", reply_with(student.Error("unheard of", "x")))
    assert error["output_type"] == "error"
