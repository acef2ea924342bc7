"""Connects to a server on this machine."""
# earns: all
import socket

for host in ("127.0.0.1", "::1", "localhost"):
    try:
        socket.create_connection((host, @PORT@), timeout=1).send(b"x")
        print("FOUND a server")
    except OSError as error:
        print(error)
def shrink(x, t):
    return x.sign() * (x.abs() - t).clamp(min=0)
