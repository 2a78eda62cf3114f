"""The report of a card: one figure measured in three ways, the leaky one as a warning.

Geometry is here and words are in the template; every chart has its figures in words or a table.
The other figures of a card are in `research.figures`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

LEFT, RIGHT = 300, 1120
# The names of the three figures on a card.
SPLIT_FIGURES: Final = (
    ("leaky", "leaky_macro_f1"),
    ("people", "macro_f1"),
    ("videos", "macro_f1_new_videos"),
)
# Differences below this are within chance.
MIN_DIFFERENCE: Final = 1.0
WITHOUT: Final = "macro_f1_without_"
ROWS: Final = (62, 128, 194)


@dataclass(frozen=True, slots=True)
class SplitFigure:
    """One way of splitting, in percent, with an interval if it is not leaky. `x`: in SVG units."""

    code: str
    y: int
    value: float
    low: float | None
    high: float | None

    @property
    def leaky(self) -> bool:
        return self.code == "leaky"

    @property
    def x(self) -> float:
        return _x(self.value)

    @property
    def x_low(self) -> float:
        return _x(self.low or 0)

    @property
    def width(self) -> float:
        return round(_x(self.high or 0) - self.x_low, 1)

    @property
    def x_text(self) -> float:
        return _x(self.high or self.value) + 14


@dataclass(frozen=True, slots=True)
class WithoutStream:
    """The figure without one Stream, in percent; "" = with all."""

    stream: str
    value: float
    low: float | None
    high: float | None

    @property
    def x_low(self) -> float:
        return self.low or self.value

    @property
    def width(self) -> float:
        return round((self.high or self.value) - self.x_low, 1)


@dataclass(frozen=True, slots=True)
class CardReport:
    """The figures of a card; `base` = the base model on the same people, in percent."""

    splits: tuple[SplitFigure, ...]
    base: float | None
    people: int
    windows: int
    without: tuple[WithoutStream, ...]

    @property
    def counts(self) -> SplitFigure:
        """Return the figure that counts, on people it was not trained on."""
        return next(split for split in self.splits if split.code == "people")

    @property
    def leak(self) -> float:
        """Return by how many points the leaky split exceeds it."""
        return round(self.splits[0].value - self.counts.value, 1)

    @property
    def flatters(self) -> bool:
        return self.leak >= MIN_DIFFERENCE

    @property
    def leak_width(self) -> float:
        return max(0.0, round(self.splits[0].x - self.counts.x, 1))

    @property
    def base_x(self) -> float:
        return _x(self.base or 0)

    @property
    def ticks(self) -> Sequence[tuple[int, float]]:
        return [(at, _x(at)) for at in range(0, 101, 20)]


def build_report(card: Mapping[str, Any]) -> CardReport | None:
    """Build the report of a card; None if it has no figure of a leaky split."""
    figures = card.get("figures", {})
    if not {"leaky_macro_f1", "macro_f1"} <= figures.keys():
        return None
    return CardReport(
        splits=tuple(_build_splits(figures)),
        base=_percent_value(figures, "base_macro_f1"),
        people=int(figures.get("people", 0)),
        windows=int(figures.get("windows", 0)),
        without=tuple(_build_without(figures)),
    )


def _build_splits(figures: Mapping[str, Any]) -> Iterator[SplitFigure]:
    known = [(code, figures[name]) for code, name in SPLIT_FIGURES if name in figures]
    for (code, found), y in zip(known, ROWS, strict=False):
        yield SplitFigure(code, y, *_as_percent(found))


def _build_without(figures: Mapping[str, Any]) -> Iterator[WithoutStream]:
    values = {name: found for name, found in figures.items() if name.startswith(WITHOUT)}
    if values:
        yield WithoutStream("", *_as_percent(figures["macro_f1"]))
    for name, found in sorted(values.items()):
        yield WithoutStream(name.removeprefix(WITHOUT), *_as_percent(found))


def _as_percent(found: float | Sequence[float]) -> tuple[float, float | None, float | None]:
    """Return in percent a value, and its interval if it has one."""
    if isinstance(found, (int, float)):
        return round(100 * found, 1), None, None
    value, low, high = (round(100 * part, 1) for part in found)
    return value, low, high


def _percent_value(figures: Mapping[str, Any], name: str) -> float | None:
    return _as_percent(figures[name])[0] if name in figures else None


def _x(percent: float) -> float:
    return round(LEFT + (RIGHT - LEFT) * percent / 100, 1)
