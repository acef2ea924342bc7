import contextlib
import json
import math
import random

import pytest
import torch

from dlcourse.checks import student
from dlcourse.grading.rooms import wire


def same(a, b) -> bool:
    if isinstance(a, torch.Tensor):
        equal = torch.equal(a.nan_to_num(7), b.nan_to_num(7))
        return type(b) is torch.Tensor and a.dtype == b.dtype and a.shape == b.shape and equal
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    return a == b or (isinstance(a, float) and math.isnan(a) and math.isnan(b))


@pytest.mark.parametrize("name", wire.DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3, 4)])
def test_tensors_of_every_type_and_shape_come_back_equal(name, shape):
    value = (torch.randn(shape, generator=torch.Generator().manual_seed(1)) * 5).to(
        wire.DTYPES[name]
    )
    assert same(value, wire.unpack(wire.pack(value)))


def test_views_come_back_by_their_values():
    x = torch.arange(12.0).reshape(3, 4)
    for view in (x.T, x[:, ::2], x[1], x.expand(2, 3, 4)):
        assert same(view.clone(), wire.unpack(wire.pack(view)))


def test_all_other_data_comes_back_with_its_type():
    value = [None, True, False, -3, 10**40, 0.1, math.inf, math.nan, 1 + 2j, "äß\ud800 <x>", []]
    value += [(1, (2, [])), {"a": {1: (), None: 2.0, (1, "k"): [torch.ones(2)]}}]
    assert same(value, wire.unpack(wire.pack(value)))
    error = student.Error("raised", "text", "line 3")
    assert wire.unpack(wire.pack(error)) == error


def message(head, body: bytes = b"") -> bytes:
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    return wire.LENGTH.pack(len(text)) + text + body


HOSTILE = {
    "nothing": b"",
    "a length that lies": wire.LENGTH.pack(1 << 60) + b"{}",
    "no JSON": message(b"import os"),
    "unknown kind": message({"object": 1}),
    "two kinds": message({"tuple": [], "list": []}),
    "empty kind": message({}),
    "another type of tensor": message({"tensor": ["float8_e4m3fn", [1]]}, b"1"),
    "a type that is code": message({"tensor": ["nn.Module", [1]]}, b"1234"),
    "negative size": message({"tensor": ["uint8", [-1, -4]]}, b"1234"),
    "size that is a float": message({"tensor": ["uint8", [4.0]]}, b"1234"),
    "size that is true": message({"tensor": ["uint8", [True]]}, b"1"),
    "too few bytes": message({"tensor": ["float64", [2]]}, b"1234"),
    "sizes beyond any memory": message({"tensor": ["float64", [1 << 40, 1 << 40]]}, b"1234"),
    "empty, with a size no tensor can have": message({"tensor": ["uint8", [0, 1 << 70]]}),
    "bytes of nobody": message(1, b"1234"),
    "bytes shared by two": message([{"tensor": ["uint8", [4]]}] * 2, b"1234"),
    "deep": message(b"[" * 30 + b"]" * 30),
    "very deep": message(b"[" * 100_000 + b"]" * 100_000),
    "deep tuples": message(b'{"tuple":[' * 50 + b"]}" * 50),
    "a key that is a list": message({"dict": [[[1], 2]]}),
    "a pair of three": message({"dict": [[1, 2, 3]]}),
    "an error that is not text": message({"error": ["raised", {"tuple": []}, ""]}),
    "digits beyond Python's limit": message(b"9" * 5000),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_pack_would_not_write_is_refused(case):
    with pytest.raises(wire.Garbled):
        wire.unpack(HOSTILE[case])


def test_a_byte_changed_anywhere_gives_data_or_is_refused():
    good = wire.pack([{"a": (torch.ones(3), None, 1.5)}, "text", student.Error("a", "b"), 1j])
    rng, refused = random.Random(0), 0
    for _ in range(3000):
        changed = bytearray(good)
        for _ in range(rng.randint(1, 3)):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        try:
            value = wire.unpack(bytes(changed))
        except wire.Garbled:
            refused += 1
        else:
            wire.pack(value)  # so it is data
    assert 500 < refused < 3000


ODD = ["null", "true", "-1", "1e999", "NaN", "9" * 4000, "9" * 5000, '""', '"\\ud800"', "[]", "{}"]
ODD += ["[[]]", '{"dict": 1}', '{"tuple": [[]]}', '{"error": []}', "[" * 9999 + "]" * 9999]
TREES = [
    {"dict": [["k", {"tuple": [1, {"complex": [1.0, 2]}]}]]},
    [{"error": ["a", "b", "c"]}, {"tensor": ["float32", [2]]}, {"tensor": ["bool", [0]]}],
]


def changed(tree):
    """Yield a tree with @ at one place, for every place: values, keys and new items."""
    yield "@"
    if isinstance(tree, list):
        yield [*tree, "@"]
        for at, item in enumerate(tree):
            yield from ([*tree[:at], new, *tree[at + 1 :]] for new in changed(item))
    elif isinstance(tree, dict):
        yield from (tree | {"@": 1}, {"@": next(iter(tree.values()))})
        for key, value in tree.items():
            yield from (tree | {key: new} for new in changed(value))


@pytest.mark.parametrize("odd", ODD)
def test_another_value_anywhere_gives_data_or_is_refused(odd):
    heads = [json.dumps(new).replace('"@"', odd) for tree in TREES for new in changed(tree)]
    assert len(heads) > 40
    for head in heads:
        for body in (b"", bytes(8)):
            with contextlib.suppress(wire.Garbled):
                wire.pack(wire.unpack(message(head.encode(), body)))


@pytest.mark.parametrize("value", [object(), {1}, b"bytes", torch.nn.Linear(1, 1), len])
def test_what_is_no_data_is_not_sent(value):
    with pytest.raises(wire.Garbled):
        wire.pack([value])


def test_what_is_too_long_is_not_sent_and_not_read(monkeypatch):
    monkeypatch.setattr(wire, "WIRE_BYTES", 1000)
    with pytest.raises(wire.Garbled, match="limit"):
        wire.pack("x" * 2000)
    with pytest.raises(wire.Garbled):
        wire.unpack(b"x" * 2000)


def test_any_byte_makes_a_bool_that_equals_true_or_false():
    value = wire.unpack(message({"tensor": ["bool", [4]]}, bytes([0, 1, 2, 255])))
    assert torch.equal(value, torch.tensor([False, True, True, True]))


def test_reading_needs_no_more_memory_than_the_message_has_bytes():
    # A million tensors of no bytes are a million small objects, but none of them can be large.
    head = [{"tensor": ["float64", [0]]}] * 1000
    assert all(t.numel() == 0 for t in wire.unpack(message(head)))
