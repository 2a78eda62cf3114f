"""The kind `segment` of a film: captions and slide together, and the measures of each segment.

This is what Windows read. It waits for the captions and, where slides are read, for these; a film
whose pictures cannot be read has its captions alone.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from courses.media.media_store import LocalCopies
from courses.models import Video
from courses.models.video_semantics import VideoSemantics
from emotion.semantics import segment_measures
from emotion.semantics.caption_segments import Material
from emotion.semantics.ffmpeg import BrokenVideo
from emotion.semantics.scene_changes import count_cuts
from emotion.semantics.text_cleaning import join_texts
from pipeline.video_semantics_store import pack

KIND = "segment"
# Changes where the same captions and slides would give other texts or measures.
VERSION = "segment/1"


def with_film(video: Video, material: Material, copies: LocalCopies) -> Material:
    """Return the material with the film on this disk; without it if it is gone."""
    try:
        return replace(material, file=copies.path(video.file))
    except FileNotFoundError:
        return material


def update_row(video: Video, material: Material, copies: LocalCopies, now: datetime) -> int:
    """Write the row if what it is made of is complete and changed. Returns the segments written."""
    rows = {row.kind: row for row in VideoSemantics.objects.filter(video=video)}
    captions, slides = rows["captions"], rows.get("slides")
    if not _is_whole(captions) or (slides and not slides.why and not _is_whole(slides)):
        return 0
    shown = slides if slides and _is_whole(slides) else None
    source = _source(captions, shown)
    if KIND in rows and rows[KIND].source == source:
        return 0
    found = _measure(material, captions, shown, _count_cuts(video, material, copies))
    fresh = {"source": source, "changed_at": now, "encoder": "", "vectors": b"", **found}
    VideoSemantics.objects.update_or_create(video=video, kind=KIND, defaults=fresh)
    return material.segments


def _is_whole(row: VideoSemantics) -> bool:
    return len(row.texts) == row.segments


def _source(captions: VideoSemantics, slides: VideoSemantics | None) -> str:
    made_from = join_texts(captions.source, slides.source if slides else "")
    return f"{VERSION} {sha256(made_from.encode()).hexdigest()[:12]}"


def _measure(
    material: Material,
    captions: VideoSemantics,
    slides: VideoSemantics | None,
    cuts: NDArray[np.float32] | None,
) -> dict[str, Any]:
    """Return the columns `segments`, `texts` and `measures`."""
    shown = slides.texts if slides else None
    pairs = zip(captions.texts, shown or [""] * material.segments, strict=True)
    texts = [join_texts(*pair) for pair in pairs]
    measures = segment_measures.measure_segments(material, shown, cuts)
    return {"segments": material.segments, "texts": texts, "measures": pack(measures)}


def _count_cuts(
    video: Video, material: Material, copies: LocalCopies
) -> NDArray[np.float32] | None:
    try:
        found = with_film(video, material, copies)
        return count_cuts(found.file, found.segments) if found.file else None
    except BrokenVideo:
        return None
