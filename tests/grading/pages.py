"""Hostile pieces of a notebook, and the two pages on which nbgrader shows them."""

import base64
import copy
import io

from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell
from nbgrader.converters import GenerateFeedback
from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension
from PIL import Image
from traitlets.config import Config

NAMES = (
    *("assignment_id", "notebook_id", "notebook_path", "submission_id"),
    *("student", "first_name", "last_name"),
)
DO = "window.pwned=1"
SVG = f"<svg xmlns='http://www.w3.org/2000/svg' onload='{DO}'><script>{DO}</script></svg>"
LINK = f"javascript:{DO}"


def encode(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def png() -> str:
    """Return a picture of one pixel as base64."""
    file = io.BytesIO()
    Image.new("RGB", (1, 1)).save(file, "PNG")
    return encode(file.getvalue())


MARKUP = {
    "script": f"<script>{DO}</script>",
    "script in capitals": f"<ScRiPt >{DO}</sCrIpT >",
    "script in script": f"<scr<script>ipt>{DO}</scr</script>ipt>",
    "event": f"<img src=x onerror={DO}>",
    "event after a slash": f"<img/src=x/onerror={DO}>",
    "event in quotes": f'<img alt="`><img src=x onerror={DO}>`">',
    "svg": SVG,
    "svg animation": f"<svg><animate onbegin={DO} attributeName=x dur=1s>",
    "svg link": f"<svg><a xlink:href='{LINK}'><text y=20>x</text></a></svg>",
    "math link": f"<math><mtext href='{LINK}'>x</mtext></math>",
    "mutation": "<math><mtext><table><mglyph><style><!--</style>"
    f"<img title='--&gt;&lt;img src=x onerror={DO}&gt;'>",
    "noscript": f'<noscript><p title="</noscript><img src=x onerror={DO}>">',
    "style that ends": f"<style><a title='</style><img src=x onerror={DO}>'>",
    "textarea": f"<textarea><img title='</textarea><img src=x onerror={DO}>'>",
    "title": f"<title></title><img src=x onerror={DO}>",
    "template": f"<template><script>{DO}</script></template>",
    "comment": f"<!--><img src=x onerror={DO}>-->",
    "half a comment": f"<!-- --!><img src=x onerror={DO}> -->",
    "cdata": f"<![CDATA[<img src=x onerror={DO}>]]>",
    "iframe": f"<iframe src='{LINK}'></iframe>",
    "srcdoc": f"<iframe srcdoc='<script>parent.{DO}</script>'></iframe>",
    "object": f"<object data='data:text/html;base64,{encode(f'<script>{DO}</script>')}'></object>",
    "embed": f"<embed src='data:image/svg+xml;base64,{encode(SVG)}'>",
    "details": f"<details open ontoggle={DO}><summary>x</summary></details>",
    "focus": f"<input autofocus onfocus={DO}>",
    "video": f"<video><source onerror={DO}></video>",
    "body": f"<body onload={DO}>",
    "marquee": f"<marquee onstart={DO}>x</marquee>",
    "form": f"<form action='{LINK}'><button id=b>x</button></form><script>b.click()</script>",
    "link": f"<a href='{LINK}'>x</a>",
    "link with a tab": f"<a href='java\tscript:{DO}'>x</a>",
    "link with entities": f"<a href='&#106;avascript&colon;{DO}'>x</a>",
    "link with a space before": f"<a href=' \x01{LINK}'>x</a>",
    "data link": f"<a href='data:text/html,<script>{DO}</script>'>x</a>",
    "style": "<style>body{display:none} #x{background:url(http://tracker.example/s)}</style>",
    "style attribute": "<p style='position:fixed;background:url(http://tracker.example/p)'>x</p>",
    "refresh": f"<meta http-equiv=refresh content='0;url={LINK}'>",
    "base": "<base href='http://tracker.example/'>",
    "stylesheet": "<link rel=stylesheet href='http://tracker.example/c.css'>",
    "remote picture": "<img src='http://tracker.example/i.png'>"
    "<img srcset='//tracker.example/i 2x'>",
    "svg as a picture": f"<img src='data:image/svg+xml;base64,{encode(SVG)}'>",
    "table": "<table background='http://tracker.example/t'>"
    f"<tr><td onclick={DO}>x<script>{DO}</script></td></tr>",
    "closes the page": f"</div></div></div></div></body></html><script>{DO}</script>",
    "unclosed": f"<div><img src=x onerror={DO} ",
    "id of a field": "<input class=score id=double-check value=99>",
}
TEXT = {
    "link": f"[x]({LINK})",
    "link in capitals": f"[x](JaVaScRiPt:{DO})",
    "link behind files": f"[x](files/{LINK})",
    "link behind files, twice": f"[x](/files//files/{LINK})",
    "link with entities": f"[x](javascript&colon;{DO})",
    "link by reference": f"[x][1]\n\n[1]: {LINK}",
    "autolink": f"<{LINK}>",
    "link to data": f"[x](data:text/html;base64,{encode(f'<script>{DO}</script>')})",
    "link to a file beside": "[x](page.html)",
    "picture": f'![x"onerror="{DO}](x)',
    "remote picture": "![x](http://tracker.example/m.png)",
    "picture in a link": f"[![x](http://tracker.example/m.png)]({LINK})",
    "missing attachment": "![x](attachment:none.png)",
    "svg attachment": "![x](attachment:a.svg)",
    "attachment that breaks out": "![x](attachment:b.png)",
    "mermaid": f"```mermaid\n<img src=x onerror={DO}>\n```",
    "language of a block": f'```"><img/src=x/onerror={DO}>\nx\n```',
    "formula": f"$$\n<img src=x onerror={DO}>\n$$",
    "environment": f"\\begin{{a}}<img src=x onerror={DO}>\\end{{a}}",
    "formula with a link": rf"$\href{{{LINK}}}{{x}}$ $\require{{../../evil}}$",
    "formula with entities": rf"&#36;&#92;href{{{LINK}}}{{x}}&#36;",
    "formula in pieces": rf"&#36;\hr<!-- -->ef{{{LINK}}}{{x}}&#36; "
    rf"&#36;\hr<x></x>ef{{{LINK}}}{{x}}&#36;",
    "heading with the id of a field": "# double-check",
    "html in a table": f"| a |\n|---|\n| <img src=x onerror={DO}> |",
    "html in a quote": f"> <script>{DO}</script>",
    "html in a list": f"- a\n\n  <script>{DO}</script>",
    "ends our block": f"</div>\n\n<script>{DO}</script>\n\n`\n\n$$",
    "comment swallows the page": "<!-- ",
}
ATTACHMENTS = {
    "a.svg": {"image/svg+xml": encode(SVG)},
    "b.png": {"image/png": f'x" onerror="{DO}'},
    "c.png": {f'image/png"onerror="{DO}': png()},
}
OUTPUTS = {
    "svg": {"image/svg+xml": SVG},
    "javascript": {"application/javascript": DO},
    "widget": {"application/vnd.jupyter.widget-view+json": f"</script><script>{DO}</script>"},
    "latex": {"text/latex": rf"$\href{{{LINK}}}{{x}}$<script>{DO}</script>"},
    "markdown": {"text/markdown": f"<script>{DO}</script>"},
    "plain text": {"text/plain": f"<script>{DO}</script>\x1b[31m<img src=x onerror={DO}>"},
    "picture that breaks out": {"image/png": f'x" onerror="{DO}'},
    "html as a picture": {"image/jpeg": encode(f"<script>{DO}</script>")},
    "unknown": {
        f"text/<img src=x onerror={DO}>": "x",
        "text/vnd.mermaid": f"<script>{DO}</script>",
    },
}


def graded(**facts: object) -> dict:
    """Return the metadata of a cell that nbgrader knows."""
    known = {"grade": False, "solution": False, "task": False, "locked": False, "schema_version": 3}
    return {"nbgrader": known | facts}


def notebook(hostile: bool = True) -> NotebookNode:
    """Return a graded notebook as a student can make it; or a harmless one of the same cells."""
    cells = []
    written = graded(grade_id="why", solution=True, grade=True, points=2)
    for index, text in enumerate([*MARKUP.values(), *TEXT.values()]):
        text = text if hostile else "words"
        cells.append(new_markdown_cell(text, metadata=graded(grade_id=f"w-{index}", solution=True)))
        cells.append(new_raw_cell(text))
        cells.append(new_markdown_cell(text, metadata=written))
        shown = [
            new_output("stream", text=text),
            new_output("error", ename="E", evalue=text, traceback=[text]),
            new_output("display_data", data={"text/html": text}),
        ]
        cells.append(new_code_cell(text, outputs=shown))
        for cell in cells[-4:]:
            if hostile and cell.cell_type != "code":
                cell.attachments = ATTACHMENTS
    for data in OUTPUTS.values():
        data = data if hostile else {"text/plain": "words"}
        cells.append(new_code_cell("1", outputs=[new_output("display_data", data=data)]))
    sizes = {"image/png": {"width": f"1 onload={DO}", "alt": f'"onload="{DO}', "height": 1}}
    sizes |= {
        "filenames": {"image/png": "http://tracker.example/f"},
        "text/html": {"isolated": True},
    }
    shown = new_output("display_data", data={"image/png": png()}, metadata=sizes if hostile else {})
    framed = new_output(
        "display_data", data={"text/html": f"<script>{DO}</script>"}, metadata=sizes
    )
    check = graded(grade_id="double-check", grade=True, locked=True, points=2)
    cells += [new_code_cell("1", outputs=[shown, *([framed] if hostile else [])])]
    cells += [new_code_cell("checks.points(2)", metadata=check)]
    nb = new_notebook(cells=cells)
    if hostile:
        bad = f'"><script>{DO}</script>'
        for cell in nb.cells[:20]:
            cell.id, cell.execution_count = bad, bad
            cell.metadata |= {"tags": [bad], "alt": bad, "raw_mimetype": "text/html"}
        forged = {"grade_id": bad, "comment": bad, "points": bad, "task": 1}
        nb.cells[3].metadata["nbgrader"] = forged
        nb.metadata = {
            "widgets": {"application/vnd.jupyter.widget-state+json": {"a": bad}},
            "title": bad,
            "language_info": {"name": bad, "pygments_lexer": {"a": 1}},
        }
    return nb


def page(template: str, nb: NotebookNode) -> str:
    """Return the page that nbgrader makes of a graded notebook: "formgrade" or "feedback"."""
    nb, resources = copy.deepcopy(nb), {name: "tiny" for name in NAMES}
    if template == "feedback":
        for cell in nb.cells:  # as GetGrades does with what the gradebook holds
            if cell.metadata.get("nbgrader"):
                cell.metadata.nbgrader |= {"score": 1, "points": 2, "comment": None}
        config = GenerateFeedback(config=Config()).config
        facts = {"notebook": "tiny", "score": 1, "max_score": 2, "late_penalty": 0}
        resources = {"nbgrader": facts}
    else:
        config = FormgradeExtension().build_extra_config()
        resources |= {"index": 0, "total": 1, "base_url": ""}
    return HTMLExporter(config=config).from_notebook_node(nb, resources=resources)[0]
