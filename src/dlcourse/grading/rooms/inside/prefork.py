"""The pre-forked parent: everything a submission needs is imported once, and forked for each room.

Run as a module with FD, its one end of a socket pair: no path leads to it, and a room closes it
before student code runs. A message is an order with the room's own link as a descriptor. When the
other end closes, the grader has ended; so does this, and all rooms.
"""

import contextlib
import os
import select
import signal
import socket
import sys
from pathlib import Path

from dlcourse.grading.rooms import packages, walls
from dlcourse.grading.rooms.inside import supervise
from dlcourse.grading.rooms.inside.imports import load


def serve(control: socket.socket) -> None:
    """Start a room for each order that comes in, until the grader has gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel collects the rooms' outer processes
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1 << 16, 1)
        if not message:
            return  # every room dies with this process
        link = socket.socket(fileno=descriptors[0])
        parent = os.getpid()
        if os.fork() == 0:
            control.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _admit(supervise.Order.load(message), link, parent)
        link.close()


def _admit(order: supervise.Order, link: socket.socket, parent: int) -> None:
    """Open a room and wait outside until it has ended, or kill it when its link closes."""
    with _reported(link):
        walls.enter(private_user=order.uid is None)
        walls.die_with_parent(parent)
        inside = os.fork()
        if inside == 0:
            with _reported(link):
                walls.die_with_parent()
                walls.furnish(Path(order.folder), order.limits)
                os._exit(supervise.supervise(order, link.fileno(), link.fileno()))
        # Out here nothing of the student's can hold this up. The end of the first process inside
        # is reported when all others have ended; only then is the link closed on this side.
        ended = os.pidfd_open(inside)
        poller = select.poll()
        poller.register(link, select.POLLIN)
        poller.register(ended, select.POLLIN)
        poller.poll()
        os.kill(inside, signal.SIGKILL)
        os.waitpid(inside, 0)
        os._exit(0)


@contextlib.contextmanager
def _reported(link: socket.socket):
    """Send an error to the grader as one line, and never return."""
    try:
        yield
    except BaseException as error:
        text = " ".join(f"{type(error).__name__}: {error}".split())
        link.send(f"failed {text}\n".encode())
    finally:
        os._exit(1)


def main() -> None:
    """Load, say so, and serve."""
    control = socket.socket(fileno=int(sys.argv[1]))
    try:
        walls.die_with_parent()
        load()
        if unseen := packages.find_unseen(walls.visible(), sys.modules):
            raise RuntimeError(unseen)
    except Exception as error:
        control.send(" ".join(f"{type(error).__name__}: {error}".split()).encode())
        return
    control.send(b"ready")
    serve(control)


if __name__ == "__main__":
    main()
