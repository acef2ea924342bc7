"""What can be said and asked of a scene, computed from its ground truth."""

from dataclasses import dataclass

from dlcourse.data.scenes.names import CLASSES, COLOURS, PLACES

NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight")


@dataclass(frozen=True)
class Facts:
    """A scene in words: its objects that can be seen, from left to right."""

    names: list[str]
    colours: list[str]
    centres: list[float]  # x of the box's centre over the picture's width
    order: list[int]  # the index of each object in the scene
    objects: int  # places for objects in the scene
    place: str
    key: int


def facts(scenes) -> list[Facts]:
    """Return the facts of each scene."""
    colour_names, places = list(COLOURS), list(PLACES)
    width = scenes.image.shape[-1]
    rows = zip(
        scenes.labels.tolist(),
        scenes.colours.tolist(),
        ((scenes.boxes[..., 0] + scenes.boxes[..., 2]) / (2 * width)).tolist(),
        scenes.places.tolist(),
        scenes.keys.tolist(),
    )
    found = []
    for labels, colours, centres, place, key in rows:
        order = sorted(
            (i for i, label in enumerate(labels) if label >= 0), key=lambda i: centres[i]
        )
        found.append(
            Facts(
                [CLASSES[labels[i]] for i in order],
                [colour_names[colours[i]] for i in order],
                [centres[i] for i in order],
                order,
                len(labels),
                places[place],
                key,
            )
        )
    return found


def thing(name: str, colour: str) -> str:
    """Return "a red car", "an orange cat", "a person in blue"."""
    if name == "person":
        return f"a person in {colour}"
    return f"{'an' if colour[0] in 'aeiou' else 'a'} {colour} {name}"


def caption(facts: Facts) -> str:
    """Return "a red ball, a white dog and a person in blue on a beach"."""
    things = [thing(*pair) for pair in zip(facts.names, facts.colours)]
    joined = things[0] if len(things) == 1 else f"{', '.join(things[:-1])} and {things[-1]}"
    return f"{joined} {PLACES[facts.place]}"


def phrases(facts: Facts) -> list[str]:
    """Return a phrase for each object, as "a red ball left of a green tree", "" for none."""
    said = [""] * facts.objects
    for rank, index in enumerate(facts.order):
        said[index] = thing(facts.names[rank], facts.colours[rank])
        others = [other for other in range(len(facts.order)) if other != rank]
        if others:
            nearest = min(others, key=lambda o: abs(facts.centres[o] - facts.centres[rank]))
            side = "left" if nearest > rank else "right"
            said[index] += f" {side} of {thing(facts.names[nearest], facts.colours[nearest])}"
    return said


def questions(facts: Facts) -> list[tuple[str, str]]:
    """Return the questions that have one answer: what is there, how many, what colour, where."""
    names, key = facts.names, facts.key
    absent = [name for name in CLASSES if name not in names]
    # One scene in two is asked for what is not there.
    pool = absent if key % 2 and absent else names
    asked, counted = pool[key // 2 % len(pool)], names[key // 64 % len(names)]
    found = [
        ("where is this", facts.place),
        (f"is there a {asked}", "yes" if asked in names else "no"),
        (f"how many {plural(counted)} are there", NUMBERS[names.count(counted)]),
        ("how many things are there", NUMBERS[len(names)]),
    ]
    for rank, (name, colour) in enumerate(zip(names, facts.colours)):
        if names.count(name) == 1:
            what = (
                "what colour does the person wear"
                if name == "person"
                else f"what colour is the {name}"
            )
            found.append((what, colour))
            if rank + 1 < len(names):
                found.append((f"what is right of the {name}", names[rank + 1]))
            if rank > 0:
                found.append((f"what is left of the {name}", names[rank - 1]))
    return found


def plural(name: str) -> str:
    return {"person": "people"}.get(name, f"{name}s")
