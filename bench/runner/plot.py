# SPDX-License-Identifier: MIT
"""A picture of the ratios to the floor: one row for each workload, one mark
for each server, the floor's line at 1. Plain SVG."""
from xml.sax.saxutils import escape

LEFT, RIGHT, TOP, ROW = 250, 30, 64, 26
WIDTH = 860
LOW, HIGH = 0.5, 4.0  # what is beyond stands at the edge, with its number
TICKS = (0.5, 1, 1.5, 2, 3, 4)
# Told apart without colours, too.
MARKS = {
    "ours": ("#b5291f", "circle"),
    "event": ("#555555", "diamond"),
    "nginx": ("#2f7d4f", "square"),
    "h2o": ("#2b5fa8", "triangle"),
    "lws": ("#8a5a00", "cross"),
}
FONT = 'font-family="sans-serif" font-size="12"'


def _x(ratio):
    from math import log
    part = log(min(max(ratio, LOW), HIGH) / LOW) / log(HIGH / LOW)
    return LEFT + part * (WIDTH - LEFT - RIGHT)


def _mark(shape, x, y, colour):
    fill = f'fill="{colour}"'
    line = f'fill="none" stroke="{colour}" stroke-width="2.5"'
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" {fill}/>'
    paths = {"square": ("M-4-4H4V4H-4Z", fill),
             "diamond": ("M0-6L6 0L0 6L-6 0Z",
                         f'fill="none" stroke="{colour}" stroke-width="2"'),
             "triangle": ("M0-6L6 5H-6Z", fill),
             "cross": ("M-4-4L4 4M4-4L-4 4", line)}
    path, style = paths[shape]
    return (f'<path transform="translate({x:.1f} {y:.1f})" d="{path}" '
            f'{style}/>')


def _text(x, y, text, anchor="start", more=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {FONT}'
            f'{more}>{escape(text)}</text>')


def _legend(labels):
    out, x = [], LEFT
    for name, (colour, shape) in MARKS.items():
        if name in labels:
            out.append(_mark(shape, x, 22, colour))
            out.append(_text(x + 12, 26, labels[name]))
            x += 34 + 7 * len(labels[name])
    return out


def _axis(bottom):
    out = []
    for tick in TICKS:
        x, one = _x(tick), tick == 1
        out.append(f'<line x1="{x:.1f}" y1="{TOP - 8}" x2="{x:.1f}" '
                   f'y2="{bottom}" stroke="{"#000" if one else "#ccc"}"/>')
        out.append(_text(x, TOP - 14, f"{tick:g}", "middle"))
    return out


def draw(rows, labels):
    """rows: [(title, {server: ratio})]; the text of an SVG file."""
    bottom = TOP + ROW * len(rows)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
           f'height="{bottom + 16}" viewBox="0 0 {WIDTH} {bottom + 16}">',
           f'<rect width="{WIDTH}" height="{bottom + 16}" fill="#fff"/>',
           *_legend(labels), *_axis(bottom)]
    for i, (title, ratios) in enumerate(rows):
        y = TOP + ROW * i + ROW / 2
        out.append(_text(LEFT - 14, y + 4, title, "end"))
        # Ours last, on top.
        for name in reversed(list(MARKS)):
            if name not in ratios:
                continue
            colour, shape = MARKS[name]
            out.append(_mark(shape, _x(ratios[name]), y, colour))
            if ratios[name] > HIGH:
                out.append(_text(_x(HIGH) - 10, y + 4, f"{ratios[name]:.0f}",
                                 "end"))
    return "\n".join(out) + "\n</svg>\n"
