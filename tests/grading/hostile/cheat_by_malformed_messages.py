"""Sends Jupyter's messages with the right key and parts that are no dictionaries, on every socket."""

# earns: cosine standardise learn
import json

import torch

ODD = [None, [], "idle", 7, float("nan"), 10**400, "\ud800", [[[]]], {"msg_id": []}]


def flood():
    kernel = get_ipython().kernel
    session = kernel.session
    whole = session.msg("answer", {}, parent=kernel.get_parent("shell"))
    for part in ("header", "parent_header", "metadata", "content"):
        for odd in ODD:
            frames = [
                json.dumps(odd if name == part else whole[name], default=str).encode()
                for name in ("header", "parent_header", "metadata", "content")
            ]
            for one in (frames, frames[:2], [*frames, b"", b"x"]):
                signed = [b"answer", b"<IDS|MSG>", session.sign(one), *one]
                kernel.iopub_socket.send_multipart(signed)


flood()


def shrink(x, t):
    flood()
    return torch.zeros_like(x)
