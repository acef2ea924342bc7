import base64
import io

import numpy as np
import pytest
from PIL import Image

from dlcourse import widgets
from dlcourse.runtime import CourseError

GUESSES = [("class", 0.5), ("object", 0.25), ("##able", 0.125)]


def guesser(text="every ___ has a name", seen=None, found=GUESSES):
    def guess(masked):
        if seen is not None:
            seen.append(masked)
        return found

    return widgets.MaskedGuesser(guess, text, examples=["a ___ b"])


@pytest.mark.parametrize(
    "text", ["every ___ has", "every [MASK] has", "every__has", " every [mask]  has "]
)
def test_every_way_to_write_a_gap_is_one(text):
    seen = []
    widget = guesser(text, seen)
    assert seen == ["every [MASK] has"]
    assert widget.words == ["class", "object", "##able"]
    assert widget.probabilities == [0.5, 0.25, 0.125]
    assert widget.status.startswith("It would write “class” (50%), then “object” (25%)")


def test_a_view_s_sentence_is_asked_about():
    seen = []
    widget = guesser(seen=seen)
    widget.set_state({"text": "an ___ of a ___", "asked": 1})
    assert seen[-1] == "an [MASK] of a [MASK]"
    assert widget.answered == 1
    assert "first gap" in widget.status


@pytest.mark.parametrize("text", ["", "no gap here", "a_b"])
def test_without_a_gap_nobody_is_asked(text):
    seen = []
    widget = guesser(seen=seen)
    widget.set_state({"text": text, "asked": 1})
    assert len(seen) == 1
    assert widget.words == widget.probabilities == []
    assert "No word is hidden" in widget.status
    assert widget.picture()


def test_the_longest_text_and_many_guesses_are_cut():
    seen, many = [], [(f"w{n}", 0.05) for n in range(20)]
    widget = guesser("___ " + 1000 * "x", seen, many)
    assert len(seen[0]) < 410
    assert len(widget.words) == 8


@pytest.mark.parametrize(
    "found", [[], ["class"], [("class", 2.0)], [("a", 0.8), ("b", 0.8)], [(1, 0.5)]]
)
def test_a_wrong_guess_function_is_told_so(found):
    with pytest.raises(CourseError, match="pairs"):
        guesser(found=found)


def test_a_build_shows_sentence_and_bars(monkeypatch):
    monkeypatch.setenv("DLCOURSE_STATIC", "1")
    bundle = guesser()._repr_mimebundle_()
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))).convert("L"))
    assert picture.std() > 5
    assert "every [MASK] has a name" in bundle["text/html"]
    assert "hide a word" in bundle["text/html"]


def test_the_view_shows_as_many_rows_as_there_are_guesses():
    module = widgets.masked_guesser.asset("masked_guesser.js")
    assert f"ROWS = {widgets.masked_guesser.SHOWN};" in module
    assert module.count("export default { render }") == 1
    assert "http" not in module
    assert repr(guesser()) == repr(guesser())
