"""A figure with sliders: the reader moves them, a plain function draws."""

from collections.abc import Callable

import traitlets
from matplotlib.figure import Figure

from dlcourse import plot, runtime
from dlcourse.runtime import CourseError
from dlcourse.widgets.base import CourseWidget, asset


def _control(name: str, given) -> dict:
    """Describe one control for the view: its kind, start and stops, what a test should visit."""
    if isinstance(given, bool):
        return {"name": name, "kind": "switch", "start": given, "stops": [False, True]}
    if isinstance(given, list) and given:
        return {"name": name, "kind": "choice", "start": given[0], "stops": given}
    if isinstance(given, tuple) and len(given) in (3, 4) and given[0] <= given[2] <= given[1]:
        low, high, start, *step = given
        whole = all(isinstance(number, int) for number in given)
        step = step[0] if step else 1 if whole else (high - low) / 100
        middle = (low + high) // 2 if whole else (low + high) / 2
        stops = [low, middle, high] if whole else [float(low), float(middle), float(high)]
        start = start if whole else float(start)
        return {"name": name, "kind": "slider", "start": start, "step": step, "stops": stops}
    raise CourseError(
        f"{name}={given!r}: give (min, max, start) or (min, max, start, step) for a slider, "
        "a list for a choice, True or False for a switch"
    )


class Explorer(CourseWidget):
    """Redraw a figure as the reader moves its sliders.

    `draw(**values)` returns a `Figure` (from `plot.new`) or an array (H, W[, 3]) in [0, 1]. A
    control is `name=(min, max, start)`, with a step as a fourth number if you like; whole numbers
    stay whole. `name=["a", "b"]` is a choice, `name=True` a switch. `alt` says what the figure
    shows; the values are added to it. Raises CourseError for a control that is not one of these.

    >>> Explorer(lambda w: [[w, 0.0]], alt="Two pixels", w=(0.0, 1.0, 0.5))
    Explorer(w=0.5)
    """

    _esm = asset("explorer.js")
    _css = asset("explorer.css")
    hint = "Run this cell, then move the sliders."
    controls = traitlets.List().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    image = traitlets.Bytes().tag(sync=True)

    def __init__(self, draw: Callable, *, alt: str, **controls) -> None:
        self._draw, self._alt, self._layouts = draw, alt, {}
        described = [_control(name, given) for name, given in controls.items()]
        values = {control["name"]: control["start"] for control in described}
        super().__init__(controls=described, values=values)

    def update(self) -> None:
        """Draw the figure for `values` into `image`."""
        values = dict(self.values)
        for control in self.controls:
            if control["kind"] == "slider":  # JSON has one kind of number: 2.0 comes back as 2
                values[control["name"]] = type(control["start"])(values[control["name"]])
        picture = self._draw(**values)
        live = not runtime.static()
        if live and isinstance(picture, Figure) and picture.get_layout_engine():
            plot.reuse_layout(picture, self._layouts)
        self.image = plot.encode(picture, quick=live)
        self.status = ", ".join(f"{name} = {_short(value)}" for name, value in values.items())
        self.alt = f"{self._alt} ({self.status})"

    def picture(self) -> bytes:
        """Return the figure as it stands."""
        return self.image

    def sweep(self) -> list[dict]:
        """Return the values to test: each control at each stop, the others at their start."""
        start = {control["name"]: control["start"] for control in self.controls}
        return [
            start | {control["name"]: stop}
            for control in self.controls
            for stop in control["stops"]
        ]

    def __repr__(self) -> str:
        return f"Explorer({', '.join(f'{name}={value!r}' for name, value in self.values.items())})"


def _short(value) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
