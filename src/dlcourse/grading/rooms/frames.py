"""Frames between a worker and the room of its checks: a byte of kind, a length, so many bytes."""

import socket
import struct
import time

from dlcourse.grading.rooms.limits import FRAME_BYTES
from dlcourse.homework.execution import CheckEnded

HEAD = struct.Struct("<cQ")
RUN, ASK, DONE = b"r", b"a", b"o"  # beside REPLY and FAIL
SOCKET = "checks.sock"


def send(connection: socket.socket, kind: bytes, payload: bytes) -> None:
    """Send one frame."""
    connection.sendall(HEAD.pack(kind, len(payload)) + payload)


def receive(connection: socket.socket, deadline: float | None = None) -> tuple[bytes, bytes]:
    """Read one frame until `deadline` on the monotonic clock; raise CheckEnded if none comes."""
    kind, length = HEAD.unpack(_read(connection, HEAD.size, deadline))
    if length > FRAME_BYTES:
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
