"""What a student's process sends in place of Jupyter's messages: it has the key for anything."""

import contextlib
import json
import os
import random
import socket
import sys
import threading
from pathlib import Path

import nbformat
import pytest

if sys.platform == "win32":
    pytest.skip("rooms need Unix sockets", allow_module_level=True)

import zmq
from jupyter_client.session import Session

from dlcourse.grading.rooms import isolation
from dlcourse.grading.rooms.kernel import HELD, Kernel
from dlcourse.grading.rooms.limits import Limits
from dlcourse.homework.execution import KernelEnded

PARTS = ("header", "parent_header", "metadata", "content")
# One of each kind of JSON, and what is nearly none.
TEXTS = [
    *("null", "true", "0", "-1", "1e999", "NaN", "-Infinity", '""', '"busy"', '"9999-99-99T99:99"'),
    *('"\\ud800"', "[]", "[[]]", "{}", '{"a": {"b": []}}', '[{"source": "ask_exit"}]', "9" * 5000),
    *("9" * 400, "[" * 100_000 + "]" * 100_000, '{"":' * 900 + "1" + "}" * 900, '["x"]'),
]
BYTES = [*(text.encode() for text in TEXTS), b"", b"{", b"\xff", b"\x00" * 8, b"import os"]
CONTENTS = {
    "stream": {"name": "stdout", "text": "t"},
    "display_data": {"data": {"text/plain": "d"}, "metadata": {}, "transient": {}},
    "execute_result": {"data": {"text/plain": "r"}, "metadata": {}, "execution_count": 1},
    "error": {"ename": "E", "evalue": "v", "traceback": ["line"]},
    "clear_output": {"wait": False},
    "answer": {},
    "execute_reply": {"status": "ok", "payload": [{"source": "page"}]},
}  # fmt: skip


class Hostile:
    """Stands for a room and its kernel: answers every request, with `malice` before each end."""

    folder = isolation.Isolation.folder
    why, ended = "", None

    def __init__(self):
        self._folders: set[Path] = set()
        self.malice: list[tuple[str, list[bytes]]] = []

    def start(self, kind: str, folder: Path, limits: Limits) -> "Hostile":
        facts = json.loads((folder / "kernel.json").read_text())
        self.session = Session(key=facts["key"].encode())
        self.sockets = {}
        for name, kind in (("shell", zmq.ROUTER), ("control", zmq.ROUTER), ("iopub", zmq.PUB)):
            self.sockets[name] = zmq.Context.instance().socket(kind)
            self.sockets[name].bind(f"ipc://{facts['ip']}-{facts[f'{name}_port']}")
        self.sockets["iopub"].linger = 0
        self.end, self.alive = os.pipe()
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        return self

    def wait_ready(self) -> None: ...

    def fileno(self) -> int:
        return self.end

    def poll(self) -> int | None:
        return self.ended

    def serve(self) -> None:
        while not self.ended:
            if not self.sockets["shell"].poll(20):
                continue
            to, request = self.session.recv(self.sockets["shell"])
            parent = request["header"]
            for name, frames in self.malice * (parent["msg_type"] == "execute_request"):
                this = json.dumps(parent, default=str).encode()
                frames = [frame.replace(b"PARENT", this) for frame in frames]
                frames[0] = self.session.sign(frames[1:5]) if frames[0] == b"SIGN" else frames[0]
                start = to if name == "shell" else []
                self.sockets[name].send_multipart([*start, b"<IDS|MSG>", *frames])
            kind = parent["msg_type"].replace("request", "reply")
            self.say("iopub", "stream", {"name": "stdout", "text": "the end"}, parent)
            self.say("iopub", "answer", {}, parent, buffers=[b"reply"])
            self.say("shell", kind, {"status": "ok"}, parent, ident=to)
            self.say("iopub", "status", {"execution_state": "idle"}, parent)

    def say(self, name: str, kind: str, content: dict, parent: dict, **more) -> None:
        self.session.send(self.sockets[name], kind, content, parent=parent, **more)

    def kill(self) -> None:
        self.ended = 137
        self.thread.join()
        for connection in self.sockets.values():
            connection.close()
        os.close(self.end), os.close(self.alive)


@pytest.fixture
def room():
    return Hostile()


@pytest.fixture
def kernel(room):
    kernel = Kernel(room, Limits(), {})
    yield kernel
    kernel.close()


def frames(kind: str, **parts: bytes) -> list[bytes]:
    """Return a message of a kind with some parts as these bytes; signing makes each unlike."""
    whole = {"header": {"msg_id": os.urandom(8).hex(), "msg_type": kind, "version": "5.3"}}
    whole |= {"metadata": {}, "content": CONTENTS[kind]}
    made = {part: json.dumps(value).encode() for part, value in whole.items()}
    made |= {"parent_header": b"PARENT"} | parts
    return [b"SIGN", *(made[part] for part in PARTS)]


def channel(kind: str) -> str:
    return "shell" if kind == "execute_reply" else "iopub"


def every_part():
    """Yield messages in which one part, or two, are something else."""
    for kind in CONTENTS:
        for at, part in enumerate(PARTS):
            for odd in BYTES:
                yield channel(kind), frames(kind, **{part: odd})
                yield channel(kind), frames(kind, **{part: odd, PARTS[at - 1]: odd})


def every_place():
    """Yield messages in which the value at one place is something else."""
    for kind, content in CONTENTS.items():
        for odd in TEXTS:
            for key in [*content, "execution_state", "payload", "data"]:
                text = json.dumps(content | {key: "@"}).replace('"@"', odd)
                yield channel(kind), frames(kind, content=text.encode())
                text = json.dumps(content | {key: {"x": "@"}}).replace('"@"', odd)
                yield channel(kind), frames(kind, content=text.encode())
                text = json.dumps(content | {key: ["@", "x"]}).replace('"@"', odd)
                yield channel(kind), frames(kind, content=text.encode())
            for key in ("msg_id", "msg_type", "version", "date", "session"):
                text = json.dumps({"msg_id": "a", "msg_type": kind, key: "@"}).replace('"@"', odd)
                yield channel(kind), frames(kind, header=text.encode())
                text = json.dumps({key: "@"}).replace('"@"', odd)
                yield channel(kind), frames(kind, parent_header=text.encode())


def every_frame():
    """Yield messages with frames too few, too many, of chance or unsigned."""
    rng = random.Random(0)
    for kind in CONTENTS:
        whole = frames(kind)
        yield from ((channel(kind), whole[:n]) for n in range(1, len(whole)))
        yield from ((channel(kind), [*frames(kind), *[odd] * 3]) for odd in BYTES)
        yield from ((channel(kind), [b"wrong" + odd, *whole[1:]]) for odd in BYTES)
        for _ in range(100):
            part = rng.choice(PARTS)
            blob = bytearray(frames(kind)[1 + PARTS.index(part)])
            blob[rng.randrange(len(blob))] = rng.randrange(256)
            yield channel(kind), frames(kind, **{part: bytes(blob)})


def readable(outputs: list[dict]) -> bool:
    """Say whether outputs are what a notebook may hold and a file in UTF-8, too."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=outputs)])
    nbformat.validate(nb)
    return bool(json.dumps(outputs, ensure_ascii=False).encode())


@pytest.mark.parametrize("malformed", [every_part, every_place, every_frame])
def test_malformed_messages_are_dropped_and_the_cell_goes_on(kernel, room, malformed):
    messages = list(malformed())
    assert len(messages) > 500
    for at in range(0, len(messages), 50):  # fewer than a queue holds
        room.malice = messages[at : at + 50]
        outputs = kernel.execute("x", 20)
        assert "the end" in outputs[-1].get("text", ""), messages[at : at + 50]
        assert readable(outputs)
    assert kernel.ask(b"question", 20) == b"reply"


def test_what_belongs_to_no_request_is_not_shown(kernel, room):
    room.malice = [("iopub", frames("stream", parent_header=odd)) for odd in BYTES]
    assert kernel.execute("x", 20) == [
        {"output_type": "stream", "name": "stdout", "text": "the end"}
    ]


LONG = {"a name": {"ename": "E" * 9999}, "many lines": {"traceback": [""] * 9999}}
LONG |= {"a type": {"data": {"x" * 9999: ""}}}


@pytest.mark.parametrize("long", LONG)
def test_all_that_is_kept_of_an_output_counts(kernel, room, long):
    kind = "display_data" if "data" in LONG[long] else "error"
    content = json.dumps(CONTENTS[kind] | LONG[long]).encode()
    room.malice = [("iopub", frames(kind, content=content))]
    assert len(json.dumps(kernel.execute("x", 20, limit=1000))) < 1000


def test_a_message_that_never_ends_ends_the_kernel_and_not_us(kernel, room):
    """Each part of it is small, and zmq keeps all of them until the last one has come."""
    kernel.most -= HELD - (64 << 20)
    path = kernel.iopub.last_endpoint.decode().removeprefix("ipc://")
    room.sockets["iopub"].close()
    os.unlink(path)
    room.sockets["iopub"] = zmq.Context.instance().socket(zmq.PUB)  # nobody listens to this one
    ready = b"\x05READY\x0bSocket-Type\0\0\0\x03PUB"
    part = b"\x03" + (1 << 20).to_bytes(8) + bytes(1 << 20)  # and more to come

    def flood() -> None:
        connection, _ = server.accept()
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"\xff" + bytes(8) + b"\x7f\3\0" + b"NULL".ljust(52, b"\0"))
            connection.sendall(bytes([4, len(ready)]) + ready)
            for _ in range(500):
                connection.sendall(part)
            connection.recv(1 << 20)

    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        (thread := threading.Thread(target=flood)).start()
        with pytest.raises(KernelEnded, match="more than is read"):
            [kernel.execute("x", 20) for _ in range(20)]
        kernel.iopub.close()
        thread.join(20)
    assert not thread.is_alive()
