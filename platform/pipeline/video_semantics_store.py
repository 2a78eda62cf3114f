"""Video semantics of the library: progress by kind, the vector at a time, and Windows' inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce
from numpy.typing import NDArray

from courses.models import Video
from courses.models.video_semantics import KINDS, VideoSemantics
from emotion.semantics.caption_segments import segment_at


@dataclass(frozen=True, slots=True)
class SemanticsProgress:
    """Progress of one kind over all videos of the site."""

    kind: str
    videos: int
    described: int
    encoded: int
    failed: int
    segments: int
    segments_done: int


def progress() -> list[SemanticsProgress]:
    """Return the progress of every kind that has started."""
    whole = Q(texts__len=F("segments"))
    rows = VideoSemantics.objects.values("kind").annotate(
        described=Count("pk", filter=whole),
        encoded=Count("pk", filter=whole & ~Q(encoder="")),
        failed=Count("pk", filter=~Q(why="")),
        all_segments=Sum("segments"),
        done=Coalesce(Sum("texts__len"), 0),
    )
    known = {row["kind"]: row for row in rows}
    videos = Video.objects.count()
    return [_progress(known[kind], videos) for kind in KINDS if kind in known]


def _progress(row: Mapping[str, Any], videos: int) -> SemanticsProgress:
    return SemanticsProgress(
        kind=row["kind"],
        videos=videos,
        described=row["described"],
        encoded=row["encoded"],
        failed=row["failed"],
        segments=row["all_segments"],
        segments_done=row["done"],
    )


def vectors(row: VideoSemantics) -> NDArray[np.float32]:
    """Return (segments, D), NaN for a segment without text. Raises ValueError until encoded."""
    if not row.encoder:
        raise ValueError("expected semantics that are whole and encoded")
    return _unpack(row.vectors, row.segments)


@dataclass(frozen=True, slots=True)
class SegmentInputs:
    """What Windows read of one film.

    Attributes
    ----------
    source : str
        Names the encoder and its axes; rows of equal sources may be compared.
    rows : (S, C) float32
        One row for each segment, with the columns of `emotion.features.semantics.NAMES`; NaN =
        not known.
    """

    source: str
    rows: NDArray[np.float32]


def load_segments(video_pks: Iterable[int]) -> dict[int, SegmentInputs]:
    """Return the inputs of each video by its key, in one query; those not encoded are left out."""
    encoded = VideoSemantics.objects.filter(video__in=set(video_pks), kind="segment")
    columns = ("video_id", "encoder", "segments", "vectors", "measures")
    return {
        video: SegmentInputs(encoder, np.hstack([_unpack(part, count) for part in parts]))
        for video, encoder, count, *parts in encoded.exclude(encoder="").values_list(*columns)
    }


def _unpack(packed: bytes | memoryview, segments: int) -> NDArray[np.float32]:
    return np.frombuffer(bytes(packed), "<f4").reshape(segments, -1)


def pack(rows: Iterable[NDArray[np.float32]]) -> bytes:
    """Return the bytes of (S, D) that `vectors` and `load_segments` read."""
    return np.asarray(list(rows), "<f4").tobytes()


def vector_at(row: VideoSemantics, time_s: float) -> NDArray[np.float32]:
    """Return (D,) of the segment at `time_s`, or of the last one beyond the end."""
    found: NDArray[np.float32] = vectors(row)[min(segment_at(time_s), row.segments - 1)]
    return found
