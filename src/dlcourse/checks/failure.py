"""What a check says: one failure with its cause, or the points that were earned."""

import linecache
import sys
import traceback

from dlcourse import runtime

# What the cell at the top of a sheet imports.
IMPORTED = ("math", "torch", "nn", "F", "np", "plt", "checks")
ABOVE = "the cells above: *Run > Run All Above Selected Cell* runs them"


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


def explain_unrun(name: str, asked: str) -> CheckFailed:
    """Say of a name that is not there, and which a check `asked` for, which cells are to be run.

    Only where a student runs cell after cell: a whole notebook has run all of them.
    """
    if name in IMPORTED:
        cause = "the cell with the imports, at the top, has not been run since the kernel started"
    else:
        cause = "the cell with your answer has not been run since the kernel started, or it stopped"
    return CheckFailed(asked, f"nothing is called {name} here yet", cause, ABOVE)


def tell_unrun(shell, kind: type, error: NameError, trace, tb_offset: int | None = None) -> None:
    """Show a NameError of a check's own cell in four lines, and any other as IPython does."""
    shown: Exception = error
    cell = traceback.extract_tb(trace)[-1].filename
    if linecache.getline(cell, 1).startswith("# CHECK: "):
        shown = explain_unrun(error.name or "", f"{error.name}, which this check uses")
    shell.showtraceback((type(shown), shown, trace), tb_offset=tb_offset)


def watch_names() -> None:
    """Have `tell_unrun` show what a student's notebook raises, but not in a build or in grading."""
    shell = "IPython" in sys.modules and sys.modules["IPython"].get_ipython()
    if shell and not runtime.static() and not shell.custom_exceptions:
        shell.set_custom_exc((NameError,), tell_unrun)


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
