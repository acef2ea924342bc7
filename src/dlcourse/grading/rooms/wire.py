"""Data as bytes: all that passes between a check and a student's process.

A message is the length of its head, the head (JSON) and the raw bytes of its tensors one after the
other. Reading it runs no code of the sender's, needs no more memory than the message has bytes, and
gives nothing but tensors, numbers, strings, None, lists, tuples, dicts and `student.Error`.
"""

import json
import math
import struct

import torch

from dlcourse.checks import student
from dlcourse.grading.rooms.limits import WIRE_BYTES

DTYPES = {str(dtype).removeprefix("torch."): dtype for dtype in student.DTYPES}
LENGTH = struct.Struct("<Q")


class Garbled(ValueError):
    """The bytes are no message of ours, or it is too long."""


def pack(value) -> bytes:
    """Turn data, as `student.to_data` gives it, into a message; raise Garbled if it cannot be."""
    blobs: list[bytes] = []
    try:
        head = json.dumps(_flatten(value, blobs)).encode()
    except (TypeError, ValueError, RecursionError, RuntimeError) as error:
        raise Garbled(f"no message can be made of it: {error}") from None
    message = b"".join([LENGTH.pack(len(head)), head, *blobs])
    if len(message) > WIRE_BYTES:
        raise Garbled(f"{len(message) >> 20} MB, and the limit is {WIRE_BYTES >> 20} MB")
    return message


def unpack(message: bytes):
    """Turn a message back into data; raise Garbled for what `pack` would not have written."""
    if not LENGTH.size <= len(message) <= WIRE_BYTES:
        raise Garbled(f"a message of {len(message)} bytes")
    end = LENGTH.size + LENGTH.unpack_from(message)[0]
    blobs = _Blobs(memoryview(message)[end:])
    try:
        value = _restore(json.loads(message[LENGTH.size : end]), blobs)
    except Garbled:
        raise
    except (TypeError, ValueError, KeyError, RecursionError, RuntimeError, OverflowError) as error:
        raise Garbled(f"not a message: {type(error).__name__}") from None
    if len(blobs.left):
        raise Garbled("bytes that belong to nothing")
    return value


def _flatten(value, blobs: list[bytes]):
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if kind is list:
        return [_flatten(item, blobs) for item in value]
    if kind is complex:
        return {"complex": [value.real, value.imag]}
    if kind is tuple:
        return {"tuple": [_flatten(item, blobs) for item in value]}
    if kind is dict:
        return {"dict": [[_flatten(k, blobs), _flatten(v, blobs)] for k, v in value.items()]}
    if kind is student.Error:
        return {"error": [value.kind, value.text, value.place]}
    if kind is torch.Tensor:
        name = str(value.dtype).removeprefix("torch.")
        if name not in DTYPES:
            raise TypeError(f"a tensor of {name}")
        blobs.append(value.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
        return {"tensor": [name, list(value.shape)]}
    raise TypeError(f"a {kind.__name__}")


class _Blobs:
    """The bytes of all tensors, taken one after the other, so that none is counted twice."""

    def __init__(self, left: memoryview):
        self.left = left

    def take(self, size: int) -> bytearray:
        if size > len(self.left):
            raise Garbled("a tensor with fewer bytes than it says")
        taken, self.left = bytearray(self.left[:size]), self.left[size:]
        return taken


def _restore(node, blobs: _Blobs, depth: int = 0):
    if depth > student.MAX_DEPTH + 2:  # a reply holds result and arguments in a list
        raise Garbled("nested too deeply")
    if node is None or isinstance(node, bool | int | float | str):
        return node
    if isinstance(node, list):
        return [_restore(item, blobs, depth + 1) for item in node]
    ((kind, content),) = node.items()
    match kind, content:
        case "tuple", list():
            return tuple(_restore(item, blobs, depth + 1) for item in content)
        case "dict", list():
            pairs = ((_restore(k, blobs, depth + 1), v) for k, v in content)
            return {k: _restore(v, blobs, depth + 1) for k, v in pairs}
        case "complex", [int() | float() as real, int() | float() as imag]:
            return complex(real, imag)
        case "error", [str() as error, str() as text, str() as place]:
            return student.Error(error, text, place)
        case "tensor", [str() as name, list() as shape]:
            return _tensor(name, shape, blobs)
    raise Garbled("something that is no data")


def _tensor(name: str, shape: list, blobs: _Blobs) -> torch.Tensor:
    if not all(type(size) is int and size >= 0 for size in shape):
        raise Garbled("a tensor without a shape")
    # Any byte would make a bool, and other bytes than 0 and 1 make ones that equal nothing.
    dtype = torch.uint8 if name == "bool" else DTYPES[name]
    raw = blobs.take(math.prod(shape) * dtype.itemsize)
    flat = torch.frombuffer(raw, dtype=dtype) if raw else torch.empty(0, dtype=dtype)
    return (flat != 0 if name == "bool" else flat).reshape(shape)
