"""What every widget shares: two renderings, one request at a time, errors in one line.

The view (static/*.js) sets its inputs and raises `asked`; Python computes its outputs and sets
`answered`. While one request is under way the view keeps only the newest inputs, so that a fast
hand never floods the kernel and the last stroke wins.
"""

import threading
from pathlib import Path

import anywidget
import ipywidgets
import traitlets

from dlcourse import plot, runtime

STATIC = Path(__file__).parent / "static"
# One lock for all widgets: two of them may hold the same model, and a kernel may run callbacks on
# threads.
MODEL_LOCK = threading.RLock()


def asset(name: str) -> str:
    """Return `static/<name>`, a view or its style sheet, after the part that all views share."""
    path = STATIC / name
    parts = (path.with_stem("shared"), path)
    return "\n".join(part.read_text(encoding="utf-8") for part in parts)


class CourseWidget(anywidget.AnyWidget):
    """A widget that is live for a reader and a picture in a build.

    A subclass names its `_esm` and `_css`, computes its outputs in `update`, draws `picture`, and
    keeps `alt` and `status` true to its state.
    """

    hint = "Run this cell to make it live."
    alt = traitlets.Unicode().tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)
    asked = traitlets.Int(0).tag(sync=True)
    answered = traitlets.Int(0).tag(sync=True)

    def __init__(self, **inputs) -> None:
        super().__init__(**inputs)
        with MODEL_LOCK:
            self.update()

    def update(self) -> None:
        """Compute the outputs from the inputs, both traits; may raise."""
        raise NotImplementedError

    def picture(self) -> bytes:
        """Draw the present state as an encoded picture."""
        raise NotImplementedError

    @traitlets.observe("asked")
    def _answer(self, change) -> None:
        with self.hold_sync():
            try:
                with MODEL_LOCK:
                    self.update()
            except Exception as error:  # whatever a reader's function raises belongs on the page
                self.status = f"{type(error).__name__}: {error}".splitlines()[0]
            finally:  # an interrupt must not leave the view waiting
                self.answered = change.new

    def _still(self) -> dict[str, str]:
        bundle = plot.mimebundle(self.picture(), self.alt, text=f"{self!r}: {self.alt}")
        bundle["text/html"] += f"<p><em>{self.hint}</em></p>"
        return bundle

    def _repr_mimebundle_(self, **kwargs):
        return self._still() if runtime.static() else super()._repr_mimebundle_(**kwargs)

    # Version 7 of ipywidgets (Colab) displays through this method instead; version 8 must not have
    # it.
    if hasattr(ipywidgets.Widget, "_ipython_display_"):

        def _ipython_display_(self, **kwargs):
            if not runtime.static():
                return super()._ipython_display_(**kwargs)  # pyright: ignore[reportAttributeAccessIssue]
            from IPython.display import display

            display(self._still(), raw=True)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"
