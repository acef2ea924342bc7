"""Every slider of every lesson draws at its minimum, its middle and its maximum, and every option."""

from pathlib import Path

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager

from dlcourse import widgets

COURSE = Path(__file__).resolve().parents[2] / "course"
WITH_EXPLORER = [p for p in COURSE.rglob("*.ipynb") if "widgets.Explorer(" in p.read_text("utf-8")]


@pytest.mark.parametrize("path", WITH_EXPLORER, ids=lambda path: path.stem)
def test_every_stop_of_every_explorer_draws_its_own_picture(path, monkeypatch):
    made = []

    class Recorded(widgets.Explorer):
        def __init__(self, *args, **controls):
            super().__init__(*args, **controls)
            made.append(self)

    monkeypatch.setattr(widgets, "Explorer", Recorded)
    cells = [c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    last = max(i for i, source in enumerate(cells) if "widgets.Explorer(" in source)
    namespace = {"__name__": "__main__"}
    for source in cells[: last + 1]:
        exec(TransformerManager().transform_cell(source), namespace)
    assert made
    for widget in made:
        pictures = {}
        for values in widget.sweep():
            widget.values = values
            widget.update()
            pictures[str(values)] = widget.image
        assert len(set(pictures.values())) == len(pictures)


def test_a_lesson_has_one():
    assert WITH_EXPLORER
