"""Boxes with text in them, frames, and paths with heads, as SVG that any theme can show.

Text is dark on boxes of their own pale colour, and lines are of a grey that shows on white and on
black. So the drawing can be an `<img>`, which does not know the reader's theme but also shows in a
notebook that is not trusted, where inline SVG is cut out.
"""

from html import escape

FONT, LINE = 13, 17  # pixels: the size of letters, the height of a line
HEAD = (
    '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" '
    'orient="auto"><path d="M0,0 8,4 0,8z" fill="#808080" stroke="none"/></marker>'
)


def write(alt: str, width: float, height: float, paths: list, boxes: list, *, up: bool) -> str:
    """Return a drawing of boxes (place, colour, lines) and paths (points, whether with a head).

    A place is (x, y, width, height), y downwards; without a colour a box is a frame. `up` turns all
    over but the letters.
    """
    parts = []
    for points, head in paths:
        line = " ".join(f"{x:g},{height - y if up else y:g}" for x, y in points)
        end = ' marker-end="url(#head)"' if head else ""
        parts.append(f'<polyline points="{line}" fill="none"{end}/>')
    for (x, y, w, h), colour, lines in boxes:
        y = height - y - h if up else y
        style = f'rx="{h / 2 if w == h else 5:g}" fill="{colour}"'
        style = style if colour else 'rx="8" fill="none" stroke-dasharray="5 4"'
        parts.append(f'<rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" {style}/>')
        for number, line in enumerate(lines):
            at = y + h / 2 + LINE * (number - (len(lines) - 1) / 2)
            start = f'<text x="{x + w / 2:g}" y="{at:g}" dy=".35em" stroke="none">'
            parts.append(f"{start}{escape(line)}</text>")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:g}" '
        f'height="{height:g}" viewBox="0 0 {width:g} {height:g}" font-size="{FONT}" '
        'font-family="Helvetica, Arial, sans-serif" text-anchor="middle" fill="#111" '
        'stroke="#808080" stroke-width="1.5">'
        f"<title>{escape(alt)}</title>{HEAD}{''.join(parts)}</svg>"
    )
