"""Close the network of this process, but for loopback: Python runs this file at start-up.

Kernels get it through PYTHONPATH; the tests' own process runs it from `tests/conftest.py`.
"""

import ipaddress
import sys


def guard(event: str, arguments: tuple) -> None:
    """Audit hook: raise ConnectionRefusedError when a socket is about to leave this machine."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]  # a path in place of the tuple is a socket file
    else:
        return
    if isinstance(host, bytes):
        host = host.decode()
    if host in (None, "", "localhost"):
        return
    try:
        near = ipaddress.ip_address(host).is_loopback or host in ("0.0.0.0", "::")
    except ValueError:
        near = False
    if not near:
        raise ConnectionRefusedError(f"the network is closed here: {host}")


sys.addaudithook(guard)
