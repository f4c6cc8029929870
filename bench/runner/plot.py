# SPDX-License-Identifier: MIT
"""A picture of ratios to the floor: panels, in each one row for a workload and
one mark for a server; the floor is the line at 1. Plain SVG, logarithmic."""
from math import log
from xml.sax.saxutils import escape

LEFT, RIGHT, ROW = 250, 40, 24
HEAD, FOOT = 56, 18  # of a panel
LEGEND = 40
WIDTH = 860
# Told apart without colours, too.
MARKS = {
    "ours": ("#b5291f", "circle"),
    "event": ("#555555", "diamond"),
    "nginx": ("#2f7d4f", "square"),
    "h2o": ("#2b5fa8", "triangle"),
    "lws": ("#8a5a00", "cross"),
}
FONT = 'font-family="sans-serif" font-size="12"'


class Scale:
    """From ratios to x. What is beyond stands at the edge, with a number."""

    def __init__(self, ticks):
        self.ticks, self.low, self.high = ticks, ticks[0], ticks[-1]

    def x(self, ratio):
        ratio = min(max(ratio, self.low), self.high)
        part = log(ratio / self.low) / log(self.high / self.low)
        return LEFT + part * (WIDTH - LEFT - RIGHT)


def _text(x, y, text, anchor="start", more=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" '
            f'{FONT}{more}>{escape(text)}</text>')


def _mark(name, x, y):
    colour, shape = MARKS[name]
    fill = f'fill="{colour}"'
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" {fill}/>'
    path, style = {
        "square": ("M-4-4H4V4H-4Z", fill),
        "diamond": ("M0-6L6 0L0 6L-6 0Z",
                    f'fill="none" stroke="{colour}" stroke-width="2"'),
        "triangle": ("M0-6L6 5H-6Z", fill),
        "cross": ("M-4-4L4 4M4-4L-4 4",
                  f'fill="none" stroke="{colour}" stroke-width="2.5"'),
    }[shape]
    return (f'<path transform="translate({x:.1f} {y:.1f})" d="{path}" '
            f'{style}/>')


def _legend(labels):
    out, x = [], 20
    for name in MARKS:
        out.append(_mark(name, x, 20))
        out.append(_text(x + 12, 24, labels[name]))
        x += 40 + 7 * len(labels[name])
    return out


def _row(title, ratios, y, scale):
    out = [_text(LEFT - 14, y + 4, title, "end")]
    for name in reversed(list(MARKS)):  # ours last, on top
        if name not in ratios:
            continue
        ratio = ratios[name]
        out.append(_mark(name, scale.x(ratio), y))
        if ratio > scale.high:
            out.append(_text(WIDTH - RIGHT + 9, y + 4, f"{ratio:.0f}"))
    return out


def _panel(top, title, ticks, rows):
    scale = Scale(ticks)
    first, bottom = top + HEAD, top + HEAD + ROW * len(rows)
    out = [_text(LEFT, top + 16, title, more=' font-weight="bold"')]
    for tick in ticks:
        x, one = scale.x(tick), tick == 1
        out.append(f'<line x1="{x:.1f}" y1="{first - 8}" x2="{x:.1f}" '
                   f'y2="{bottom}" stroke="{"#000" if one else "#ccc"}"/>')
        out.append(_text(x, first - 14, f"{tick:g}", "middle"))
    for i, (name, ratios) in enumerate(rows):
        out += _row(name, ratios, first + ROW * i + ROW / 2, scale)
    return out, bottom + FOOT


def draw(panels, labels):
    """panels: [(title, ticks, [(workload, {server: ratio})])]; those without
    rows are left out. The text of an SVG file."""
    body, height = _legend(labels), LEGEND
    for title, ticks, rows in panels:
        if rows:
            more, height = _panel(height, title, ticks, rows)
            body += more
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
            f'height="{height}" viewBox="0 0 {WIDTH} {height}">\n'
            f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>')
    return "\n".join([head, *body, "</svg>"]) + "\n"
