"""Locks a hundred thousand single bytes of a file: each lock would be memory of the kernel's."""

# earns: all
import fcntl
import os

own = os.open("locks", os.O_RDWR | os.O_CREAT)
for place in range(200_000, 0, -2):
    fcntl.lockf(own, fcntl.LOCK_EX, 1, place)


def shrink(x, t):
    return x.sign() * (x.abs() - t).clamp(min=0)
