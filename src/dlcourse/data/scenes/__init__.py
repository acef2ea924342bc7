"""The drawn world: pictures made by the course itself, with everything that is true of them.

`draw` gives scenes of several objects, `figures` one person each; both return `Scenes`: images, boxes,
labels, masks of objects, parts and subparts, joints, captions, phrases, questions and answers. All come
from the same shapes, so the ground truth is exact. `render` draws the shapes; use it for other worlds.
"""

from dlcourse.data.scenes import render
from dlcourse.data.scenes.anatomy import KNEE_NAMES, Chests, Knees, chests, knees
from dlcourse.data.scenes.names import (
    ANATOMY,
    BONES,
    CLASSES,
    COLOURS,
    JOINTS,
    PARTS,
    PLACES,
    SUBPARTS,
)
from dlcourse.data.scenes.world import Scenes, draw, figures

__all__ = [
    "ANATOMY", "BONES", "CLASSES", "COLOURS", "JOINTS", "KNEE_NAMES", "PARTS", "PLACES", "SUBPARTS",
    "Chests", "Knees", "Scenes", "chests", "draw", "figures", "knees", "render",
]  # fmt: skip
