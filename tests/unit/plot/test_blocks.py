"""Each figure is read back from its SVG: what is written, where it stands, what touches what."""

import base64
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dlcourse import plot
from dlcourse.models import cnn
from dlcourse.models.transformer.transformer import Transformer, TransformerConfig
from dlcourse.models.vision.unet import UNet
from dlcourse.plot import Block, Frame
from dlcourse.runtime import CourseError

SVG = "{http://www.w3.org/2000/svg}"


def unet():
    def level(i):
        down, up = Block("two convolutions", f"down.{i}"), Block("two convolutions", f"up.{2 - i}")
        return [down] if i == 3 else [down, ([], ["halve", *level(i + 1), "double"]), "stack", up]

    return plot.blocks("U-Net", level(0), UNet(3, 9, width=4), torch.zeros(1, 3, 16, 16))


def inception():
    branches = [Block("3x3 < 5x5", "branch2.0"), Block("convolution\n3x3", "branch2.1")]
    figure = [Block("maps", into=""), (Block("1x1", "branch1"), branches, []), Block("stack", "")]
    return plot.blocks(
        "Inception", figure, cnn.Inception(4, 1, 2, 3, 4, 5, 6), torch.zeros(1, 4, 9, 9)
    )


def transformer(up=True):
    memory = Block("memory", into="decoder.0.cross", part=1)
    looks = [([Block("attention", "encoder.0.attention")], []), "add & norm"]
    asks = [([Block("cross\nattention", "decoder.0.cross", also=memory)], []), "add & norm"]
    start = ([Block("inputs", into="source"), Block("table", "source")], "waves"), "+"
    left = [*start, Frame("6 ×", looks), memory]
    right = [
        "outputs",
        Frame("a long label for a frame", looks + asks),
        ("a wide box", "another wide box"),
    ]
    net = Transformer(TransformerConfig(20, 30, D=8, layers=1, h=2, F=16))
    words = torch.ones(1, 5, dtype=torch.long), torch.ones(1, 7, dtype=torch.long)
    return plot.blocks("Transformer", (left, right), net, *words, up=up)


def columns():
    uneven = ([(["q", "one more", "scores"], "k"), "softmax"], ["first", Frame("a frame", "v")])
    fork = Frame("fork", [("left", ["one", "two"], "right"), "x"])
    figure = [uneven, "product", (["one", "two"], "three"), "join", (fork, []), "end"]
    return plot.blocks("Columns", [*figure, ("p", "r"), Frame("before a frame", "s")])


FIGURES = [unet, inception, transformer, lambda: transformer(up=False), columns]
each_figure = pytest.mark.parametrize("draw", FIGURES)


def parts(drawing):
    """Return boxes and frames as (left, top, right, bottom) with their lines, and paths."""
    boxes, frames, paths, size = [], [], [], None
    for element in ElementTree.fromstring(drawing.svg).iter():
        get = element.get
        if element.tag == SVG + "svg":
            size = [float(number) for number in get("viewBox").split()]
        elif element.tag == SVG + "rect":
            x, y, w, h = (float(get(name)) for name in ("x", "y", "width", "height"))
            (frames if get("stroke-dasharray") else boxes).append(((x, y, x + w, y + h), []))
        elif element.tag == SVG + "text":
            boxes[-1][1].append(element.text)
        elif element.tag == SVG + "polyline":
            points = [tuple(map(float, point.split(","))) for point in get("points").split()]
            paths.append(points)
    return boxes, frames, paths, size


def overlap(a, b):
    """Say whether two rectangles, or a line and a rectangle, share more than an edge."""
    return min(a[2], b[2]) > max(a[0], b[0]) - 1e-6 and min(a[3], b[3]) > max(a[1], b[1]) - 1e-6


def shrunk(box, by=0.01):
    return box[0] + by, box[1] + by, box[2] - by, box[3] - by


def segments(points):
    for (x, y), (to, end) in pairwise(points):
        yield min(x, to), min(y, end), max(x, to), max(y, end)


def test_shapes_are_those_of_the_net():
    net = cnn.LeNet()
    x = torch.rand(2, 1, 28, 28)
    pooled = F.max_pool2d(net.c1(x), 2)
    figure = [
        Block("in", into="c1"),
        Block("c1", "c1"),
        Block("pool", into="c3"),
        Block("f6", "f6"),
    ]
    boxes, *_ = parts(plot.blocks("LeNet", figure, net, x))
    want = [x.shape, net.c1(x).shape, pooled.shape, (2, 84)]
    assert [lines[1] for _, lines in boxes] == [" × ".join(map(str, shape[1:])) for shape in want]
    net.f6, net.output = nn.Linear(120, 77), nn.Linear(77, 10)
    assert parts(plot.blocks("LeNet", figure, net, x))[0][3][1] == ["f6", "77"]


def test_a_shape_that_nothing_gave_is_refused():
    for block in (Block("f7", "f7"), Block("c1", "c1", part=1), Block("c1", into="c1", part=1)):
        with pytest.raises(CourseError, match="no tensor"):
            plot.blocks("LeNet", [block], cnn.LeNet(), torch.zeros(1, 1, 28, 28))
    with pytest.raises(CourseError, match="no tensor"):
        plot.blocks("no net", [Block("c1", "c1")])


@each_figure
def test_nothing_overlaps_and_nothing_is_cut_off(draw):
    boxes, frames, paths, (_, _, width, height) = parts(draw())
    places = [shrunk(place) for place, _ in boxes]
    assert not [pair for pair in combinations(places, 2) if overlap(*pair)]
    lines = [segment for points in paths for segment in segments(points)]
    assert not [(line, box) for line in lines for box in places if overlap(line, box)]
    for place in [*places, *lines, *(place for place, _ in frames)]:
        assert 0 < place[0] <= place[2] < width
        assert 0 < place[1] <= place[3] < height


@each_figure
def test_text_stays_in_its_box(draw):
    """By the rule of 0.6 of the font's size for a character, and 17 pixels for a line."""
    boxes, _, _, _ = parts(draw())
    size = float(ElementTree.fromstring(draw().svg).get("font-size"))
    for (left, top, right, bottom), lines in boxes:
        assert max(map(len, lines)) * 0.6 * size <= right - left
        assert 17 * len(lines) <= bottom - top
    place = None
    for element in ElementTree.fromstring(draw().svg):
        if element.tag == SVG + "rect":
            place = float(element.get("y")), float(element.get("height"))
        elif element.tag == SVG + "text":
            assert 17 / 2 <= float(element.get("y")) - place[0] <= place[1] - 17 / 2


@each_figure
def test_the_alternative_text_names_every_box(draw):
    drawing = draw()
    root = ElementTree.fromstring(drawing.svg)
    assert root.get("role") == "img"
    assert root.find(SVG + "title").text == drawing.alt
    for _, lines in parts(drawing)[0]:
        for line in lines:
            assert line in drawing.alt


def test_a_block_may_stand_in_two_places():
    twice = Block("norm")
    boxes, _, _, _ = parts(plot.blocks("Norms", [twice, "attention", ([twice], twice)]))
    assert [lines for _, lines in boxes] == [["norm"], ["attention"], ["norm"], ["norm"]]


def test_every_box_is_reached():
    """A path begins or ends at each box, but for the labels of frames."""
    for draw in FIGURES:
        boxes, frames, paths, _ = parts(draw())
        ends = [point for points in paths for point in (points[0], points[-1])]
        alone = [
            lines
            for (left, top, right, bottom), lines in boxes
            if not any(left <= x <= right and top <= y <= bottom for x, y in ends)
        ]
        assert len(alone) == len(frames), alone


def test_branches_begin_together_and_before_a_join_from_nowhere_end_together():
    places = {lines[0]: place for place, lines in parts(inception())[0]}
    assert places["1x1"][1] == places["3x3 < 5x5"][1]
    places = {lines[0]: place for place, lines in parts(columns())[0]}
    assert places["k"][3] == places["scores"][3]


def test_as_many_branches_follow_each_other_one_by_one():
    _, _, paths, _ = parts(plot.blocks("Pairs", [("a", "b"), ("c", "d")]))
    assert len(paths) == 2
    assert all(start[0] == end[0] for start, end in paths)


def test_an_arrow_across_goes_from_the_one_to_the_other():
    boxes, frames, paths, _ = parts(transformer())
    (memory,) = (place for place, lines in boxes if lines[0] == "memory")
    (cross,) = (place for place, lines in boxes if lines[0] == "cross")
    (across,) = (points for points in paths if points[0][0] == memory[2])
    assert across[-1] == (cross[0], (cross[1] + cross[3]) / 2)
    assert across[1][0] == across[2][0] < min(place[0] for place, _ in frames[1:])


def test_up_is_down_turned_over():
    (up, *_), (down, _, _, (*_, height)) = parts(transformer(up=True)), parts(transformer(up=False))
    for (a, lines), (b, same) in zip(up, down, strict=True):
        assert lines == same
        assert (a[0], a[1]) == pytest.approx((b[0], height - b[3]))


def test_it_is_shown_as_an_image_with_a_description():
    drawing = inception()
    bundle = drawing._repr_mimebundle_()
    assert bundle["image/svg+xml"] == drawing.svg
    assert bundle["text/plain"] == f"Figure: {drawing.alt}"
    image = ElementTree.fromstring(bundle["text/html"].replace('%">', '%"/>').replace('">', '"/>'))
    assert image.get("alt") == drawing.alt
    assert base64.b64decode(image.get("src").partition(",")[2]).decode() == drawing.svg
    assert image.get("style") == "max-width:100%"
