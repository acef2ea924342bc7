"""Rooms for student code, behind the strongest walls that this machine has.

`choose` tries the pre-forked jail (Linux namespaces), bubblewrap, and a container if DLCOURSE_IMAGE
names an image with this package in it. DLCOURSE_ISOLATION narrows that down, as in `bwrap` or
`jail,container`. There is no silent fall to weaker ones: what cannot isolate is refused.
"""

import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from dlcourse.grading.rooms import packages, walls
from dlcourse.grading.rooms.inside.imports import WANTED
from dlcourse.grading.rooms.kernel import Kernel
from dlcourse.grading.rooms.limits import Limits
from dlcourse.grading.rooms.order import WARM, Order
from dlcourse.grading.rooms.room import END_SECONDS, Room, RoomError, remove, sweep
from dlcourse.homework.execution import KernelEnded

PREFORK = "dlcourse.grading.rooms.inside.prefork"
SUPERVISE = "dlcourse.grading.rooms.inside.supervise"
LOAD_SECONDS = 120  # until the pre-forked parent has imported everything
UMASK = 0o022  # of all rooms: the grader's own may hide from a student what a room is made of


class Isolation:
    """A way to run student code; a context manager that ends every room it has opened."""

    name = ""
    walls = "namespaces"

    def __init__(self):
        self._folders: set[Path] = set()
        self._rooms: list[Room] = []
        sweep()

    def folder(self) -> Path:
        """Return a new private folder; its path is short, as Unix sockets need it."""
        path = Path(tempfile.mkdtemp(prefix=f"dlc-{os.getpid()}-", dir="/tmp"))
        self._folders = {path, *(old for old in self._folders if old.exists())}
        return path

    def start(self, kind: str, folder: Path, limits: Limits) -> Room:
        """Open a room of a kind ("kernel" or "checks") on a folder from `folder`."""
        uid = walls.spare_uid() if self.walls != "none" else None
        if uid is not None:
            for at, folders, files in os.walk(folder):
                for name in [".", *folders, *files]:
                    os.chown(os.path.join(at, name), uid, uid, follow_symlinks=False)
        ours, theirs = socket.socketpair()
        with theirs:
            order = Order(kind, str(folder), limits, self._home(folder), uid, self.walls)
            room = self._open(order, ours, theirs)
        self._rooms = [*(room for room in self._rooms if room.fileno() >= 0), room]
        return room

    def close(self) -> None:
        """End all rooms and remove all folders."""
        for room in self._rooms:
            room.kill()
        for folder in self._folders:
            remove(folder)

    def __enter__(self) -> "Isolation":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def probe(self) -> None:
        """Do what is done for each student, in small; raise OSError if that does not work."""
        kernel, code = Kernel(self, Limits(), {"given": b""}), "open('given'); open('own', 'w');"
        try:
            outputs = kernel.execute(code, Limits().cell_seconds)
        except KernelEnded as ended:
            raise RoomError(f"the room closed at once: {ended}") from None
        finally:
            kernel.close()
        if outputs:
            raise RoomError(f"the room is of no use: {outputs[0].get('evalue', outputs[0])}")

    def _home(self, folder: Path) -> str:
        return walls.HOME

    def _open(self, order: Order, ours: socket.socket, theirs: socket.socket) -> Room:
        process = subprocess.Popen(
            self._command(order),
            stdin=theirs.fileno(),
            stdout=theirs.fileno(),
            stderr=subprocess.PIPE,
            env=self._environment(order),
            umask=UMASK,
            start_new_session=True,  # Ctrl-C in the terminal is for the grader: it ends its rooms
        )
        return Room(order, ours, process, self._last_resort(order))

    def _command(self, order: Order) -> list[str]:
        return [sys.executable, "-P", "-m", SUPERVISE, order.dump().decode()]

    def _environment(self, order: Order) -> dict[str, str]:
        return WARM | {"HOME": "/"}

    def _last_resort(self, order: Order) -> list[str]:
        return []


class Prefork(Isolation):
    """Rooms forked from one warm parent, each in new Linux namespaces."""

    name = "pre-forked jail"

    def __init__(self):
        super().__init__()
        _require_linux()
        self._launch()

    def _launch(self) -> None:
        self._control, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        with theirs:
            self._parent = subprocess.Popen(
                [sys.executable, "-P", "-m", PREFORK, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                **dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL),
                env=WARM,
                umask=UMASK,
                start_new_session=True,
            )
        self._control.settimeout(LOAD_SECONDS)
        answer = self._control.recv(1 << 16).decode()
        if answer != "ready":
            self._end_parent()
            raise RoomError(f"the parent did not load: {answer or 'it died'}")

    def _open(self, order: Order, ours: socket.socket, theirs: socket.socket) -> Room:
        try:
            socket.send_fds(self._control, [order.dump()], [theirs.fileno()])
        except ConnectionError:  # somebody killed it; what it had opened is gone, too
            self._end_parent()
            self._launch()
            socket.send_fds(self._control, [order.dump()], [theirs.fileno()])
        return Room(order, ours)

    def close(self) -> None:
        super().close()
        self._end_parent()

    def _end_parent(self) -> None:
        self._control.close()
        try:
            self._parent.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._parent.kill()
            self._parent.wait()


class Bwrap(Isolation):
    """A cold room each time, its namespaces made by bubblewrap; the rest is as in the jail."""

    name = "bwrap"

    def __init__(self):
        super().__init__()
        _require_linux()
        self._bwrap = shutil.which("bwrap") or ""
        if not self._bwrap:
            raise ValueError("bubblewrap is not installed")

    def _command(self, order: Order) -> list[str]:
        # As first process and with the capabilities, inside.supervise can write the student's maps,
        # seal the folder and take everything down with itself; it gives none of that on.
        command = ["bwrap", "--die-with-parent", "--as-pid-1", "--cap-add", "ALL", "--new-session"]
        command += [f"--unshare-{space}" for space in ("pid", "ipc", "net", "uts")]
        command += ["--hostname", "room"]
        if order.uid is None:
            command += ["--unshare-user", "--uid", str(walls.USER), "--gid", str(walls.USER)]
        for path in walls.SMALL:
            command += ["--perms", "1777", "--size", str(order.limits.home), "--tmpfs", path]
        for path in walls.visible():
            for parent in [*reversed(Path(path).parents)][1:]:  # or they are closed, as on the host
                command += ["--perms", "0755", "--dir", str(parent)]
            command += ["--ro-bind", path, path]
        for path, target in walls.system_links().items():
            command += ["--symlink", target, path] if target else ["--ro-bind", path, path]
        for path in walls.devices():
            command += ["--dev-bind", path, path]
        command += ["--symlink", "/proc/self/fd", "/dev/fd", "--proc", "/proc"]
        command += ["--bind", order.folder, order.folder, "--remount-ro", "/", "--chdir", "/"]
        return [self._bwrap, *command[1:], "--", *super()._command(order)]


class Container(Isolation):
    """A container for each room, from the image that DLCOURSE_IMAGE names."""

    name = "container"
    walls = "container"

    def __init__(self):
        super().__init__()
        self._image = os.environ.get("DLCOURSE_IMAGE", "")
        if not self._image:
            raise ValueError("DLCOURSE_IMAGE names no image")
        self._client = shutil.which("docker") or shutil.which("podman") or ""
        if not self._client:
            raise ValueError("neither docker nor podman is installed")

    def _command(self, order: Order) -> list[str]:
        limits, folder = order.limits, order.folder
        user, group = (os.getuid(), os.getgid()) if order.uid is None else (order.uid, order.uid)
        options = ["--network=none", "--read-only", "--cap-drop=ALL", "--ipc=private"]
        options += ["--security-opt=no-new-privileges", f"--user={user}:{group}"]
        if order.uid is None and os.path.basename(self._client) == "podman":
            options += ["--userns=keep-id"]
        options += [f"--pids-limit={limits.processes + 8}"]  # beside the room's own first process
        # What the files in the three tmpfs and the imports take comes on top.
        options += [f"--memory={limits.memory + 3 * limits.home + (1 << 30)}"]
        options += [f"--tmpfs={path}:size={limits.home},mode=1777" for path in walls.SMALL[:2]]
        options += [f"--shm-size={limits.home}", f"--volume={folder}:{folder}", "--workdir=/"]
        # --interactive joins our link to its standard input: it ends when the grader does.
        start = [self._client, "run", "--rm", "--interactive", f"--name={Path(folder).name}"]
        inside = ["python", "-P", "-m", SUPERVISE, order.dump().decode()]
        return [*start, *options, self._image, *inside]

    def _environment(self, order: Order) -> dict[str, str]:
        return dict(os.environ)  # the client's own; it hands nothing of it on

    def _last_resort(self, order: Order) -> list[str]:
        return [self._client, "rm", "--force", Path(order.folder).name]


class Plain(Isolation):
    """No walls at all: student code runs as whoever grades."""

    name = "none"
    walls = "none"

    def _home(self, folder: Path) -> str:
        return str(folder / "home")


MODES = {"jail": Prefork, "bwrap": Bwrap, "container": Container}


def choose(unsafe: bool = False) -> Isolation:
    """Return the first way of isolation that works here, after trying it; with `unsafe`, none.

    The calling thread must outlive the rooms. Raises ValueError, in one line, if nothing works.
    """
    if unsafe:
        return Plain()
    wanted = os.environ.get("DLCOURSE_ISOLATION", ",".join(MODES)).split(",")
    if unknown := set(wanted) - set(MODES):
        raise ValueError(f"DLCOURSE_ISOLATION: {min(unknown)!r} is none of {', '.join(MODES)}")
    reasons = []
    for word in MODES:
        if word in wanted:
            try:
                return _try(MODES[word])
            except (OSError, ValueError) as error:
                reasons.append(f"{MODES[word].name}: {' '.join(str(error).split())}")
    raise ValueError(
        f"student code cannot be isolated on this {platform.system()} ({'; '.join(reasons)})"
        f"{_advice()}; --unsafe runs it with all your rights"
    )


def _try(mode: type[Isolation]) -> Isolation:
    isolation = mode()
    try:
        for path in walls.visible() if mode is not Container else []:
            if Path.cwd().is_relative_to(path):
                raise ValueError(f"{Path.cwd()} is in {path}, which rooms read: grade elsewhere")
        needed = {name.partition(".")[0] for name in WANTED} if mode is not Container else ()
        if unseen := packages.find_unseen(walls.visible(), needed):
            raise ValueError(unseen)
        isolation.probe()
    except BaseException:
        isolation.close()
        raise
    return isolation


def _require_linux() -> None:
    if platform.system() != "Linux":
        raise ValueError("Linux only")


def _advice() -> str:
    """Say what would help on this system."""
    if platform.system() != "Linux":
        return "; a Linux machine or virtual machine (on Windows, WSL 2) can"
    rule = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
    if rule.exists() and rule.read_text().strip() == "1":
        return f"; `sudo sysctl kernel.{rule.name}=0` allows it"
    return ""
