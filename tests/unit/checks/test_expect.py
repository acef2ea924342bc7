"""Comparisons of data, and checks of nets, name what came and why it is wrong."""

import re
from copy import deepcopy

import pytest
import torch
from torch import nn

from dlcourse.checks import CheckFailed, expect, nets


def says(*words):
    """Expect CheckFailed with these words, in any order, in its text."""
    return pytest.raises(
        CheckFailed, match="(?s)" + "".join(f"(?=.*{re.escape(word)})" for word in words)
    )


HERE = {"name": "y", "look": "section 1"}


def test_close_names_the_place_and_the_known_mistake():
    want = torch.tensor([1.0, 2.0])
    expect.close(want + 1e-5, want, cause="", **HERE)
    with says("y: 2 at [1]", "got           5", "no idea"):
        expect.close(torch.tensor([1.0, 5.0]), want, cause="no idea", **HERE)
    with says("doubled"):
        expect.close(want * 2, want, cause="no idea", mistakes={"doubled": [2, 4]}, **HERE)


def test_a_cause_of_what_is_not_finite_holds_only_where_it_can():
    value, elsewhere = torch.tensor([torch.inf, 1.0]), torch.tensor([False, True])
    for at, cause in ((elsewhere, "0/0 at the rim"), (~elsewhere, "some step gives numbers")):
        with says("nan or inf", cause):
            expect.tensor(value, (2,), finite_cause="0/0 at the rim", finite_else=at, **HERE)


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        (torch.zeros(1), "one of the two is missing"),
        ((1, 2, 3), "no more and no less"),
        (None, "or what it returns is None"),
    ],
)
def test_of_two_results_one_is_missing_where_one_came(value, cause):
    with says("a and b", cause):
        expect.several(value, 2, want="two: a and b", look="")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, ["None", "without `return`"]),
        ([1.0, 2.0], ["a list of 2"]),
        (torch.tensor([1, 2]), ["torch.int64"]),
        (torch.zeros(2, 1), ["shape (2, 1)", "sideways"]),
        (torch.tensor([1.0, torch.nan]), ["nan or inf", "not finite"]),
        ("12", ["a str"]),
    ],
)
def test_tensor_names_what_came_instead(value, words):
    with says("section 1", *words):
        expect.tensor(value, (2,), shape_cause="sideways", **HERE)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        *((None, ["None"]), (True, ["True"]), (float("nan"), ["nan"])),
        *((4, ["got           4", "twice"]), (5, ["other"]), ("2", ["a str"]), (2j, ["a complex"])),
        pytest.param(10**400, ["a whole number of about 400 digits", "other"], id="digits"),
        pytest.param(-(10**5000), ["5000 digits"], id="minus"),
    ],
)
def test_number_names_what_came_instead(value, words):
    expect.number(2, 2, cause="other", **HERE)
    with says("y: 2", *words):
        expect.number(value, 2, cause="other", mistakes={"twice": 4}, **HERE)


def test_dictionaries_are_arguments_too():
    options = {"k": torch.ones(2)}
    assert expect.result(lambda options: 3, (options,), names="options", look="") == 3
    with says("options was changed"):
        expect.result(lambda options: options["k"].zero_(), (options,), names="options", look="")


@pytest.mark.parametrize("how", [lambda x, n: x.mul_(2), lambda x, n: n.append(1)])
def test_result_names_the_argument_that_was_changed(how):
    x, n = torch.ones(2), [1]
    assert expect.result(lambda x, n: 3, (x, n), names="x, n", look="") == 3
    with says("as it was handed in", "in place"):
        expect.result(how, (x, n), names="x, n", look="")


def net(*layers):
    return lambda: nn.Sequential(nn.Flatten(), nn.Linear(4, 3), *deepcopy(layers))


class Noise(nn.Module):
    def forward(self, x):
        return x + torch.rand(x.shape)


@pytest.mark.parametrize(
    ("layers", "word"),
    [
        ([nn.Softmax(1)], "a softmax at the end"),
        ([nn.LogSoftmax(1)], "a softmax at the end"),
        ([nn.Linear(3, 2)], "the last layer has 3 outputs"),
        ([nn.ReLU(), nn.Threshold(1e9, 0)], "does not depend on the image"),
        ([Noise()], "not registered"),
    ],
)
def test_classifier_tells_nets_that_cannot_learn(layers, word):
    nets.classifier(net(nn.BatchNorm1d(3)), (1, 2, 2), 3, look="")
    with says(word):
        nets.classifier(net(*layers), (1, 2, 2), 3, look="")


def test_budget_counts_the_state_dict():
    nets.budget(net(), 15, look="")
    with says("at most 14 numbers", "15"):
        nets.budget(net(), 14, look="")
    with says("a plain list"):
        nets.budget(nn.ReLU, 14, look="")
