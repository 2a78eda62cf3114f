"""Video semantics of the library: progress by kind, and rows of numbers as bytes."""

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


def pack(rows: Iterable[NDArray[np.float32]]) -> bytes:
    """Return the bytes of (S, D) that `courses.semantics` reads."""
    return np.asarray(list(rows), "<f4").tobytes()
