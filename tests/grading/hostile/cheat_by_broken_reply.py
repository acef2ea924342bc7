"""Sends bytes that no honest reply has."""

# earns: cosine standardise learn
import struct


def shrink(x, t):
    kernel = get_ipython().kernel
    heads = [
        b'{"tensor": ["float32", [1000000000000]]}',
        b'{"tensor": ["float32", [-1]]}',
        b"[" * 100000,
        b'{"x": ' * 5000,
        b"NaN",
        b'{"tensor": ["__class__", []]}',
    ]
    for head in heads:
        kernel.session.send(
            kernel.iopub_socket,
            "answer",
            {},
            parent=kernel.get_parent("shell"),
            ident=b"answer",
            buffers=[struct.pack("<Q", len(head)) + head],
        )
    import os

    os._exit(0)
