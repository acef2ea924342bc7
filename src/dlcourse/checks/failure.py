"""What a check says: one failure with its cause, or the points that were earned."""


class CheckFailed(Exception):
    """Say what a check wanted, what it got, the likely cause and where to look.

    A notebook shows these four lines and no traceback, so that a student reads about the answer and
    not about the checker.
    """

    def __init__(self, want: str, got: str, cause: str, look: str):
        super().__init__(want, got, cause, look)
        self.want, self.got, self.cause, self.look = want, got, cause, look

    def __str__(self) -> str:
        parts = [
            ("want", self.want),
            ("got", self.got),
            ("likely cause", self.cause),
            ("look at", self.look),
        ]
        indent = "\n" + " " * 14
        return "\n".join(f"{name:12}  {indent.join(text.splitlines())}" for name, text in parts)

    def _render_traceback_(self) -> list[str]:
        """Give IPython (7.34 and later) the lines to show in place of a traceback."""
        return str(self).splitlines()


class Points(int):
    """A number of points: nbgrader reads the plain number, a notebook shows the sentence."""

    def _repr_html_(self) -> str:
        return f"<strong>{int(self)} point{'s' * (self != 1)}</strong>: visible checks pass"


def points(number: int) -> Points:
    """Return `number` as the last value of a check cell, where nbgrader counts it as the mark.

    nbgrader turns a cell's result into a mark by `float` of its plain text and gives full marks to
    text that is not a number; so the plain text is the bare number and the sentence is in the HTML.
    """
    return Points(number)
