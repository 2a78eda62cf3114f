"""Measures of a page: the features of its layout that a browser sent from the preview."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from authoring.page_layouts.models import PageLayout
from courses.models import Course
from emotion.features import interface
from emotion.streams import stream
from emotion.windows import Chunk, make_track

# One box more than static/js/sensors/layout.js sends: the page itself.
MOST_ROWS: Final = 101
_LAYOUT = stream("layout")


class BadLayout(ValueError):
    """The rows are no layout of a page."""


def read_rows(text: str) -> NDArray[np.float32]:
    """Return the boxes (R, 9), without a time, that a page sent as JSON. Raises BadLayout."""
    try:
        rows = np.array(json.loads(text), np.float64)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BadLayout("expected a list of rows of numbers") from error
    channels = _LAYOUT.channels[1:]
    if rows.ndim != 2 or rows.shape[1] != len(channels) or not 0 < len(rows) <= MOST_ROWS:
        raise BadLayout(f"expected rows of {len(channels)} numbers, got {rows.shape}")
    low, high = (np.array([getattr(each, end) for each in channels]) for end in ("lo", "hi"))
    if not ((rows >= low) & (rows <= high)).all():
        raise BadLayout("expected each number within its channel's range")
    return rows.astype(np.float32)


def measure_page(rows: NDArray[np.float32]) -> dict[str, float]:
    """Return the features of a layout by name, without those that it does not have."""
    timed = np.insert(rows, 0, 0.0, axis=1)
    chunk = Chunk(0.0, 0.0, timed)
    values, mask = interface.features(make_track(_LAYOUT, [chunk], t0=0, t1=1, backend=""))
    found = zip(interface.NAMES, values.tolist(), mask.tolist(), strict=True)
    return {name: value for name, value, there in found if there}


def store_layout(course: Course, unit: str, rows: NDArray[np.float32], *, now: datetime) -> None:
    """Store the measures of a unit's page, instead of those before."""
    values = {"measures": measure_page(rows), "measured_at": now}
    PageLayout.objects.update_or_create(course=course, unit=unit, defaults=values)
