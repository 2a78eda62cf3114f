"""Which pages of a course are far fuller than its other pages of the same kind.

Each page is compared with the course itself, as no number of boxes is too many everywhere. How far
is far is assumed: it was not measured on people.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from authoring.page_layouts.models import PageLayout
from courses.models import Course

Json = Mapping[str, Any]
# Assumed: fewer pages have no usual look.
FEWEST_OTHERS: Final = 3
# Assumed: far is 3 spreads above the median, and at least twice as much (features are log(1 + n)).
FAR_SPREADS: Final = 3.0
FAR_LOG: Final = math.log(2.0)
# Makes the median deviation of a normal sample its standard deviation.
_NORMAL: Final = 1.4826
MOST_FINDINGS: Final = 2
WORDS: Final = {
    "log_boxes": lazy("This page has far more boxes than your others: {here} against {usual}."),
    "log_pressable": lazy(
        "This page has far more buttons and choices than your others: {here} against {usual}."
    ),
    "log_text": lazy(
        "This page has far more text than your others: {here} characters against {usual}."
    ),
}


@dataclass(frozen=True, slots=True)
class ClutterReport:
    """A page against the others of its kind; `measured_at` None = never seen in the preview."""

    measured_at: datetime | None
    others: int
    findings: tuple[str, ...] = ()

    @property
    def enough(self) -> bool:
        return self.others >= FEWEST_OTHERS

    @property
    def missing(self) -> int:
        return max(0, FEWEST_OTHERS - self.others)


def load_layouts(course: Course) -> dict[str, PageLayout]:
    """Return the measured pages of a course by the name of their unit."""
    return {row.unit: row for row in course.page_layouts.all()}


def compare_page(layouts: Mapping[str, PageLayout], package: Json, unit: Json) -> ClutterReport:
    """Compare the page of a unit with the measured pages of the same kind in the draft."""
    alike = [each["id"] for each in package["units"] if each["kind"] == unit["kind"]]
    others = [layouts[ref].measures for ref in alike if ref in layouts and ref != unit["id"]]
    own = layouts.get(unit["id"])
    if own is None:
        return ClutterReport(None, len(others))
    found = list(_find_far(own.measures, others)) if len(others) >= FEWEST_OTHERS else []
    found.sort(reverse=True)
    words = tuple(text for _above, text in found[:MOST_FINDINGS])
    return ClutterReport(own.measured_at, len(others), words)


def _find_far(own: Mapping[str, float], others: list[Mapping[str, float]]) -> Iterator[Any]:
    """Yield how far each measure is above the usual, and the sentence, of those far above it."""
    for name, words in WORDS.items():
        here, values = own.get(name, 0.0), [each.get(name, 0.0) for each in others]
        usual = median(values)
        spread = _NORMAL * median(abs(value - usual) for value in values)
        if here - usual > max(FAR_SPREADS * spread, FAR_LOG):
            counts = {"here": _count(here), "usual": _count(usual)}
            yield here - usual, _(str(words)).format(**counts)


def _count(log: float) -> int:
    """Return n of log(1 + n)."""
    return round(math.expm1(log))
