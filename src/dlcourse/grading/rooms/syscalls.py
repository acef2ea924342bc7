"""Which system calls a student's process may make: a seccomp filter, as a BPF program.

Namespaces hide what has a name. What has none (kernel memory, keys, locks on files that all rooms
read) is reached by calls alone. A refused call answers as on a kernel without it, so that programs
fall back, and so do all calls newer than this list; nothing is killed.
"""

import errno
import struct
from collections.abc import Iterator

ARCHES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7, "riscv64": 0xC00000F3}  # as seccomp says
NEWEST = 456  # the last call that is let through where it is not named below
# name: its number on x86-64, and on all later architectures
REFUSED = {
    # Other processes, and ways out of a namespace and round its mounts.
    **{"ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271)},
    **{"kcmp": (312, 272), "pidfd_getfd": (438, 438), "process_madvise": (440, 440)},
    **{"unshare": (272, 97), "setns": (308, 268), "clone3": (435, 435), "chroot": (161, 51)},
    **{"mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41)},
    **{"open_tree": (428, 428), "move_mount": (429, 429), "mount_setattr": (442, 442)},
    **{"fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433)},
    **{"name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265)},
    # Wide doors into the kernel.
    **{"bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282)},
    **{"io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427)},
    **{"personality": (135, 92), "kexec_load": (246, 104), "kexec_file_load": (320, 294)},
    # Memory that is no process's.
    **{"add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219)},
    **{"shmget": (29, 194), "semget": (64, 190), "msgget": (68, 186), "mq_open": (240, 180)},
    **{"memfd_create": (319, 279), "memfd_secret": (447, 447), "io_setup": (206, 0)},
    **{"landlock_create_ruleset": (444, 444), "landlock_add_rule": (445, 445)},
    # Who opens or reads a file is told through every mount of it.
    **{"inotify_init1": (294, 26), "fanotify_init": (300, 262), "cachestat": (451, 451)},
    **{"inotify_init": (253, 26)},  # the older call is x86-64's only
}
# Succeed and do nothing: a lock on a file that two rooms read would be a word between them, and
# to write out the machine's disks is not a student's to ask. Within a room, locks hold nobody up.
IDLE = {"flock": (73, 32), "sync": (162, 81), "syncfs": (306, 267)}
JUDGED = {"clone": (56, 220), "fcntl": (72, 25), "setsockopt": (54, 208)}
JUDGED |= {"socket": (41, 198), "socketpair": (53, 199)}

NAMESPACES = 0x7E020000  # the flags of clone that make one
FAMILIES = (1, 2, 10, 16)  # Unix, IPv4, IPv6 and netlink, which asks for interfaces
PROTOCOLS = (0, 6, 17)  # the family's own, TCP, UDP; of netlink, 0 is about routes and interfaces
SET_LOCK = (6, 7, 37, 38)  # of fcntl; F_SETLK, F_SETLKW, and both of open files
# F_GETLK, F_OFD_GETLK, F_SETLEASE, F_NOTIFY, F_SET_RW_HINT, F_SET_FILE_RW_HINT
ASK_LOCK = (5, 36, 1024, 1026, 1036, 1038)
SOL_SOCKET, BUFFER_SIZES = 1, (7, 8)

LOAD, EQUAL, ABOVE, ANY_BIT, RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
ALLOW, ERROR = 0x7FFF0000, 0x00050000
NUMBER, ARCH = 0, 4  # offsets in what the program reads; below, the low half of an argument
ARGUMENTS = (16, 24, 32)

Step = tuple[int, int, int, int]  # code, how many to leap if true and if false, constant


def number(name: str, machine: str) -> int:
    """Return a call's number on a machine, as `platform.machine` names it, or raise OSError."""
    if machine not in ARCHES:
        raise OSError(f"the system calls of {machine} are not known")
    return (REFUSED | IDLE | JUDGED)[name][machine != "x86_64"]


def program(machine: str) -> bytes:
    """Return the filter for a machine; raise OSError for one unknown."""
    ends = dict.fromkeys(IDLE, 0) | dict.fromkeys(REFUSED, errno.ENOSYS)
    rules = {name: list(_rule(name)) for name in JUDGED}
    rules |= {name: [_answer(code)] for name, code in ends.items()}
    numbers = {name: number(name, machine) for name in rules}
    steps = [(LOAD, 0, 0, ARCH), (EQUAL, 1, 0, ARCHES[machine]), _answer(errno.ENOSYS)]
    # This covers x32, too, whose numbers begin far above.
    steps += [(LOAD, 0, 0, NUMBER), (ABOVE, 0, 1, NEWEST), _answer(errno.ENOSYS)]
    for name, rule in rules.items():
        steps += [(EQUAL, 0, len(rule), numbers[name]), *rule]
    steps.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _rule(name: str) -> Iterator[Step]:
    """Yield what decides on a call by its arguments; it ends in an answer."""
    if name == "clone":
        yield from [(LOAD, 0, 0, ARGUMENTS[0]), (ANY_BIT, 0, 1, NAMESPACES), _answer(errno.EPERM)]
    elif name == "fcntl":
        yield (LOAD, 0, 0, ARGUMENTS[1])
        for commands, code in ((SET_LOCK, 0), (ASK_LOCK, errno.EINVAL)):
            yield from _if_any(commands, code)
    elif name == "setsockopt":  # a buffer stays as small as it was made
        yield from [(LOAD, 0, 0, ARGUMENTS[1]), (EQUAL, 1, 0, SOL_SOCKET), (RETURN, 0, 0, ALLOW)]
        yield from [(LOAD, 0, 0, ARGUMENTS[2]), *_if_any(BUFFER_SIZES, 0)]
    else:
        for argument, known in ((ARGUMENTS[0], FAMILIES), (ARGUMENTS[2], PROTOCOLS)):
            yield (LOAD, 0, 0, argument)
            yield from ((EQUAL, len(known) - at, 0, value) for at, value in enumerate(known))
            yield _answer(errno.EAFNOSUPPORT)
    yield (RETURN, 0, 0, ALLOW)


def _if_any(values: tuple[int, ...], code: int) -> Iterator[Step]:
    """Yield what answers `code` if one of these values is loaded, and goes on if none."""
    for value in values:
        yield from [(EQUAL, 0, 1, value), _answer(code)]


def _answer(code: int) -> Step:
    """Return the step that ends the call with an error; 0 says that all went well."""
    return (RETURN, 0, 0, ERROR | code)
