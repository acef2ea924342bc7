"""Each notebook is what its Markdown says, and each lesson is built as a lesson should be."""

import ast
import csv
import re
import warnings
from pathlib import Path

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from dlcourse.authoring import myst
from dlcourse.authoring import notebooks as nb

ROOT = nb.ROOT
SOURCES = nb.sources()
LESSONS = [path for path in SOURCES if path.is_relative_to(ROOT / "course")]
FOUND = [path for name in ("course", "solutions") for path in (ROOT / name).rglob("[!.]*.ipynb")]
NOTEBOOKS = sorted(path for path in FOUND if ".ipynb_checkpoints" not in path.parts)
IMAGES = ("image/png", "image/jpeg")
BANNED = {
    "star import": r"^\s*from .* import \*",
    "path out of the folder": r"\.\./",
    "hot-linked image": r"""!\[[^\]]*\]\(https?:|<img[^>]*\ssrc=["']?https?:""",
    "%autoreload": r"%(load_ext\s+)?autoreload",
    "ipywidgets.Output": r"\b(widgets|ipywidgets|w)\.Output\(|import .*\bOutput\b",
    "interact": r"\binteract(ive|_manual|ive_output)?\(",
    "clear_output": r"\bclear_output\b",
    "display update": r"\bupdate_display\b|\bdisplay_id\s*=",
    "download without a hash": r"\burlretrieve\b|\burlopen\b|\brequests\.get\b|!\s*(wget|curl)\b"
    r"|known_hash\s*=\s*None",
    "account or key": r"\bgetpass\b|google\.colab\b|\buserdata\.get\b|\bapi_key\b",
}  # fmt: skip
# To another lesson only: what a lesson needs never lies outside of its cells and the package.
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^:()#]+\.ipynb)\)")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


every_source = pytest.mark.parametrize("source", SOURCES, ids=name)
every_lesson = pytest.mark.parametrize("source", LESSONS, ids=name)


def built(source: Path):
    return nb.read_notebook(source.with_suffix(".ipynb"))


def code(notebook) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def test_every_notebook_has_its_source():
    assert NOTEBOOKS
    assert sorted(path.with_suffix(".ipynb") for path in SOURCES) == NOTEBOOKS


@every_source
def test_notebook_is_built_from_its_source(source):
    want, got = myst.read(source), built(source)
    assert got.metadata == want.metadata, "stale: run make notebooks"
    keys = ("id", "cell_type", "source", "metadata")
    assert [[cell[key] for key in keys] for cell in got.cells] == [
        [cell[key] for key in keys] for cell in want.cells
    ]


@every_source
def test_source_survives_the_round_trip(source):
    text = source.read_text("utf-8")
    notebook = myst.without_hand_in(built(source))
    assert myst.to_text(notebook, myst.front_matter(text)) == text, "run make notebooks"


@every_source
def test_notebook_is_clean(source):
    path = source.with_suffix(".ipynb")
    text = path.read_text("utf-8")
    assert "application/vnd.jupyter.widget" not in text, "a live widget; runtime.static() draws it"
    assert path.stat().st_size <= 1_000_000, "fewer, smaller or flatter pictures"
    for cell in code(built(source)):
        assert nb.normalise(cell.outputs) == cell.outputs
        assert not any(output.output_type == "error" for output in cell.outputs)


@every_source
def test_tags_are_known(source):
    with (Path(__file__).parent / "atlas.csv").open(encoding="utf-8", newline="") as file:
        systems = {f"system:{row['id']}" for row in csv.DictReader(file)}
    for cell in built(source).cells:
        assert set(tags(cell)) <= systems | {"trained", "measured", "setup"}
        assert not tags(cell) or cell.cell_type == "code", "tags are for code cells"


@every_source
def test_code_parses_in_python_3_11(source):
    for cell in code(built(source)):
        assert cell.source.strip(), "an empty code cell"
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            ast.parse(TransformerManager().transform_cell(cell.source), feature_version=(3, 11))


@every_source
@pytest.mark.parametrize("reason", BANNED)
def test_nothing_banned(source, reason):
    pattern = re.compile(BANNED[reason], re.MULTILINE)
    cells = [LINK.sub("", cell.source) for cell in built(source).cells]
    assert [cell for cell in cells if pattern.search(cell)] == []


@every_source
def test_links_to_other_lessons_lead_there(source):
    for link in LINK.findall(prose(built(source))):
        assert (source.parent / link).exists(), link


@every_lesson
def test_lesson_has_its_parts(source):
    notebook = built(source)
    first = notebook.cells[0]
    assert first.cell_type == "markdown"
    assert re.match(r"# \S", first.source), "the first cell opens with the title"
    assert tags(code(notebook)[0]) == ["setup"]
    assert [cell.source for cell in code(notebook) if "setup" in tags(cell)] == [nb.setup_source()]
    headings = re.findall(r"^##+ (.*)$", prose(notebook), re.MULTILINE)
    for part in ("What it cannot do", "Questions", "References"):
        assert any(part.lower() in heading.lower() for heading in headings), part


@every_lesson
def test_lesson_is_short(source):
    notebook = built(source)
    assert len(prose(notebook).split()) <= 4000
    for cell in code(notebook):
        assert cell.source.count("\n") < 30, cell.source


@every_lesson
def test_lesson_has_run(source):
    cells = code(built(source))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    for cell in cells:
        assert cell.outputs or not any(tag.startswith("system:") for tag in tags(cell)), (
            "a system shows its evidence"
        )


@every_lesson
def test_pictures_have_alt_text(source):
    for cell in code(built(source)):
        for output in cell.outputs:
            data = output.get("data", {})
            shown = data.get("text/html", "")
            pictures = max(any(kind in data for kind in IMAGES), shown.count("<img"))
            assert len(re.findall(r'<img\b[^>]*\balt="[^"\s][^"]*"', shown)) >= pictures, (
                cell.source
            )
