"""The drawn world: pictures made by the course itself, with everything that is true of them.

`draw` gives scenes of several objects, `figures` one person each; both return `Scenes`: images,
boxes, labels, masks of objects, parts and subparts, joints, captions, phrases, questions and
answers. All come from the same shapes, so the ground truth is exact. `render` draws the shapes; use
it for other worlds.
"""

from dlcourse.data.scenes import faces, render, views
from dlcourse.data.scenes.anatomy import KNEE_NAMES, Chests, Knees, chests, knees
from dlcourse.data.scenes.motion import ACTIONS, Clips, clips
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
from dlcourse.data.scenes.views import Drives, drives
from dlcourse.data.scenes.world import Scenes, draw, figures

__all__ = [
    "ACTIONS", "ANATOMY", "BONES", "CLASSES", "COLOURS", "JOINTS", "KNEE_NAMES", "PARTS", "PLACES",
    "SUBPARTS", "Chests", "Clips", "Drives", "Knees", "Scenes", "chests", "clips", "draw", "drives",
    "faces", "figures", "knees", "render", "views",
]  # fmt: skip
