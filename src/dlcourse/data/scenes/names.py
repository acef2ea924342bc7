"""The names of the drawn world: classes, their parts and subparts, colours, places, joints."""

# class: {part: its subparts}. A part's name is unique in its object, so its pixels are one thing.
ANATOMY = {
    "person": {
        "head": ("face", "hair"),
        "torso": (),
        "left arm": ("left hand",),
        "right arm": ("right hand",),
        "left leg": ("left foot",),
        "right leg": ("right foot",),
    },
    "cat": {"head": ("ears", "face"), "body": (), "legs": ("paws",), "tail": ("tip",)},
    "dog": {"head": ("ear", "muzzle"), "body": ("collar",), "legs": ("paws",), "tail": ()},
    "house": {
        "wall": (),
        "roof": ("chimney",),
        "door": ("knob",),
        "left window": ("left pane",),
        "right window": ("right pane",),
    },
    "tree": {"trunk": ("hollow",), "crown": ("fruit",)},
    "car": {
        "body": ("light",),
        "front window": (),
        "back window": (),
        "front wheel": ("front hub",),
        "back wheel": ("back hub",),
    },
    "ball": {"stripe": ("star",)},
    "boat": {"hull": ("porthole",), "mast": ("flag",), "sail": ("emblem",)},
}
CLASSES = tuple(ANATOMY)
# A piece is what one shape shows: the whole, a part of it or a subpart of that part.
PIECES = [
    (name, part, subpart)
    for name, parts in ANATOMY.items()
    for part, subparts in [(None, ()), *parts.items()]
    for subpart in (None, *subparts)
]
PARTS = ("none", *(f"{name} {part}" for name, part, sub in PIECES if part and not sub))
SUBPARTS = ("none", *(f"{name} {sub}" for name, _, sub in PIECES if sub))

# The order of the slide: left and right of each, then neck and head top. Left is the figure's own
# left.
_PAIRED = ("foot", "knee", "hip", "shoulder", "elbow", "hand")
JOINTS = (
    *(f"{side} {joint}" for joint in _PAIRED for side in ("left", "right")),
    "neck",
    "head top",
)
# Pairs of joints that a bone connects, for drawing.
BONES = ((0, 2), (2, 4), (1, 3), (3, 5), (4, 12), (5, 12), (6, 12), (7, 12))
BONES += ((6, 8), (8, 10), (7, 9), (9, 11), (12, 13))

COLOURS = {
    "red": (0.85, 0.24, 0.20),
    "orange": (0.94, 0.55, 0.18),
    "yellow": (0.97, 0.81, 0.27),
    "green": (0.33, 0.63, 0.30),
    "blue": (0.20, 0.45, 0.80),
    "purple": (0.55, 0.34, 0.70),
    "pink": (0.96, 0.62, 0.73),
    "white": (0.95, 0.94, 0.91),
    "black": (0.20, 0.20, 0.24),
    "brown": (0.53, 0.35, 0.22),
    "grey": (0.58, 0.60, 0.63),
}
_BRIGHT = ("red", "orange", "yellow", "green", "blue", "purple", "white", "black")
# The colours a class comes in: a person's shirt, a cat's fur, a house's wall, a tree's crown, ...
COLOURS_OF = {
    "person": ("red", "yellow", "green", "blue", "purple", "white", "black"),
    "cat": ("orange", "white", "black", "grey"),
    "dog": ("brown", "white", "black", "orange"),
    "house": ("white", "yellow", "red", "blue"),
    "tree": ("green", "green", "orange", "pink"),
    "car": _BRIGHT,
    "ball": _BRIGHT,
    "boat": _BRIGHT,
}
# Each place with the words that a caption ends in.
PLACES = {
    "meadow": "in a meadow",
    "beach": "on a beach",
    "snow": "in the snow",
    "street": "in a street",
    "room": "in a room",
}


def piece(name: str, part: str | None = None, subpart: str | None = None) -> int:
    """Return the index in PIECES of a whole, of a part of it, or of a subpart of that part."""
    return PIECES.index((name, part, subpart))
