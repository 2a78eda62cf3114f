"""Small functions that draw plain SVG; shapes and dashes, not colours, distinguish states."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 440, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 112, 12, 40
DASHES = ("none", "7 3", "2 3", "9 3 2 3")
# Lines with fewer points mark each of them.
FEW = 12

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class ChartLine:
    """A named line through points."""

    name: str
    points: Sequence[Point]


def draw_lines(
    drawn: Sequence[ChartLine], *, title: str, desc: str, x: str, y: str, top: float = 1.0
) -> str:
    """Return lines from 0 to 1 along x and 0 to `top` along y, labelled at their ends."""
    far = max((px for line in drawn for px, _ in line.points), default=1.0) or 1.0
    inside = [_draw_axes(x, y, far, top)]
    ends = _spread_labels([_scale_y(line.points[-1][1], top) for line in drawn])
    for at, (line, end) in enumerate(zip(drawn, ends, strict=True)):
        places = [(_scale_x(px, far), _scale_y(py, top)) for px, py in line.points]
        inside += [
            _draw_path(places, at),
            _draw_path([(WIDTH - RIGHT + 4, end), (WIDTH - RIGHT + 28, end)], at),
        ]
        inside.append(_draw_text(WIDTH - RIGHT + 33, end + 4, line.name))
        if len(places) < FEW:
            inside += [f'<circle class="mark" r="3" cx="{a:.1f}" cy="{b:.1f}"/>' for a, b in places]
    return _wrap_svg(title, desc, inside)


def _draw_path(places: Sequence[Point], at: int) -> str:
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
    return (
        f'<polyline class="line" stroke-dasharray="{DASHES[at % len(DASHES)]}" points="{points}"/>'
    )


def draw_diagonal(points: Sequence[Point], *, title: str, desc: str, x: str, y: str) -> str:
    """Return points joined by a line, with the diagonal on which both are equal."""
    path = " ".join(f"{_scale_x(px, 1):.1f},{_scale_y(py, 1):.1f}" for px, py in points)
    marks = [
        f'<circle class="mark" r="4" cx="{_scale_x(px, 1):.1f}" cy="{_scale_y(py, 1):.1f}"/>'
        for px, py in points
    ]
    even = (
        f'<line class="hair" x1="{_scale_x(0, 1)}" y1="{_scale_y(0, 1)}" '
        f'x2="{_scale_x(1, 1)}" y2="{_scale_y(1, 1)}"/>'
    )
    line = f'<polyline class="line" points="{path}"/>'
    return _wrap_svg(title, desc, [_draw_axes(x, y, 1, 1), even, line, *marks])


def draw_bars(
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
        inside.append(_draw_text(left - 8, y + 14, name, "end"))
        inside.append(_draw_text(left + width + 6, y + 14, text))
    return _wrap_svg(title, desc, inside, WIDTH, 16 + step * len(rows))


def draw_matrix(
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
    """Return cells coloured by the ramp of estimates, from the smallest value to the largest."""
    flat = [v for row in values for v in row]
    low, span = min(flat), (max(flat) - min(flat)) or 1.0
    left, top, wide, tall = 96, 44, 86, 40
    inside = [_draw_text(0, 14, f"down: {y}; across: {x}")]
    inside += [
        _draw_text(left + wide * (c + 0.5), top - 8, name, "middle")
        for c, name in enumerate(columns)
    ]
    for r, row in enumerate(values):
        inside.append(_draw_text(left - 8, top + tall * (r + 0.5) + 5, rows[r], "end"))
        for c, value in enumerate(row):
            step = min(5, int(6 * (value - low) / span))
            place = f'x="{left + wide * c}" y="{top + tall * r}"'
            inside.append(
                f'<rect class="e{step}" {place} width="{wide - 2}" height="{tall - 2}" rx="4"/>'
            )
            inside.append(
                _draw_text(
                    left + wide * (c + 0.5),
                    top + tall * (r + 0.5) + 5,
                    shown(value),
                    "middle",
                    "on" if step > 3 else "",
                )
            )
    return _wrap_svg(
        title, desc, inside, left + wide * len(columns) + 4, top + tall * len(rows) + 4
    )


def draw_scatter(
    points: Sequence[Point], kinds: Sequence[int], names: Sequence[str], *, title: str, desc: str
) -> str:
    """Return one point per row whose shape shows its kind; the axes have no unit or scale."""
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    inside = []
    for (px, py), kind in zip(points, kinds, strict=True):
        x = 12 + (WIDTH - RIGHT - 24) * (px - min(xs)) / ((max(xs) - min(xs)) or 1)
        y = 12 + (HEIGHT - 24) * (py - min(ys)) / ((max(ys) - min(ys)) or 1)
        inside.append(_draw_shape(kind, x, y))
    for kind, name in enumerate(names):
        y = 20 + 22 * kind
        inside += [
            _draw_shape(kind, WIDTH - RIGHT + 8, y),
            _draw_text(WIDTH - RIGHT + 18, y + 4, name),
        ]
    return _wrap_svg(title, desc, inside)


def _draw_shape(kind: int, x: float, y: float) -> str:
    forms = (
        f'<circle class="mark" r="3" cx="{x:.1f}" cy="{y:.1f}"/>',
        f'<rect class="mark" x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6"/>',
        f'<path class="mark hollow" d="M{x:.1f} {y - 4:.1f}l4 7h-8z"/>',
        f'<path class="cross" d="M{x - 3:.1f} {y - 3:.1f}l6 6m0 -6l-6 6"/>',
    )
    return forms[kind % len(forms)]


def _draw_axes(x: str, y: str, far: float, top: float) -> str:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = [f'<path class="axis" d="M{LEFT} {TOP}V{bottom}H{right}"/>']
    for share in (0.0, 0.5, 1.0):
        parts.append(
            _draw_text(LEFT - 6, _scale_y(share * top, top) + 4, _format_number(share * top), "end")
        )
        parts.append(
            _draw_text(
                _scale_x(share * far, far), bottom + 16, _format_number(share * far), "middle"
            )
        )
    parts.append(_draw_text((LEFT + right) / 2, HEIGHT - 6, x, "middle"))
    parts.append(
        f'<text transform="translate(16 {(TOP + bottom) / 2}) rotate(-90)" '
        f'text-anchor="middle">{escape(y)}</text>'
    )
    return "".join(parts)


def _scale_x(value: float, far: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * value / far


def _scale_y(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(value, top) / top


def _format_number(value: float) -> str:
    return f"{value:.3g}"


def _spread_labels(heights: Sequence[float], least: float = 16.0) -> list[float]:
    """Return the heights moved down so that no two names overlap."""
    found = dict.fromkeys(range(len(heights)), 0.0)
    before = -1e9
    for at in sorted(found, key=lambda k: heights[k]):
        before = max(heights[at], before + least)
        found[at] = before
    return [found[at] for at in range(len(heights))]


def _draw_text(x: float, y: float, text: str, anchor: str = "start", kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _wrap_svg(
    title: str, desc: str, inside: Sequence[str], width: float = WIDTH, height: float = HEIGHT
) -> str:
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" role="img">'
        f"<title>{escape(title)}</title><desc>{escape(desc)}</desc>{''.join(inside)}</svg>"
    )
