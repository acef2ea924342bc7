"""A student's kernel in a room: it runs cells, answers questions, and nothing it says is believed.

nbclient's own loop cannot give up a kernel that is deaf to interrupts and go on with the next one,
nor bound what a cell may send; this can. It speaks Jupyter's protocol on the room's own sockets.
"""

import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
import zmq
from jupyter_client.connect import write_connection_file
from jupyter_client.session import Session

from dlcourse.grading.rooms.limits import CELL_BYTES, Limits
from dlcourse.grading.rooms.room import Opener, RoomError, remove
from dlcourse.homework.execution import KernelEnded

HELD = 4 * CELL_BYTES  # bytes of messages in our memory, ended or not: zmq bounds only their parts
WATCH = 0.2  # seconds between two looks at that
GRACE = 3.0  # seconds to obey an interrupt
ANSWER = '__import__("dlcourse.grading.rooms.inside.answering", fromlist=["answer"]).answer()'


class Kernel:
    """A running kernel; raises KernelEnded from every method once it is gone."""

    def __init__(self, isolation: Opener, limits: Limits, files: dict[str, bytes]):
        """Start it with `files` in its working folder; raise OSError if it does not start."""
        self.limits = limits
        self.most = _resident() + HELD
        folder = isolation.folder()
        try:
            for name, data in files.items():
                path = folder / "files" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            key = secrets.token_hex(16).encode()
            # An explicit file in the private folder: the default would share the temporary folder.
            _, facts = write_connection_file(
                str(folder / "kernel.json"), transport="ipc", ip=str(folder / "k"), key=key
            )
            self.room = isolation.start("kernel", folder, limits)
        except BaseException:
            remove(folder)
            raise
        self.room.wait_ready()
        self.session = Session(key=key)
        self.shell, self.control, self.iopub = (
            self._connect(kind, folder, facts[f"{name}_port"])
            for kind, name in ((zmq.DEALER, "shell"), (zmq.DEALER, "control"), (zmq.SUB, "iopub"))
        )
        self.poller = zmq.Poller()
        for source in (self.shell, self.iopub, self.room.fileno()):
            self.poller.register(source, zmq.POLLIN)
        try:
            self._greet()
        except BaseException as error:
            self.close()
            if isinstance(error, KernelEnded):
                raise RoomError(str(error)) from None
            raise

    def _connect(self, kind: int, folder: Path, port: int) -> zmq.Socket:
        connection = zmq.Context.instance().socket(kind)
        connection.linger, connection.maxmsgsize = 0, CELL_BYTES
        connection.rcvhwm = 100  # messages: a flood piles up in the room's memory, not in ours
        if kind == zmq.SUB:
            connection.subscribe(b"")
        connection.connect(f"ipc://{folder / 'k'}-{port}")
        return connection

    def _greet(self) -> None:
        """Ask for kernel_info until the reply comes on the shell and the status on iopub."""
        deadline = time.monotonic() + self.limits.start_seconds
        while time.monotonic() < deadline:
            request = self._send("kernel_info_request", {})
            seen = self._follow(request, time.monotonic() + 0.1, lambda message: None)
            if seen == {"reply", "idle"}:
                return
        raise KernelEnded("the kernel did not answer after its start")

    def execute(
        self, source: str, seconds: float, silent: bool = False, limit: int | None = None
    ) -> list[dict]:
        """Run a cell for at most `seconds`; return up to `limit` bytes of output, as in a notebook.

        A cell that runs out of time and obeys the interrupt ends in an output of the error Timeout.
        """
        outputs = _Outputs(self.limits.output if limit is None else limit)
        content = {"code": source, "silent": silent, "store_history": not silent}
        content |= {"user_expressions": {}, "allow_stdin": False, "stop_on_error": False}
        request = self._send("execute_request", content)
        try:
            in_time = self._wait(request, seconds, outputs.add)
        except KernelEnded as ended:
            ended.outputs = outputs.cells
            raise
        if in_time:
            outputs.complete()
        else:
            outputs.fail("Timeout", f"no end after {seconds:.0f} seconds: an endless loop?")
        return outputs.cells

    def ask(self, payload: bytes, seconds: float) -> bytes | None:
        """Have `answering.answer` reply to a packed question; None if it does not in time."""
        replies: list[bytes] = []

        def collect(message: dict) -> None:
            if message["msg_type"] == "answer" and message["buffers"]:
                replies[:] = [bytes(message["buffers"][0])]

        content = {"code": ANSWER, "silent": True, "store_history": False, "allow_stdin": False}
        request = self._send("execute_request", content, [payload])
        in_time = self._wait(request, seconds, collect)
        return replies[0] if in_time and replies else (b"" if in_time else None)

    def _wait(self, request: str, seconds: float, handle) -> bool:
        """Follow a request to its end, interrupted after `seconds`; say whether it was in time."""
        deadline = time.monotonic() + max(0.1, seconds)
        if "reply" in self._follow(request, deadline, handle):
            return True
        # A message, not a signal: signals do not cross into the room.
        self.session.send(self.control, self.session.msg("interrupt_request", {}))
        if "reply" in self._follow(request, time.monotonic() + GRACE, handle):
            return False
        raise KernelEnded("no end in time, and deaf to interrupts")

    def _follow(self, request: str, deadline: float, handle) -> set[str]:
        """Hand all that belongs to a request to `handle`; return which of reply and idle came."""
        seen: set[str] = set()
        while seen != {"reply", "idle"}:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            ready = dict(self.poller.poll(int(min(left, WATCH) * 1000) + 1))
            if _resident() > self.most:
                raise KernelEnded("it sent more than is read")
            if self.room.fileno() in ready and not (self.shell in ready or self.iopub in ready):
                code = self.room.poll()
                raise KernelEnded(self.room.why or f"it ended with exit code {code}")
            for connection in (self.shell, self.iopub):
                message = self._receive(connection) if connection in ready else None
                if not message or message["parent_header"].get("msg_id") != request:
                    continue
                if connection is self.shell:
                    seen.add("reply")
                    handle(message)
                    deadline = min(deadline, time.monotonic() + 2)  # the rest is on its way
                elif message["content"].get("execution_state") == "idle":
                    seen.add("idle")
                else:
                    handle(message)
        return seen

    def _send(self, kind: str, content: dict, buffers: Sequence[bytes] = ()) -> str:
        message = self.session.msg(kind, content)
        self.session.send(self.shell, message, buffers=[*buffers])
        return message["header"]["msg_id"]

    def _receive(self, connection: zmq.Socket) -> dict | None:
        """Read one message; None for one that is not well-formed or not signed.

        The student's process knows the key, so that anything may be in it, and the library raises
        whatever its lines happen to meet.
        """
        try:
            message: Any = self.session.recv(connection, zmq.NOBLOCK, copy=True)[1]
            parts = [message[part] for part in ("header", "parent_header", "content")]
        except Exception:
            return None
        return message if all(isinstance(part, dict) for part in parts) else None

    def close(self) -> None:
        """End the kernel, hard; nothing of it survives."""
        for connection in (self.shell, self.control, self.iopub):
            connection.close()
        self.room.kill()


class _Outputs:
    """The outputs of one cell, bounded, made of text and well-formed whatever the kernel sent."""

    def __init__(self, limit: int):
        self.cells: list[dict] = []
        self.left = limit
        self.reply: dict = {}

    def add(self, message: dict) -> None:
        content = message["content"]
        match message["msg_type"]:
            case "stream":
                self._stream(_text(content.get("name")), _text(content.get("text")))
            case "display_data" | "execute_result" as kind:
                data = {_text(k): _text(v) for k, v in _items(content.get("data"))}
                if self._afford(sum(map(len, [*data, *data.values()]))):
                    output = {"output_type": kind, "data": data, "metadata": {}}
                    if kind == "execute_result":
                        output["execution_count"] = None
                    self.cells.append(output)
            case "error":
                lines = content.get("traceback")
                lines = [_text(line) for line in lines] if isinstance(lines, list) else []
                name, value = _text(content.get("ename")), _text(content.get("evalue"))
                if self._afford(sum(len(line) + 1 for line in [name, value, *lines])):
                    self._append_error(name, value, lines)
            case "clear_output":
                self.cells.clear()
            case "execute_reply":
                self.reply = content

    def complete(self) -> None:
        """Add the error that only the reply knows, such as that of an unknown magic."""
        told = any(output["output_type"] == "error" for output in self.cells)
        if self.reply.get("status") == "error" and not told:
            self.add({"msg_type": "error", "content": self.reply})

    def fail(self, name: str, text: str) -> None:
        """Add an error of our own."""
        self._append_error(name, text, [f"{name}: {text}"])

    def _append_error(self, name: str, value: str, lines: list[str]) -> None:
        error = {"output_type": "error", "ename": name, "evalue": value, "traceback": lines}
        self.cells.append(error)

    def _stream(self, name: str, text: str) -> None:
        name = "stderr" if name == "stderr" else "stdout"
        last = self.cells[-1] if self.cells else {}
        if last.get("output_type") != "stream" or last["name"] != name:
            last = {"output_type": "stream", "name": name, "text": ""}
            self.cells += [last] if self.left > 0 else []
        last["text"] += text[: max(0, self.left)]
        self._afford(len(text))

    def _afford(self, size: int) -> bool:
        """Count bytes and outputs; say once that the rest is left out."""
        if self.left <= 0:
            return False
        self.left -= size + 100
        if self.left <= 0:
            text = "\n[more output than is kept]\n"
            self.cells.append({"output_type": "stream", "name": "stderr", "text": text})
            return False
        return True


def _resident() -> int:
    return psutil.Process().memory_info().rss


def _items(data) -> list:
    return list(data.items()) if isinstance(data, dict) else []


def _text(value) -> str:
    """Return text that a UTF-8 file can hold; rich data that is not text is left out."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "".join(value)
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""
