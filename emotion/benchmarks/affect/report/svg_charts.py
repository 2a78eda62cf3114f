"""Small functions that draw plain SVG: no colour stands for a state, shapes and dashes do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 440, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 112, 12, 40
DASHES = ("none", "7 3", "2 3", "9 3 2 3")
# Lines of fewer points show each of them.
FEW = 12

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """A named line through points."""

    name: str
    points: Sequence[Point]


def lines(drawn: Sequence[Line], *, title: str, desc: str, x: str, y: str, top: float = 1.0) -> str:
    """Return lines from 0 to 1 along x and 0 to `top` along y, named at their ends."""
    far = max((px for line in drawn for px, _ in line.points), default=1.0) or 1.0
    inside = [_axes(x, y, far, top)]
    ends = _apart([_y(line.points[-1][1], top) for line in drawn])
    for at, (line, end) in enumerate(zip(drawn, ends, strict=True)):
        places = [(_x(px, far), _y(py, top)) for px, py in line.points]
        inside += [
            _path(places, at),
            _path([(WIDTH - RIGHT + 4, end), (WIDTH - RIGHT + 28, end)], at),
        ]
        inside.append(_text(WIDTH - RIGHT + 33, end + 4, line.name))
        if len(places) < FEW:
            inside += [f'<circle class="mark" r="3" cx="{a:.1f}" cy="{b:.1f}"/>' for a, b in places]
    return _svg(title, desc, inside)


def _path(places: Sequence[Point], at: int) -> str:
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
    return (
        f'<polyline class="line" stroke-dasharray="{DASHES[at % len(DASHES)]}" points="{points}"/>'
    )


def diagonal(points: Sequence[Point], *, title: str, desc: str, x: str, y: str) -> str:
    """Return points joined by a line beside the diagonal where both are equal."""
    path = " ".join(f"{_x(px, 1):.1f},{_y(py, 1):.1f}" for px, py in points)
    marks = [
        f'<circle class="mark" r="4" cx="{_x(px, 1):.1f}" cy="{_y(py, 1):.1f}"/>'
        for px, py in points
    ]
    even = f'<line class="hair" x1="{_x(0, 1)}" y1="{_y(0, 1)}" x2="{_x(1, 1)}" y2="{_y(1, 1)}"/>'
    line = f'<polyline class="line" points="{path}"/>'
    return _svg(title, desc, [_axes(x, y, 1, 1), even, line, *marks])


def bars(
    rows: Sequence[tuple[str, float, str]], *, title: str, desc: str, top: float | None = None
) -> str:
    """Return a bar from 0 for each (name, value, text after it)."""
    most = top or max((value for _, value, _ in rows), default=1.0) or 1.0
    step, left, room = 30, 190, 150
    inside = []
    for at, (name, value, text) in enumerate(rows):
        width = max(0.0, value / most) * room
        y = 8 + at * step
        inside.append(f'<rect class="bar" x="{left}" y="{y}" width="{width:.1f}" height="18"/>')
        inside.append(_text(left - 8, y + 14, name, "end"))
        inside.append(_text(left + width + 6, y + 14, text))
    return _svg(title, desc, inside, WIDTH, 16 + step * len(rows))


def matrix(
    values: Sequence[Sequence[float]],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    title: str,
    desc: str,
    shown: Callable[[float], str],
    x: str = "",
    y: str = "",
) -> str:
    """Return cells on the ramp of estimates, from the least value to the largest."""
    flat = [v for row in values for v in row]
    low, span = min(flat), (max(flat) - min(flat)) or 1.0
    left, top, wide, tall = 96, 44, 86, 40
    inside = [_text(0, 14, f"down: {y}; across: {x}")]
    inside += [
        _text(left + wide * (c + 0.5), top - 8, name, "middle") for c, name in enumerate(columns)
    ]
    for r, row in enumerate(values):
        inside.append(_text(left - 8, top + tall * (r + 0.5) + 5, rows[r], "end"))
        for c, value in enumerate(row):
            step = min(5, int(6 * (value - low) / span))
            place = f'x="{left + wide * c}" y="{top + tall * r}"'
            inside.append(
                f'<rect class="e{step}" {place} width="{wide - 2}" height="{tall - 2}" rx="4"/>'
            )
            inside.append(
                _text(
                    left + wide * (c + 0.5),
                    top + tall * (r + 0.5) + 5,
                    shown(value),
                    "middle",
                    "on" if step > 3 else "",
                )
            )
    return _svg(title, desc, inside, left + wide * len(columns) + 4, top + tall * len(rows) + 4)


def scatter(
    points: Sequence[Point], kinds: Sequence[int], names: Sequence[str], *, title: str, desc: str
) -> str:
    """Return a point a row, its shape telling its kind; axes have no unit and no scale."""
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    inside = []
    for (px, py), kind in zip(points, kinds, strict=True):
        x = 12 + (WIDTH - RIGHT - 24) * (px - min(xs)) / ((max(xs) - min(xs)) or 1)
        y = 12 + (HEIGHT - 24) * (py - min(ys)) / ((max(ys) - min(ys)) or 1)
        inside.append(_shape(kind, x, y))
    for kind, name in enumerate(names):
        y = 20 + 22 * kind
        inside += [_shape(kind, WIDTH - RIGHT + 8, y), _text(WIDTH - RIGHT + 18, y + 4, name)]
    return _svg(title, desc, inside)


def _shape(kind: int, x: float, y: float) -> str:
    forms = (
        f'<circle class="mark" r="3" cx="{x:.1f}" cy="{y:.1f}"/>',
        f'<rect class="mark" x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6"/>',
        f'<path class="mark hollow" d="M{x:.1f} {y - 4:.1f}l4 7h-8z"/>',
        f'<path class="cross" d="M{x - 3:.1f} {y - 3:.1f}l6 6m0 -6l-6 6"/>',
    )
    return forms[kind % len(forms)]


def _axes(x: str, y: str, far: float, top: float) -> str:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = [f'<path class="axis" d="M{LEFT} {TOP}V{bottom}H{right}"/>']
    for share in (0.0, 0.5, 1.0):
        parts.append(_text(LEFT - 6, _y(share * top, top) + 4, _number(share * top), "end"))
        parts.append(_text(_x(share * far, far), bottom + 16, _number(share * far), "middle"))
    parts.append(_text((LEFT + right) / 2, HEIGHT - 6, x, "middle"))
    parts.append(
        f'<text transform="translate(16 {(TOP + bottom) / 2}) rotate(-90)" '
        f'text-anchor="middle">{escape(y)}</text>'
    )
    return "".join(parts)


def _x(value: float, far: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * value / far


def _y(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(value, top) / top


def _number(value: float) -> str:
    return f"{value:.3g}"


def _apart(heights: Sequence[float], least: float = 16.0) -> list[float]:
    """Return the heights moved down so far that no two names lie on each other."""
    found = dict.fromkeys(range(len(heights)), 0.0)
    before = -1e9
    for at in sorted(found, key=lambda k: heights[k]):
        before = max(heights[at], before + least)
        found[at] = before
    return [found[at] for at in range(len(heights))]


def _text(x: float, y: float, text: str, anchor: str = "start", kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(
    title: str, desc: str, inside: Sequence[str], width: float = WIDTH, height: float = HEIGHT
) -> str:
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" role="img">'
        f"<title>{escape(title)}</title><desc>{escape(desc)}</desc>{''.join(inside)}</svg>"
    )
