"""Draw a table of shares as a heat map; every cell says its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from charts.svg import LETTER, Drawing, draw_box, draw_gap, draw_path, draw_text, fit_name

CELL_WIDTH, CELL_HEIGHT, TOP = 64, 44, 50
LEFT_LEAST, LEFT_MOST = 96, 170
# A heading of a column has room for so many letters.
SHORT = 9
STEPS = 6
# From this step of the ramp on, text is light.
DARK = 4


@dataclass(frozen=True, slots=True)
class HeatCell:
    """A cell: its share of the darkest colour from 0 to 1, and its text; `framed` has a border."""

    share: float
    text: str
    framed: bool = False


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A row; a cell that is None is hatched: there is nothing to say, never zero."""

    name: str
    cells: tuple[HeatCell | None, ...]


def draw_heat_map(
    rows: Sequence[HeatRow], columns: Sequence[str], *, across: str = "", down: str = ""
) -> Drawing:
    """Draw rows of cells; `across` and `down` say what columns and rows are."""
    longest = max(len(name) for name in (down, *(row.name for row in rows)))
    left = min(LEFT_MOST, max(LEFT_LEAST, 12 + LETTER * longest))
    parts = [draw_text(left, 13, across, "f"), draw_text(0, TOP - 8, down, "f")]
    for at, name in enumerate(columns):
        x = left + CELL_WIDTH * (at + 0.5) - 1
        parts.append(draw_text(x, TOP - 8, shorten(name), "t", "middle"))
    for line, row in enumerate(rows):
        y = TOP + CELL_HEIGHT * line
        parts.append(draw_text(0, y + 26, fit_name(row.name, LEFT_MOST), "s"))
        for at, cell in enumerate(row.cells):
            parts += _draw_cell(cell, left + CELL_WIDTH * at, y)
    width = left + CELL_WIDTH * len(columns)
    return Drawing(width, TOP + CELL_HEIGHT * len(rows), tuple(parts))


def shorten(name: str) -> str:
    """Return a heading that fits a column; the table below has it in full."""
    return name if len(name) <= SHORT else f"{name[: SHORT - 1]}…"


def _draw_cell(cell: HeatCell | None, x: float, y: float) -> list[str]:
    width, height = CELL_WIDTH - 2, CELL_HEIGHT - 2
    if cell is None:
        return [draw_gap(x, y, width, height)]
    step = min(STEPS - 1, int(STEPS * max(0.0, cell.share)))
    look = "on" if step >= DARK else "s" if cell.framed else "t"
    parts = [draw_box(x, y, width, height, f"e{step}", 4)]
    if cell.framed:
        right, foot = x + width - 1, y + height - 1
        corners = [(x + 1, y + 1), (right, y + 1), (right, foot), (x + 1, foot), (x + 1, y + 1)]
        parts.append(draw_path(corners, "frame"))
    return [*parts, draw_text(x + width / 2, y + height / 2 + 5, cell.text, look, "middle")]
