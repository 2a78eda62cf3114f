"""Describes and encodes the videos of the library, once each, a segment at a time.

What is due is seen from the rows: a video without semantics of a kind, or with those of another
file, other captions or another model. A segment is stored as soon as it is described, so that a
killed worker goes on where it stopped; the vectors of a kind change together, because they have
meaning only beside each other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F

from courses.models import Video
from courses.models.video_semantics import VideoSemantics
from emotion.semantics.caption_segments import Cue, Material
from emotion.semantics.describers import CaptionDescriber, Describer, SummaryDescriber
from emotion.semantics.encoders import Bert, TfidfSvd
from emotion.semantics.ffmpeg import BrokenVideo
from emotion.semantics.vlm_describer import PictureDescriber
from pipeline.video_semantics_store import pack

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]


def describers(folder: Path | None) -> tuple[Describer, ...]:
    """Captions and their summary always; what is seen, where a model lies in `folder`."""
    said: tuple[Describer, ...] = (CaptionDescriber(), SummaryDescriber())
    return (*said, PictureDescriber(folder)) if folder else said


def encoder(folder: Path | None) -> TfidfSvd | Bert:
    """A BERT-family model from `folder`, or the one that needs no download."""
    return Bert(folder) if folder else TfidfSvd()


def bring_up_to_date(*, clock: Clock) -> int:
    """Describe what is due and encode what changed; say how many segments were described."""
    described = 0
    for describer in describers(settings.DESCRIBER_DIR):
        lasting = Video.objects.filter(unit__course__preview_of=None).order_by("pk")
        for video in lasting.prefetch_related("captions"):
            described += _bring(video, describer, clock)
        _encode(describer.kind, clock)
    return described


def _bring(video: Video, describer: Describer, clock: Clock) -> int:
    material = material_of(video)
    _begin(video, describer, material, clock())
    segments = 0
    while _next(video, describer, material, clock):
        segments += 1
    return segments


def material_of(video: Video) -> Material:
    """The file, and the captions of its first language."""
    track = next(iter(video.captions.all()), None)
    cues = [Cue(cue["start"], cue["end"], cue["text"]) for cue in track.cues] if track else []
    return Material(Path(settings.MEDIA_ROOT) / video.file, video.duration_s, cues)


def _source(video: Video, describer: Describer, material: Material) -> str:
    told = "\n".join(f"{cue.start} {cue.end} {cue.text}" for cue in material.cues)
    made_from = f"{video.file} {video.duration_s}\n{told}".encode()
    return f"{describer.source} {sha256(made_from).hexdigest()[:12]}"


def _begin(video: Video, describer: Describer, material: Material, now: datetime) -> None:
    """A row for it; one of another source starts over."""
    source = _source(video, describer, material)
    fresh = {"source": source, "segments": material.segments, "changed_at": now}
    row, made = VideoSemantics.objects.get_or_create(
        video=video, kind=describer.kind, defaults=fresh
    )
    if not made and row.source != source:
        VideoSemantics.objects.filter(pk=row.pk).update(
            **fresh, texts=[], encoder="", vectors=b"", why=""
        )


@transaction.atomic
def _next(video: Video, describer: Describer, material: Material, clock: Clock) -> bool:
    """Describe one more segment; False where none is left, it failed or another is at it."""
    due = VideoSemantics.objects.filter(
        video=video, kind=describer.kind, why="", texts__len__lt=F("segments")
    )
    row = due.select_for_update(skip_locked=True).first()
    if row is None:
        return False
    try:
        row.texts.append(describer.describe(material, len(row.texts)))
    except (BrokenVideo, OSError) as error:
        logger.warning("semantics.failed %s %s", row.pk, type(error).__name__)
        row.why = "broken_video" if isinstance(error, BrokenVideo) else "broken_model"
    row.changed_at = clock()
    row.save(update_fields=["texts", "why", "changed_at"])
    return not row.why


def _encode(kind: str, clock: Clock) -> None:
    """Fit the encoder on all texts of the kind and store every vector, where something is new."""
    rows = list(VideoSemantics.objects.filter(kind=kind, texts__len=F("segments")).order_by("pk"))
    learned = encoder(settings.ENCODER_DIR)
    if all(row.encoder.startswith(learned.family) for row in rows):
        return
    texts = [text for row in rows for text in row.texts]
    if len({text for text in texts if text}) < 2:
        return
    learned.fit(texts)
    _store(rows, learned, clock())


@transaction.atomic
def _store(rows: Sequence[VideoSemantics], learned: TfidfSvd | Bert, now: datetime) -> None:
    for row in rows:
        row.vectors = pack(learned.transform(row.texts))
        row.encoder, row.changed_at = learned.source, now
    VideoSemantics.objects.bulk_update(rows, ["vectors", "encoder", "changed_at"])
