"""The walls of a jailed room: the Linux calls that Python lacks, and why each one is made.

In order: `enter` leaves the host's namespaces, `furnish` builds the files a room may see, `confine`
takes every right from the process that will run the student's code, `set_readonly` closes the
folder it shares with the grader. Each raises OSError that names the call that failed; nothing is
optional but where it says so. It needs Linux 5.12 (mount_setattr, pidfd); else there is bubblewrap.
"""

import ctypes
import functools
import os
import platform
import signal
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path

from dlcourse.grading.rooms import syscalls
from dlcourse.grading.rooms.limits import Limits
from dlcourse.grading.rooms.packages import folders

HOME = "/home/student"
SMALL = ("/home", "/tmp", "/dev/shm")  # where a student may write, as much as a limit says each
USER = 1000  # the student's uid and gid, as seen from inside
OPEN_FILES = 256

NEWNS, NEWUTS, NEWIPC = 0x00020000, 0x04000000, 0x08000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 0x1000, 0x4000, 0x40000
MNT_DETACH, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 2, 22, 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
OPEN_TREE, MOVE_MOUNT, MOUNT_SETATTR = 428, 429, 442  # one number on every architecture
OPEN_TREE_CLONE, MOVE_MOUNT_F_EMPTY_PATH = 1, 4
RDONLY, AT_FDCWD, AT_RECURSIVE = 1 | MS_NOSUID, -100, 0x8000  # of mount_setattr


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: int | str | bytes | None) -> int:
    """Call a function of the C library; return its result, or raise OSError with its name."""
    given = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    given = [os.fsencode(a) if isinstance(a, str) else a for a in given]
    result = getattr(_libc(), name)(*given)
    if result < 0:
        error = ctypes.get_errno()
        named = [a for a in arguments if isinstance(a, str)]
        raise OSError(error, " ".join([name, *named[:2], os.strerror(error)]))
    return result


def _mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    _call("mount", source, target, kind, flags, options)


def spare_uid() -> int | None:
    """Return a uid that nobody uses, for one room; None if this process cannot take one.

    RLIMIT_NPROC does not bind the host's root, and files of root must not become the student's: a
    grader that is root gives every room a uid of its own. An ordinary user keeps the own one.
    """
    if os.geteuid() != 0:
        return None
    maps = [line.split() for line in Path("/proc/self/uid_map").read_text().splitlines()]
    top = min(max(int(start) + int(count) for start, _, count in maps), 1 << 31)
    if top < 60000:
        return None  # root in a namespace that has no other users is an ordinary user outside
    return top - 3 - int.from_bytes(os.urandom(4)) % (top // 1000)  # above what distributions use


def die_with_parent(parent: int | None = None) -> None:
    """Have the kernel kill this process when its parent ends; `parent`: who it should still be."""
    _call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        os._exit(1)  # it ended before the call


def set_dumpable(on: bool) -> None:
    """Let processes of the same user look into this one and trace it, or forbid it.

    The kernel also forbids it after each change of rights, and gives /proc/PID to root meanwhile.
    """
    _call("prctl", PR_SET_DUMPABLE, int(on), 0, 0, 0)


def enter(private_user: bool) -> None:
    """Leave the host's namespaces: the next child is the first process of the new ones.

    An ordinary user may make them only inside a new user namespace; the host's root does without,
    so that nothing in the room has any right over its mounts.
    """
    uid, gid = os.geteuid(), os.getegid()
    spaces = NEWNS | NEWPID | NEWIPC | NEWNET | NEWUTS  # the new network has not even loopback
    _call("unshare", spaces | (NEWUSER if private_user else 0))
    if private_user:
        set_dumpable(True)  # or /proc/self/uid_map is not ours to write
        write_maps("self", uid, gid)


def leave_network() -> None:
    """Take a new network namespace once more: bubblewrap's own has a loopback that is up."""
    _call("unshare", NEWNET)


def write_maps(process: int | str, uid: int, gid: int) -> None:
    """Make uid and gid, as seen here, the only ones in the new user namespace of a process."""
    folder = Path(f"/proc/{process}")
    (folder / "setgroups").write_text("deny")  # an ordinary user may not map groups otherwise
    (folder / "uid_map").write_text(f"{USER} {uid} 1")
    (folder / "gid_map").write_text(f"{USER} {gid} 1")


def visible() -> list[str]:
    """Return what of the host a room may read: the system's programs, Python and this package.

    Of an editable installation that is the package's own folder; the rest of the repository, with
    solutions, tests and gradebook, is not among them.
    """
    wanted = ["/usr", sys.base_prefix, sys.prefix, str(Path(__file__).parents[2]), *folders()]
    wanted += [os.path.realpath(path) for path in wanted]  # a link's target must be there, too
    wanted += ["/etc/ld.so.cache", "/etc/alternatives", "/sys/devices/system/cpu"]
    kept: list[str] = []
    for path in sorted({path for path in wanted if os.path.exists(path)}):
        if not any(Path(path).is_relative_to(other) for other in kept):
            kept.append(path)
    return kept


def system_links() -> dict[str, str | None]:
    """Return {'/bin': 'usr/bin', ...}; None where a distribution has a folder instead of a link."""
    names = ("/bin", "/sbin", "/lib", "/lib32", "/lib64")
    return {n: os.readlink(n) if os.path.islink(n) else None for n in names if os.path.exists(n)}


def devices() -> list[str]:
    """Return the device files of a room: none of them keeps anything."""
    return [f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom")]


def furnish(folder: Path, limits: Limits) -> None:
    """Build a room's file system and make it the only one: read-only but for three small tmpfs.

    Runs as the first process of the new namespaces. `folder` stays at its path, writable.
    """
    _mount("none", "/", None, MS_REC | MS_PRIVATE)  # nothing below reaches the host
    new = str(folder)  # any directory serves to build on; a mount of the folder itself is held
    held = _call("syscall", OPEN_TREE, AT_FDCWD, new, OPEN_TREE_CLONE)
    _mount("tmpfs", new, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755")
    # Sizes bound what a student can store; inodes are kernel memory that a size does not count.
    small = f"size={limits.home},nr_inodes=16384,mode=1777"
    for path in SMALL:
        os.makedirs(new + path)
        _mount("tmpfs", new + path, "tmpfs", MS_NOSUID | MS_NODEV, small)
    for path in visible():
        _bind(path, new + path)
        set_readonly(new + path)
    for path, target in system_links().items():
        if target is None:
            _bind(path, new + path)
            set_readonly(new + path)
        else:
            os.symlink(target, new + path)
    for path in devices():
        _bind(path, new + path)
    os.symlink("/proc/self/fd", f"{new}/dev/fd")
    Path(f"{new}/etc/passwd").write_text(f"student:x:{USER}:{USER}::{HOME}:/bin/sh\n")
    # A fresh /proc shows this room's processes alone. The old one must still be there: the kernel
    # gives an ordinary user no more of /proc than is visible already.
    os.mkdir(f"{new}/proc")
    _mount("proc", f"{new}/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    os.makedirs(new + str(folder))
    _call("syscall", MOVE_MOUNT, held, "", AT_FDCWD, new + str(folder), MOVE_MOUNT_F_EMPTY_PATH)
    os.close(held)
    os.chdir(new)
    # Both at one place: the old root then lies over the new one and is unmounted from there. A
    # chroot could be left again; after this the host's files have no path at all.
    _call("syscall", syscalls.number("pivot_root", platform.machine()), ".", ".")
    _call("umount2", ".", MNT_DETACH)
    os.chdir("/")
    set_readonly("/", recursive=False)
    socket.sethostname("room")


def _bind(source: str, target: str) -> None:
    """Show a folder or file of the host, and all that is mounted below it, at another path."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        Path(target).touch()
    _mount(source, target, None, MS_BIND | MS_REC)


def set_readonly(path: str, recursive: bool = True) -> None:
    """Make a mount read-only; with `recursive`, what is mounted below it as well.

    A bind mount's own flag does not hold for the mounts below it, so this is the recursive call.
    """
    attributes = (ctypes.c_uint64 * 4)(RDONLY, 0, 0, 0)  # set, clear, propagation, user namespace
    flags = AT_RECURSIVE if recursive else 0
    size = ctypes.sizeof(attributes)
    _call("syscall", MOUNT_SETATTR, AT_FDCWD, path, flags, bytes(attributes), size)


def confine(limits: Limits, own_user: bool, ask_maps: Callable[[], None]) -> None:
    """Take every right from this process, for good, and set its limits.

    With `own_user` it moves into a user namespace of its own, whose maps the trusted parent writes
    when `ask_maps` is called. Without, a container has taken the rights already.
    """
    if own_user:
        if os.geteuid() == 0:
            os.setgroups([])
        # In a namespace of its own RLIMIT_NPROC counts this room only. It owns no mount, no network
        # and no other process, so that even its root would have nothing to rule over.
        _call("unshare", NEWUSER)
        set_dumpable(True)  # /proc/PID is root's until now, and the parent must write the maps
        ask_maps()
        os.setresgid(USER, USER, USER)
        os.setresuid(USER, USER, USER)
        # No user namespace, hence no other one: that is where most ways into a kernel begin.
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
        for capability in range(64):
            try:
                _call("prctl", PR_CAPBSET_DROP, capability, 0, 0, 0)
            except OSError:
                break  # past the last one that this kernel knows
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3
    _call("capset", bytes(header), bytes(24))
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)  # set-uid programs give nothing either
    set_dumpable(True)
    set_limits(limits, processes=own_user)
    # Should memory run out in spite of all, rooms go before the grader.
    Path("/proc/self/oom_score_adj").write_text("1000")
    steps = syscalls.program(platform.machine())
    held = ctypes.create_string_buffer(steps)
    filter_ = struct.pack("HP", len(steps) // 8, ctypes.addressof(held))
    _call("prctl", PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter_)  # its children inherit it


def set_limits(limits: Limits, processes: bool) -> None:
    """Set the resource limits of this process, which its children inherit.

    `processes`: limit their number, which counts all that share a uid outside a user namespace.
    """
    import resource  # Windows has none, and imports this module before it is told so

    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    bounds = {
        resource.RLIMIT_AS: mapped + limits.memory,  # PyTorch maps gigabytes that it never touches
        resource.RLIMIT_FSIZE: limits.file,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    if processes:
        bounds[resource.RLIMIT_NPROC] = limits.processes
    for which, bound in bounds.items():
        hard = resource.getrlimit(which)[1]
        bound = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(which, (bound, bound))


def memory_used(limit: int) -> int:
    """Return the bytes of memory of all processes but the first one of this pid namespace.

    Resident pages are quick to sum, but count what processes share (the warm parent's, a fork's)
    once for each; only a sum over `limit` is worth the exact and slow one. Sockets count as full.
    """
    pids = [name for name in os.listdir("/proc") if name.isdigit() and name != "1"]
    sockets = _sockets()
    resident = sockets + sum(_resident(pid) for pid in pids)
    return resident if resident <= limit else sockets + sum(_share(pid) for pid in pids)


def _sockets() -> int:
    """Return the bytes that this network namespace's sockets, lost or not, can hold at most."""
    used = int(Path("/proc/net/sockstat").read_text().split()[2])
    with socket.socket(socket.AF_UNIX) as new:  # no other can be made larger
        return used * sum(new.getsockopt(syscalls.SOL_SOCKET, n) for n in syscalls.BUFFER_SIZES)


def _resident(pid: str) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0  # it has just ended


def _share(pid: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
