"""Typical ranges of a course: the median of its published intervals, shown for comparison."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from statistics import median

from courses.models import Course
from estimates.group_figures import disclosure
from estimates.models import Cell

CELLS_NEEDED = 8

Range = tuple[int, int]


def typical_ranges(course: Course, before: datetime) -> Mapping[str, Range]:
    """Return the median low and high by label over earlier published cells; none before eight."""
    rows: dict[str, list[Range]] = defaultdict(list)
    cells = Cell.objects.filter(
        kind="affect",
        publication__course=course,
        publication__at__isnull=False,
        publication__quarter__lt=before,
        n__isnull=False,
    )
    for seen in disclosure.read_cells(cells).values():
        for label, found in seen.picture.ranges.items() if seen.picture else ():
            rows[label].append(found)
    return {
        label: (int(median(low for low, _ in seen)), int(median(high for _, high in seen)))
        for label, seen in rows.items()
        if len(seen) >= CELLS_NEEDED
    }


def is_unusual(found: Range, known: Range | None) -> bool:
    """Return whether a range lies wholly outside the typical one."""
    return known is not None and (found[0] > known[1] or found[1] < known[0])
