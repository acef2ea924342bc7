"""The filter of system calls, step by step, for every machine, on any; test_walls has it live."""

import ctypes
import errno
import struct

import pytest

from dlcourse.grading.rooms import syscalls

X86_64, AARCH64 = "x86_64", "aarch64"
ALLOWED = "allowed"
# Of calls that everything needs: openat, mmap, execve, exit_group, futex, prctl, pidfd_open.
USUAL = {X86_64: (257, 9, 59, 231, 202, 157, 434), AARCH64: (56, 222, 221, 94, 98, 167, 434)}
UNIX, INET, INET6, NETLINK, VSOCK, ALG, PACKET = 1, 2, 10, 16, 40, 38, 17


def answer(machine: str, number: int, *arguments: int, arch: int | None = None) -> str | int:
    """Run the program as the kernel does; return the error that it gives a call, or ALLOWED."""
    padded = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    arch = syscalls.ARCHES[machine] if arch is None else arch
    data = struct.pack("<iIQ6Q", number, arch, 0, *padded)
    steps = list(struct.iter_unpack("=HBBI", syscalls.program(machine)))
    at = loaded = 0
    while True:
        code, yes, no, constant = steps[at]
        at += 1
        match code:
            case syscalls.LOAD:
                (loaded,) = struct.unpack_from("<I", data, constant)
            case syscalls.RETURN:
                if constant == syscalls.ALLOW:
                    return ALLOWED
                assert constant >> 16 == syscalls.ERROR >> 16  # and nothing is killed
                return constant & 0xFFFF
            case syscalls.EQUAL:
                at += yes if loaded == constant else no
            case syscalls.ABOVE:
                at += yes if loaded > constant else no
            case syscalls.ANY_BIT:
                at += yes if loaded & constant else no
            case _:
                pytest.fail(f"step {code:#x} is unknown")


machines = pytest.mark.parametrize("machine", [X86_64, AARCH64])


@machines
def test_what_is_refused_is_as_if_the_kernel_had_no_such_call(machine):
    for name in syscalls.REFUSED:
        assert answer(machine, syscalls.number(name, machine)) == errno.ENOSYS
    for name in syscalls.IDLE:
        assert answer(machine, syscalls.number(name, machine)) == 0


@machines
def test_what_programs_need_is_allowed(machine):
    told = {answer(machine, number) for number in USUAL[machine]}
    assert told == {ALLOWED}
    assert answer(machine, syscalls.number("clone", machine), 0x3D0F00) == ALLOWED  # a thread
    assert answer(machine, syscalls.number("clone", machine), 0x11) == ALLOWED  # a fork


@machines
def test_calls_newer_than_the_list_and_of_another_kind_of_binary_are_refused(machine):
    for newer in (syscalls.NEWEST + 1, 1000, 0x40000000 + 41, -1):
        assert answer(machine, newer) == errno.ENOSYS
    for arch in (0x40000003, 0x40000028, 0):  # i386, arm
        assert answer(machine, USUAL[machine][0], arch=arch) == errno.ENOSYS


@machines
@pytest.mark.parametrize("call", ["socket", "socketpair"])
def test_sockets_are_of_four_families(machine, call):
    for family in range(64):
        told = answer(machine, syscalls.number(call, machine), family, 1, 0)
        assert told == (ALLOWED if family in (UNIX, INET, INET6, NETLINK) else errno.EAFNOSUPPORT)
    for family, protocol in ((INET, 132), (INET, 255), (NETLINK, 12), (NETLINK, 15)):
        assert (
            answer(machine, syscalls.number(call, machine), family, 1, protocol)
            == errno.EAFNOSUPPORT
        )
    assert answer(machine, syscalls.number(call, machine), INET6, 1, 6) == ALLOWED


@machines
def test_no_flag_of_clone_makes_a_namespace(machine):
    for bit in (17, 25, 26, 27, 28, 29, 30):  # the high half is not read by the kernel either
        assert answer(machine, syscalls.number("clone", machine), 0x11 | 1 << bit) == errno.EPERM


@machines
def test_locks_do_nothing_and_tell_nothing(machine):
    call = syscalls.number("fcntl", machine)
    assert {answer(machine, call, 3, command) for command in (6, 7, 37, 38)} == {0}
    asked = {answer(machine, call, 3, command) for command in (5, 36, 1024, 1026, 1036)}
    assert asked == {errno.EINVAL}
    for command in (0, 1, 2, 3, 4, 1030, 1031, 1032, 1033):  # descriptors, flags, pipes
        assert answer(machine, call, 3, command) == ALLOWED


@machines
def test_the_buffers_of_a_socket_keep_their_size(machine):
    call = syscalls.number("setsockopt", machine)
    assert {answer(machine, call, 3, 1, option) for option in (7, 8)} == {0}
    assert answer(machine, call, 3, 1, 2) == ALLOWED
    assert answer(machine, call, 3, 6, 7) == ALLOWED  # TCP's own options


def test_the_numbers_are_those_that_libseccomp_knows():
    try:
        resolve = ctypes.CDLL("libseccomp.so.2").seccomp_syscall_resolve_name_arch
    except OSError:
        pytest.skip("libseccomp, which knows the numbers of calls, is not here")
    resolve.argtypes = [ctypes.c_uint32, ctypes.c_char_p]
    for name, numbers in (syscalls.REFUSED | syscalls.IDLE | syscalls.JUDGED).items():
        for machine, arch in syscalls.ARCHES.items():
            known = resolve(arch, name.encode())
            assert known < 0 or known == numbers[machine != X86_64], (name, machine)


def test_a_machine_that_nobody_knows_gets_no_room():
    with pytest.raises(OSError, match="calls of vax are not known"):
        syscalls.program("vax")
