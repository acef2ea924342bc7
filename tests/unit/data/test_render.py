import math

import pytest
import torch

from dlcourse.data.scenes import render
from dlcourse.data.scenes.render import Sketch, paint

RED = (0.9, 0.1, 0.1)


def white(n: int = 1, size: int = 64) -> torch.Tensor:
    return torch.ones(n, 3, size, size)


def grid(size: int) -> tuple[torch.Tensor, torch.Tensor]:
    at = (torch.arange(size) + 0.5) / size
    return at[None, :], at[:, None]


def shown(sketch: Sketch, size: int = 128) -> torch.Tensor:
    return paint(white(1, size), sketch)[1][0] == 1


def turned(angle: float, x: float = 0.5, y: float = 0.5, size: int = 128):
    column, row = grid(size)
    cos, sin = math.cos(angle), math.sin(angle)
    return (column - x) * cos + (row - y) * sin, (row - y) * cos - (column - x) * sin


@pytest.mark.parametrize("angle", [0.0, 0.4, -1.2])
def test_an_ellipse_is_the_points_of_its_equation(angle):
    sketch = Sketch(1)
    sketch.ellipse(0.5, 0.5, 0.3, 0.1, RED, angle=angle, tag=1)
    u, v = turned(angle)
    assert torch.equal(shown(sketch), (u / 0.3) ** 2 + (v / 0.1) ** 2 < 1)


@pytest.mark.parametrize("corner", [0.0, 0.05, 0.1])
def test_a_box_is_the_points_near_its_core(corner):
    sketch = Sketch(1)
    sketch.box(0.5, 0.5, 0.31, 0.13, RED, angle=0.3, corner=corner, tag=1)
    u, v = turned(0.3)
    across = (u.abs() - (0.31 - corner)).clamp_min(0)
    along = (v.abs() - (0.13 - corner)).clamp_min(0)
    # A corner is never sharper than 0.3 pixels.
    expected = (across**2 + along**2).sqrt() <= max(corner, 1e-9)
    assert (shown(sketch) != expected).sum() <= 4


def test_a_capsule_is_the_points_near_a_line():
    sketch = Sketch(1)
    sketch.capsule(0.2, 0.3, 0.7, 0.6, 0.08, RED, tag=1)
    column, row = grid(128)
    share = (((column - 0.2) * 0.5 + (row - 0.3) * 0.3) / (0.25 + 0.09)).clamp(0, 1)
    distance = ((column - 0.2 - 0.5 * share) ** 2 + (row - 0.3 - 0.3 * share) ** 2).sqrt()
    assert (shown(sketch) != (distance < 0.08)).sum() <= 2


def test_a_quadrilateral_is_the_points_on_one_side_of_all_edges():
    corners = torch.tensor([[0.2, 0.25], [0.8, 0.3], [0.7, 0.8], [0.3, 0.6]])
    column, row = grid(128)
    expected = torch.ones(128, 128, dtype=torch.bool)
    for (x0, y0), (x1, y1) in zip(corners.tolist(), corners.roll(-1, 0).tolist()):
        expected &= (x1 - x0) * (row - y0) - (y1 - y0) * (column - x0) > 0
    for order in (corners, corners.flip(0)):
        sketch = Sketch(1)
        sketch.quad(order[None], RED, tag=1)
        assert (shown(sketch) != expected).sum() <= 4


def test_a_triangle_is_a_box_without_a_top_or_a_quadrilateral_with_a_point_twice():
    box, quad = Sketch(1), Sketch(1)
    box.box(0.5, 0.5, 0.31, 0.2, RED, top=0.0, tag=1)
    quad.quad(torch.tensor([[[0.5, 0.3], [0.81, 0.7], [0.19, 0.7], [0.19, 0.7]]]), RED, tag=1)
    assert (shown(box) != shown(quad)).sum() <= 8  # pixels whose centre is on an edge
    assert shown(box).sum() / 128**2 == pytest.approx(0.124, abs=0.003)


def test_edges_cover_as_much_as_the_shape_does():
    sketch = Sketch(1)
    sketch.ellipse(0.503, 0.497, 0.21, 0.34, (0, 0, 0), angle=0.7)
    image, _ = paint(white(), sketch)
    assert (1 - image[0, 0]).mean() == pytest.approx(math.pi * 0.21 * 0.34, rel=0.005)
    assert ((image > 0.02) & (image < 0.98)).any()


def test_later_shapes_and_higher_layers_are_on_top():
    both = torch.zeros(2, dtype=torch.long)
    sketch = Sketch(both, layer=torch.tensor([2, 1]), first_tag=torch.tensor([10, 20]))
    sketch.ellipse(0.5, 0.5, 0.2, 0.2, RED, tag=1)
    sketch.ellipse(0.5, 0.5, 0.1, 0.1, RED, tag=2)
    _, tags = paint(white(), sketch)
    assert set(tags.unique().tolist()) == {-1, 11, 12}
    assert tags[0, 32, 32] == 12


def test_a_shape_without_a_tag_changes_colours_only():
    sketch = Sketch(1)
    sketch.ellipse(0.5, 0.5, 0.2, 0.2, RED, tag=7)
    sketch.box(0.5, 0.5, 0.4, 0.4, (0, 0, 0), opacity=0.5)
    image, tags = paint(white(), sketch)
    assert set(tags.unique().tolist()) == {-1, 7}
    assert image[0, :, 32, 32].tolist() == pytest.approx([0.45, 0.05, 0.05], abs=1e-4)
    assert image[0, 0, 2, 2] == 1


def test_a_frame_places_scales_and_mirrors():
    plain, framed = Sketch(1), Sketch(1, x=0.6, y=0.4, scale=0.5, flip=-1.0)
    plain.capsule(0.6 - 0.5 * 0.1, 0.4, 0.6 - 0.5 * 0.5, 0.4 + 0.5 * 0.3, 0.05, RED, tag=1)
    framed.capsule(0.1, 0.0, 0.5, 0.3, 0.1, RED, tag=1)
    plain.quad(torch.tensor([[[0.6, 0.4], [0.5, 0.45], [0.45, 0.3], [0.55, 0.2]]]), RED, tag=1)
    framed.quad(torch.tensor([[[0.0, 0.0], [0.2, 0.1], [0.3, -0.2], [0.1, -0.4]]]), RED, tag=1)
    assert (shown(plain) != shown(framed)).sum() <= 2


def test_a_soft_edge_grows_with_the_sketch():
    for scale in (1.0, 0.5):
        sketch = Sketch(1, x=0.5, y=0.5, scale=scale)
        sketch.ellipse(0.0, 0.0, 0.2, 0.2, (0, 0, 0), soft=0.2)
        image, _ = paint(white(1, 256), sketch)
        row = image[0, 0, 128]
        assert ((row > 0.01) & (row < 0.99)).sum().item() == pytest.approx(
            2 * 0.2 * scale * 256, abs=6
        )


def test_each_picture_has_its_own_shapes():
    sketch = Sketch(3)
    sketch.ellipse(torch.tensor([0.2, 0.5, 0.8]), 0.5, 0.1, 0.1, RED, tag=torch.tensor([1, 2, 3]))
    sketch.box(0.5, 0.5, 0.5, 0.5, RED, tag=9, only=torch.tensor([False, False, True]))
    _, tags = paint(white(3), sketch)
    assert [set(one.unique().tolist()) for one in tags] == [{-1, 1}, {-1, 2}, {9}]


def test_pictures_do_not_depend_on_how_many_are_painted_together(monkeypatch):
    def painted():
        sketch = Sketch(10, x=torch.linspace(0.1, 0.9, 10))
        sketch.ellipse(0.0, 0.5, 0.2, 0.3, RED, tag=1, shade=0.3, edge=0.3)
        return paint(white(10), sketch)

    image, tags = painted()
    monkeypatch.setattr(render, "CHUNK", 3)
    again = painted()
    assert torch.equal(image, again[0])
    assert torch.equal(tags, again[1])


def test_shapes_may_lie_outside_and_pictures_may_be_empty_or_wide():
    sketch = Sketch(2, x=torch.tensor([5.0, -3.0]))
    sketch.ellipse(0.0, 0.5, 0.2, 0.2, RED, tag=1)
    image, tags = paint(white(2), sketch)
    assert torch.equal(image, white(2))
    assert (tags == -1).all()
    wide = Sketch(1)
    wide.ellipse(0.5, 0.25, 0.2, 0.2, RED, tag=1)
    _, tags = paint(torch.ones(1, 3, 32, 64), wide)
    assert (tags == 1).sum().item() == pytest.approx(math.pi * 0.04 * 64 * 64, rel=0.03)


def test_shade_brightens_the_side_to_the_light_and_edge_darkens_the_rim():
    sketch = Sketch(1, light=(-1.0, 0.0))
    sketch.ellipse(0.5, 0.5, 0.4, 0.4, (0.5, 0.5, 0.5), shade=0.5)
    image, _ = paint(white(), sketch)
    assert image[0, 0, 32, 12] > 0.6 > 0.4 > image[0, 0, 32, 52]
    rimmed = Sketch(1)
    rimmed.box(0.5, 0.5, 0.4, 0.4, (0.5, 0.5, 0.5), edge=0.5)
    image, _ = paint(white(1, 128), rimmed)
    assert image[0, 0, 64, 64] == pytest.approx(0.5, abs=1e-4)
    assert image[0, 0, 64, 13] < 0.4
