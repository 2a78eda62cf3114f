"""Parts of a drawing, as SVG text with class names and no style.

On a page `static/css/charts.css` gives the classes the colours of the theme. A downloaded file has
no style sheet, so there each class becomes the attributes of `LOOKS`, which are the light theme.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from types import MappingProxyType
from typing import Final

from django.utils.safestring import SafeString, mark_safe

FONT: Final = "Atkinson Hyperlegible Next, Atkinson Next, system-ui, Segoe UI, Roboto, sans-serif"
LOOKS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "t": {"fill": "#43514c"},
        "f": {"fill": "#5a6863"},
        "s": {"fill": "#14201d", "font-weight": "650"},
        "on": {"fill": "#ffffff", "font-weight": "650"},
        "axis": {"fill": "none", "stroke": "#d6ddda", "stroke-width": "1"},
        "even": {
            "fill": "none",
            "stroke": "#14201d",
            "stroke-width": "1.5",
            "stroke-dasharray": "4 4",
        },
        "mark": {"fill": "none", "stroke": "#14201d", "stroke-width": "2.5"},
        "frame": {"fill": "none", "stroke": "#14201d", "stroke-width": "1.5"},
        "range": {"fill": "#7a4fbe", "fill-opacity": ".38"},
        "ends": {"fill": "none", "stroke": "#7a4fbe", "stroke-width": "2"},
        "dot": {"fill": "#7a4fbe"},
        "line": {"fill": "none", "stroke": "#7a4fbe", "stroke-width": "2"},
        "thin": {"fill": "none", "stroke": "#5a6863", "stroke-width": "1.2"},
        "bar": {"fill": "#b498dd"},
        "range-act": {"fill": "#0a6758", "fill-opacity": ".28"},
        "ends-act": {"fill": "none", "stroke": "#0a6758", "stroke-width": "2"},
        "dot-act": {"fill": "#0a6758"},
        "gap": {"fill": "#f4f6f5"},
        "hatch": {"fill": "none", "stroke": "#7e8c87", "stroke-width": "1.6"},
        "e0": {"fill": "#f7f4fb"},
        "e1": {"fill": "#e9e0f5"},
        "e2": {"fill": "#d3c2ec"},
        "e3": {"fill": "#b498dd"},
        "e4": {"fill": "#7a4fbe"},
        "e5": {"fill": "#552b92"},
    }
)
# Of a text of 13 px, on average.
LETTER: Final = 7.4
# The head of a downloaded file: its title, and the lines below it.
HEAD, LINE, MARGIN = 34, 20, 16
# A page draws it larger than a file, where there is room.
SCALE: Final = 1.2
# From this width on, texts would be too small on a phone.
WIDE: Final = 445
_CLASS: Final = re.compile(r' class="([a-z0-9-]+)"')


@dataclass(frozen=True, slots=True)
class Drawing:
    """The inside of an SVG of `width` by `height`; on a phone a wide one scrolls."""

    width: float
    height: float
    parts: tuple[str, ...]

    def render(self, name: str, title: str, words: str) -> SafeString:
        """Return it as an element of a page, with its title and its description in words."""
        look = "plot plot-wide" if self.width > WIDE else "plot"
        return mark_safe(  # noqa: S308 - every text in it is escaped here or by `draw_text`
            f'<svg class="{look}" width="{number(SCALE * self.width)}" '
            f'viewBox="0 0 {number(self.width)} {number(self.height)}" '
            f'role="img" aria-labelledby="{name}-title {name}-words">'
            f'<title id="{name}-title">{escape(title)}</title>'
            f'<desc id="{name}-words">{escape(words)}</desc>{"".join(self.parts)}</svg>'
        )

    def render_file(self, title: str, lines: Sequence[str], words: str) -> str:
        """Return it as a file that needs no style sheet, with title and lines above it."""
        width = max(self.width, *(LETTER * len(text) for text in (title, *lines))) + 2 * MARGIN
        top = MARGIN + HEAD + LINE * len(lines)
        height = self.height + top + MARGIN
        inside = "".join(
            [
                f'<rect width="{number(width)}" height="{number(height)}" fill="#ffffff"/>',
                draw_text(MARGIN, MARGIN + 12, title, "s"),
                *(
                    draw_text(MARGIN, MARGIN + HEAD + LINE * at, text, "f")
                    for at, text in enumerate(lines)
                ),
                f'<g transform="translate({MARGIN} {top})">{"".join(self.parts)}</g>',
            ]
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(width)}" '
            f'height="{number(height)}" viewBox="0 0 {number(width)} {number(height)}" role="img" '
            f'font-family="{FONT}" font-size="13"><title>{escape(title)}</title>'
            f"<desc>{escape(words)}</desc>{_CLASS.sub(_replace_class, inside)}</svg>\n"
        )


def number(value: float) -> str:
    """Return a coordinate with one digit, without a needless one."""
    return f"{value:.1f}".removesuffix(".0")


def draw_text(x: float, y: float, text: str, look: str = "t", anchor: str = "start") -> str:
    """Return a text, escaped."""
    side = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text class="{look}" x="{number(x)}" y="{number(y)}"{side}>{escape(text)}</text>'


def fit_name(name: str, room: float) -> str:
    """Return a name that fits; the table behind the drawing has it in full."""
    most = int(room / LETTER)
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"


def draw_box(x: float, y: float, width: float, height: float, look: str, radius: int = 0) -> str:
    """Return a rectangle."""
    corners = f' rx="{radius}"' if radius else ""
    size = f'width="{number(max(0.0, width))}" height="{number(max(0.0, height))}"'
    return f'<rect class="{look}" x="{number(x)}" y="{number(y)}" {size}{corners}/>'


def draw_dot(x: float, y: float, radius: float = 5, look: str = "dot") -> str:
    """Return a filled circle."""
    return f'<circle class="{look}" cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"/>'


def draw_path(points: Iterable[tuple[float, float]], look: str = "line") -> str:
    """Return straight lines from point to point."""
    way = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return f'<path class="{look}" d="M{way}"/>'


def draw_gap(x: float, y: float, width: float, height: float, room: float = 0.0) -> str:
    """Return a hatched field: too few people, never zero. It is `room` wide if that is more."""
    lines = [
        draw_path([(x + at, y + height), (x + at + height, y)], "hatch")
        for at in range(0, max(1, int(width - height)) + 1, 8)
    ]
    return draw_box(x, y, max(width, room), height, "gap") + "".join(lines)


def _replace_class(found: re.Match[str]) -> str:
    looks = LOOKS[found[1]]
    return "".join(f' {name}="{value}"' for name, value in looks.items())
