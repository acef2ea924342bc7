import re

import pytest
import torch

from dlcourse import data
from dlcourse.data import scenes
from dlcourse.data.scenes import names, world

STORED = ("image", "boxes", "labels", "colours", "joints", "places", "keys", "pieces")
NUMBERS = ["zero", "one", "two", "three", "four"]


@pytest.fixture(scope="module")
def drawn() -> scenes.Scenes:
    return scenes.draw(200, seed=3)


@pytest.fixture(scope="module")
def people() -> scenes.Scenes:
    return scenes.figures(64, seed=1)


def same(a: scenes.Scenes, b: scenes.Scenes) -> bool:
    pairs = ((getattr(a, field), getattr(b, field)) for field in STORED)
    return all(torch.equal(x.nan_to_num(-1), y.nan_to_num(-1)) for x, y in pairs)


def objects(drawn, scene: int) -> list[tuple[float, str, str]]:
    """The centre, class and colour of what a scene shows, from left to right, by its fields."""
    colours = list(scenes.COLOURS)
    found = []
    for box, label, colour in zip(drawn.boxes[scene], drawn.labels[scene], drawn.colours[scene]):
        if label >= 0:
            found.append(((box[0] + box[2]).item(), scenes.CLASSES[label], colours[colour]))
    return sorted(found, key=lambda one: one[0])


def test_a_seed_gives_the_same_scenes_and_a_longer_draw_begins_with_them():
    three = scenes.draw(3, seed=5)
    assert same(three, scenes.draw(3, seed=5))
    longer = scenes.draw(world.CHUNK + 3, seed=5)
    assert len(longer) == world.CHUNK + 3
    assert same(three, longer[:3])
    assert same(scenes.figures(2, seed=5), scenes.figures(9, seed=5)[:2])
    assert not torch.equal(three.image, scenes.draw(3, seed=6).image)


def test_fields_have_the_shapes_and_ranges_they_promise(drawn):
    assert drawn.image.shape == (200, 3, 64, 64)
    assert drawn.image.dtype == torch.float32
    assert drawn.image.min() >= 0
    assert drawn.image.max() <= 1
    assert drawn.image.std(dim=(1, 2, 3)).min() > 0.03  # no scene is blank
    assert drawn.boxes.shape == (200, 4, 4)
    assert drawn.masks.shape == (200, 4, 64, 64)
    assert drawn.masks.dtype == torch.bool
    assert drawn.joints.shape == (200, 4, 14, 2)
    for field in (drawn.labels, drawn.semantic, drawn.parts, drawn.subparts):
        assert field.dtype == torch.int64
    assert drawn.parts.max() < len(scenes.PARTS)
    assert drawn.subparts.max() < len(scenes.SUBPARTS)
    counts = (drawn.labels >= 0).sum(1)
    assert counts.min() == 1
    assert counts.max() == 4
    assert (scenes.draw(20, objects=(3, 3)).labels >= 0).all()
    assert set(drawn.labels[drawn.labels >= 0].tolist()) == set(range(len(scenes.CLASSES)))


def test_every_object_can_be_seen(drawn):
    there = drawn.labels >= 0
    area = drawn.masks.sum(dim=(2, 3))
    assert area[there].min() >= 30
    assert not area[~there].any()


def test_masks_are_disjoint_and_fill_their_boxes_exactly(drawn):
    assert drawn.masks.sum(1).max() == 1
    for mask, box, label in zip(
        drawn.masks.flatten(0, 1), drawn.boxes.flatten(0, 1), drawn.labels.flatten()
    ):
        if label < 0:
            assert not box.any()
            continue
        rows, columns = torch.nonzero(mask, as_tuple=True)
        tight = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert box.tolist() == [int(side) for side in tight]


def test_semantic_map_agrees_with_masks_and_labels(drawn):
    expected = torch.zeros_like(drawn.semantic)
    for index in range(4):
        expected += drawn.masks[:, index] * (drawn.labels[:, index, None, None] + 1)
    assert torch.equal(drawn.semantic, expected)


def test_a_subpart_is_in_its_part_and_a_part_in_its_whole(drawn):
    pairs = (
        torch.stack([drawn.semantic, drawn.parts, drawn.subparts], -1).reshape(-1, 3).unique(dim=0)
    )
    seen = set()
    for whole, part, subpart in pairs.tolist():
        if part:
            name, part_name = scenes.PARTS[part].split(" ", 1)
            assert scenes.CLASSES[whole - 1] == name
            assert part_name in names.ANATOMY[name]
            seen.add(scenes.PARTS[part])
        if subpart:
            assert part, "a subpart without its part"
            kind, subpart_name = scenes.SUBPARTS[subpart].split(" ", 1)
            assert kind == name
            assert subpart_name in names.ANATOMY[name][part_name]
            seen.add(scenes.SUBPARTS[subpart])
    assert seen == {*scenes.PARTS[1:], *scenes.SUBPARTS[1:]}


def test_any_size_shows_the_same_scene():
    large, small = (scenes.draw(40, size=size, seed=4) for size in (128, 32))
    assert large.captions == small.captions
    assert torch.equal(large.labels, small.labels)
    assert torch.allclose(large.joints, small.joints * 4, atol=1e-3, equal_nan=True)
    # Thin things, such as a mast, may be lost in a small picture.
    assert ((large.boxes / 4 - small.boxes).abs() <= 1.5).float().mean() > 0.97
    shrunk = torch.nn.functional.avg_pool2d(large.image, 4)
    assert (shrunk - small.image).abs().mean() < 0.02
    with pytest.raises(ValueError, match="multiples of 8"):
        scenes.draw(1, size=60)
    for objects in ((0, 3), (3, 2), (1, 9)):
        with pytest.raises(ValueError, match="from 1 to 8"):
            scenes.draw(1, objects=objects)


def test_the_joints_the_slide_lists_are_on_the_person(people):
    assert scenes.JOINTS[:2] == ("left foot", "right foot")
    assert scenes.JOINTS[-2:] == ("neck", "head top")
    assert len(scenes.JOINTS) == 14
    near = torch.nn.functional.max_pool2d(people.masks[:, :1].float(), 5, stride=1, padding=2)
    x, y = people.joints[:, 0].unbind(-1)
    assert x.min() >= 0
    assert y.min() >= 0
    assert max(x.max(), y.max()) < 64
    assert near[torch.arange(64)[:, None], 0, y.long(), x.long()].all()
    # A hand that can be seen is drawn as that hand: at most three pixels from its joint.
    for joint, part in ((10, "person left hand"), (1, "person right foot")):
        rows, columns = (people.subparts == scenes.SUBPARTS.index(part)).float(), torch.arange(64.0)
        seen = rows.sum(dim=(1, 2)) >= 4
        centre = (rows.sum(1) * (columns + 0.5)).sum(1) / rows.sum(dim=(1, 2)).clamp_min(1)
        assert seen.sum() > 40
        assert (centre - x[:, joint])[seen].abs().max() < 3
    # They face us: the figure's left is mostly on our right, and poses differ.
    assert (x[:, 6] > x[:, 7]).all()
    assert people.joints[:, 0].std(0)[10].min() > 4


def test_bones_keep_their_lengths_in_every_pose(people):
    at = people.joints[:, 0]
    pairs = [("hip", "knee"), ("knee", "foot"), ("shoulder", "elbow"), ("elbow", "hand")]
    ends = [
        [scenes.JOINTS.index(f"{side} {end}") for end in pair]
        for pair in pairs
        for side in ("left", "right")
    ]
    bones = torch.stack([(at[:, a] - at[:, b]).norm(dim=-1) for a, b in ends], 1)
    share = bones / bones.sum(1, keepdim=True)
    assert share.std(0).max() < 1e-4
    assert torch.allclose(share[:, ::2], share[:, 1::2], atol=1e-4)
    assert {joint for bone in scenes.BONES for joint in bone} == set(range(14))


def test_joints_are_of_people_only(drawn):
    finite = drawn.joints.isfinite().all(-1).all(-1)
    assert torch.equal(finite, drawn.labels == 0)
    assert torch.equal(finite, drawn.joints.isfinite().any(-1).any(-1))


def test_slices_slice_everything(drawn):
    part = drawn[10:12]
    assert len(part) == 2
    assert part.captions == drawn.captions[10:12]
    assert part.questions == drawn.questions[10:12]
    assert torch.equal(part.masks, drawn.masks[10:12])
    assert len(drawn[7]) == 1
    assert same(drawn[-1], drawn[199:])
    assert len(drawn[drawn.places == 2]) == (drawn.places == 2).sum()


def test_colours_are_the_colours_one_sees(drawn):
    palette = torch.tensor(list(scenes.COLOURS.values()))
    balls = scenes.draw(400, seed=9)
    bright = []
    for scene, index in torch.nonzero(balls.labels == scenes.CLASSES.index("ball")).tolist():
        shell = balls.masks[scene, index] & (balls.parts[scene] == 0)
        if shell.sum() > 40:
            mean = balls.image[scene][:, shell].mean(1)
            ratio = mean / mean.mean() - palette / palette.mean(1, keepdim=True)
            bright.append(
                ratio.norm(dim=1).argsort()[:4].eq(balls.colours[scene, index]).any().item()
            )
    assert len(bright) > 40
    assert sum(bright) / len(bright) > 0.8  # evening light turns a few


def test_captions_name_each_object_and_its_place(drawn):
    thing = re.compile(r"an? (?:(person) in (\w+)|(\w+) (\w+))(?=,| and| in | on |$)")
    for scene, caption in enumerate(drawn.captions):
        place = names.PLACES[list(names.PLACES)[drawn.places[scene]]]
        assert caption.endswith(place)
        said = thing.findall(caption.removesuffix(place).strip())
        said = [(a or d, b or c) for a, b, c, d in said]
        assert said == [(name, colour) for _, name, colour in objects(drawn, scene)]
        assert " a orange" not in f" {caption}"


def test_phrases_are_true_of_the_boxes(drawn):
    related = 0
    for scene, phrases in enumerate(drawn.phrases):
        things = dict(enumerate(_in_place(drawn, scene)))
        for index, phrase in enumerate(phrases):
            assert bool(phrase) == (drawn.labels[scene, index] >= 0)
            match = re.fullmatch(r"(.*?)(?: (left|right) of (.*))?", phrase)
            if not phrase:
                continue
            centre, name, colour = things[index]
            assert {name, colour} <= set(re.findall(r"\w+", match[1]))
            if match[2]:
                related += 1
                words = set(re.findall(r"\w+", match[3]))
                others = [c for k, (c, n, h) in things.items() if k != index and {n, h} <= words]
                assert any(c >= centre if match[2] == "left" else c <= centre for c in others)
    assert related > 200


def _in_place(drawn, scene: int):
    colours = list(scenes.COLOURS)
    rows = zip(drawn.boxes[scene], drawn.labels[scene], drawn.colours[scene])
    return [
        ((box[0] + box[2]).item(), scenes.CLASSES[label], colours[colour])
        for box, label, colour in rows
        if label >= 0
    ]


def answer(question: str, found: list[tuple[float, str, str]], place: str) -> str:
    """Answer a question from the fields, by other code than asked it."""
    kinds = [name for _, name, _ in found]
    words = question.replace("people", "persons").split()
    if question == "where is this":
        return place
    if question == "how many things are there":
        return NUMBERS[len(kinds)]
    if words[:2] == ["how", "many"]:
        return NUMBERS[sum(kind == words[2][:-1] for kind in kinds)]
    if words[:2] == ["is", "there"]:
        return "yes" if words[3] in kinds else "no"
    if words[:2] == ["what", "colour"]:
        name = next(word for word in words if word in kinds)
        return {kind: colour for _, kind, colour in found}[name]
    side, name = words[2], words[-1]
    assert kinds.count(name) == 1, "an ambiguous question"
    at = kinds.index(name) + (1 if side == "right" else -1)
    assert at >= 0
    return kinds[at]


def test_every_answer_follows_from_the_ground_truth(drawn):
    polar = []
    for scene, questions in enumerate(drawn.questions):
        assert len({question for question, _ in questions}) == len(questions)
        for question, given in questions:
            place = list(names.PLACES)[drawn.places[scene]]
            assert given == answer(question, objects(drawn, scene), place), question
            if question.startswith("is there"):
                polar.append(given)
    assert 0.35 < polar.count("yes") / len(polar) < 0.65


def test_the_card_is_there():
    assert "scenes.draw" in data.card("scenes").loads
