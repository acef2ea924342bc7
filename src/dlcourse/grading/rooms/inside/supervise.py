"""What happens inside a room: a trusted first process, and the one that runs student code.

Run as a module with an ORDER (JSON) it is a cold room, whose standard input and output are the link
to the grader; the pre-forked jail calls `supervise` itself.
"""

import contextlib
import multiprocessing.context
import os
import select
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from dlcourse.grading.rooms import walls
from dlcourse.grading.rooms.order import KILLED, WARM, Order
from dlcourse.homework.execution import settle

WATCH = 200  # milliseconds between two looks at a room's memory


def supervise(order: Order, link: int, report: int) -> int:
    """Start the process of the room and watch over it until it ends; return its exit status.

    Nothing is read from `link`: when it closes, the room ends. `report` gets lines: 'ready',
    once, or 'failed WHY'; then 'exit STATUS WHY'. Fork only while there is one thread, as always.
    """
    near, far = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        near.close()
        _become(order, far)
    far.close()
    first = order.walls != "none"  # of its pid namespace: when it ends, so does all that is in it
    if first:
        walls.set_dumpable(False)  # the student may be the same user, and must not trace this one
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)  # what has no handler reaches no first process
    poller = select.poll()
    poller.register(link, select.POLLIN)
    poller.register(near, select.POLLIN)
    sealed, why, status = False, "", None
    while status is None:
        events = {descriptor for descriptor, _ in poller.poll(WATCH)}
        if link in events and not os.read(link, 4096):
            status = KILLED
            os.kill(pid, signal.SIGKILL)  # it may be too young yet to lead a group
            os.waitpid(pid, 0)
        elif near.fileno() in events:
            word = near.recv(4096)
            if word == b"maps":
                own = os.getuid(), os.getgid()
                uid, gid = own if order.uid is None else (order.uid, order.uid)
                walls.write_maps(pid, uid, gid)
                near.send(b"done")
            elif word == b"ready":
                sealed = first and _seal(order.folder)
                _say(report, "ready")
            elif word:
                _say(report, f"failed {word.decode()}")
            else:
                poller.unregister(near)
        if status is None:
            status = _reap(pid)
        if status is None and first:
            why = excess(order, sealed)
            status = KILLED if why else None
    if not first:
        _kill_group(pid)
    _say(report, f"exit {status} {why}")
    return status


def _become(order: Order, far: socket.socket) -> NoReturn:
    """Turn this process into the student's; it never returns to the caller's frames."""
    status = 1
    try:
        os.setsid()
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_DFL)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_IGN)  # as Python starts: they are raised as OSError
        signal.signal(signal.SIGINT, signal.default_int_handler)
        null = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(null, number)
        os.closerange(3, far.fileno())  # the link, and whatever the grader had open
        os.closerange(far.fileno() + 1, 1 << 16)

        def ask_maps() -> None:
            far.send(b"maps")
            far.recv(4)

        if order.walls != "none":
            walls.confine(order.limits, order.walls == "namespaces", ask_maps)
        _settle(order)
        status = _run(order, lambda: (far.send(b"ready"), far.close()))
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException as error:
        text = " ".join(f"{type(error).__name__}: {error}".split())
        if far.fileno() >= 0:
            far.send(text.encode()[:4000])
    finally:
        os._exit(status)
    raise AssertionError("unreachable")


def _settle(order: Order) -> None:
    """Clear the environment and put the assignment's files into the home folder."""
    home = Path(order.home)
    home.mkdir(parents=True, exist_ok=True)
    os.environ.clear()
    os.environ.update(environment(order.home))
    if (Path(order.folder) / "files").is_dir():
        shutil.copytree(Path(order.folder) / "files", home, dirs_exist_ok=True)
    os.chdir(home)


def environment(home: str) -> dict[str, str]:
    """Return the environment variables of a room; no others come in."""
    return WARM | {
        "HOME": home,
        "PATH": os.pathsep.join([os.path.dirname(sys.executable), "/usr/bin", "/bin"]),
        "TMPDIR": "/tmp",
        "MPLCONFIGDIR": "/tmp/matplotlib",
        "IPYTHONDIR": "/tmp/ipython",
        "PIP_NO_INDEX": "1",  # there is no network: pip says so at once
        "NBGRADER_EXECUTION": "autograde",
    }


def _run(order: Order, ready: Callable[[], object]) -> int:
    """Be a kernel or a checker; call `ready` before anything of the student's runs."""
    folder = Path(order.folder)
    if order.kind not in ("kernel", "checks"):
        raise ValueError(f"no room is of the kind {order.kind!r}")
    import torch

    torch.set_num_threads(1)
    if order.kind == "checks":
        from dlcourse.grading.rooms.inside import checks

        ready()
        checks.main(folder)
        return 0
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance()
    connection, memory = f"--f={folder}/kernel.json", "--HistoryManager.hist_file=:memory:"
    app.initialize([connection, memory, "--IPKernelApp.log_level=ERROR"])
    _furnish(app.shell)
    ready()  # its sockets are bound, and student code comes through them
    app.start()
    return 0


def _furnish(shell) -> None:
    """Let cells do in a room what they do in a student's notebook."""
    from IPython.core import interactiveshell as shells
    from IPython.utils import _process_common

    settle(shell)
    sys.path.insert(0, "")  # modules that a cell has written; Python's -P leaves the folder out
    shell.system = shell.system_raw  # `!command` through pipes: a room has no terminals
    shells.__dict__["getoutput"] = _process_common.getoutput
    # A spawned worker would import PyTorch anew, in seconds, and give the result of a forked one.
    methods = vars(multiprocessing.context)["_concrete_contexts"]
    methods["spawn"] = methods["forkserver"] = methods["fork"]


def _seal(folder: str) -> bool:
    """Make the shared folder read-only from now on: say whether that could be done.

    Sockets in it stay open to both sides; a student can no longer fill the host's disk through it.
    A container has not the right to; there `excess` watches the folder instead.
    """
    try:
        walls.set_readonly(folder)
    except OSError:
        return False
    return True


def excess(order: Order, sealed: bool) -> str:
    """Say what a room uses more of than it may; '' if nothing."""
    if walls.memory_used(order.limits.memory) > order.limits.memory:
        return f"used more than {order.limits.memory / 2**30:.3g} GB of memory"
    if not sealed:
        paths = (os.path.join(at, name) for at, _, names in os.walk(order.folder) for name in names)
        if (
            sum(os.lstat(path).st_size for path in paths if os.path.lexists(path))
            > order.limits.home
        ):
            return f"stored more than {order.limits.home / 2**20:.3g} MB"
    return ""


def _reap(pid: int) -> int | None:
    """Collect what has ended, orphans too; return the exit status of `pid` if it is among them."""
    while True:
        try:
            done, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return None
        if done == 0:
            return None
        if done == pid:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _say(report: int, line: str) -> None:
    with contextlib.suppress(OSError):  # nobody may be left to read it
        os.write(report, f"{line.strip()}\n".encode())


def main() -> None:
    """Be a cold room: all but the student's process is trusted, as in the pre-forked jail."""
    from dlcourse.grading.rooms.inside.imports import load

    order = Order.load(sys.argv[1])
    if order.walls == "namespaces":
        walls.die_with_parent()
        walls.leave_network()
    load()  # before the walls close: the same warm interpreter as in the other jail
    os._exit(supervise(order, 0, 1))


if __name__ == "__main__":
    main()
