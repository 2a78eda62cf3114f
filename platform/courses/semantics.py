"""The segments of films as Windows read them: vectors of their content, made by the pipeline."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courses.models.video_semantics import VideoSemantics

# Captions and slide text together.
KIND = "segment"


@dataclass(frozen=True, slots=True)
class SegmentVectors:
    """What Windows read of one film.

    Attributes
    ----------
    source : str
        Names the encoder and its axes; vectors of equal sources may be compared.
    vectors : (S, C) float32
        One row for each segment, with the columns of `emotion.features.semantics.NAMES`; NaN =
        not known.
    """

    source: str
    vectors: NDArray[np.float32]


def load_segments(units: Collection[int]) -> dict[int, SegmentVectors]:
    """Return the segments of these Units' films, in one query; those not encoded are left out."""
    rows = VideoSemantics.objects.filter(video__unit__in=units, kind=KIND).exclude(encoder="")
    columns = ("video__unit", "encoder", "segments", "vectors", "measures")
    return {
        unit: SegmentVectors(encoder, np.hstack([unpack(part, count) for part in parts]))
        for unit, encoder, count, *parts in rows.values_list(*columns)
    }


def unpack(packed: bytes | memoryview, segments: int) -> NDArray[np.float32]:
    """Return (S, D) of a column of VideoSemantics."""
    return np.frombuffer(bytes(packed), "<f4").reshape(segments, -1)
