"""Describe and encode the videos of the library, a segment at a time.

A video is due if it lacks semantics of a kind, or if its file, captions or model changed. Each
segment is stored at once, so that a killed worker resumes where it stopped. All vectors of a kind
are replaced together, since they are comparable only with each other.
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
from work_queue.due_rows import lock_free

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]


def describers(folder: Path | None) -> tuple[Describer, ...]:
    """Return captions and summary, and a vision model if `folder` holds one."""
    texts: tuple[Describer, ...] = (CaptionDescriber(), SummaryDescriber())
    return (*texts, PictureDescriber(folder)) if folder else texts


def encoder(folder: Path | None) -> TfidfSvd | Bert:
    """Return the BERT-family model in `folder`, or TF-IDF with SVD, which needs no download."""
    return Bert(folder) if folder else TfidfSvd()


def update_semantics(*, clock: Clock) -> int:
    """Describe due segments and encode changed kinds. Returns the number of segments."""
    described = 0
    for describer in describers(settings.DESCRIBER_DIR):
        lasting = Video.objects.filter(unit__course__preview_of=None).order_by("pk")
        for video in lasting.prefetch_related("captions"):
            described += _describe_video(video, describer, clock)
        _encode(describer.kind, clock)
    return described


def _describe_video(video: Video, describer: Describer, clock: Clock) -> int:
    material = material_of(video)
    _prepare_row(video, describer, material, clock())
    segments = 0
    while _describe_next(video, describer, material, clock):
        segments += 1
    return segments


def material_of(video: Video) -> Material:
    """Return the video file and the captions of its first language."""
    track = next(iter(video.captions.all()), None)
    cues = [Cue(cue["start"], cue["end"], cue["text"]) for cue in track.cues] if track else []
    return Material(Path(settings.MEDIA_ROOT) / video.file, video.duration_s, cues)


def _source(video: Video, describer: Describer, material: Material) -> str:
    captions = "\n".join(f"{cue.start} {cue.end} {cue.text}" for cue in material.cues)
    made_from = f"{video.file} {video.duration_s}\n{captions}".encode()
    return f"{describer.source} {sha256(made_from).hexdigest()[:12]}"


def _prepare_row(video: Video, describer: Describer, material: Material, now: datetime) -> None:
    """Create the row, or reset it if its source changed."""
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
def _describe_next(video: Video, describer: Describer, material: Material, clock: Clock) -> bool:
    """Describe one more segment. Returns False if none is left, it failed or is being processed."""
    due = VideoSemantics.objects.filter(
        video=video, kind=describer.kind, why="", texts__len__lt=F("segments")
    )
    row = next(iter(lock_free(due, 1)), None)
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
    """Fit the encoder to all texts of the kind and store every vector, if any text is new."""
    rows = list(VideoSemantics.objects.filter(kind=kind, texts__len=F("segments")).order_by("pk"))
    learned = encoder(settings.ENCODER_DIR)
    if all(row.encoder.startswith(learned.family) for row in rows):
        return
    texts = [text for row in rows for text in row.texts]
    if len({text for text in texts if text}) < 2:
        return
    learned.fit(texts)
    _store_vectors(rows, learned, clock())


@transaction.atomic
def _store_vectors(rows: Sequence[VideoSemantics], learned: TfidfSvd | Bert, now: datetime) -> None:
    for row in rows:
        row.vectors = pack(learned.transform(row.texts))
        row.encoder, row.changed_at = learned.source, now
    VideoSemantics.objects.bulk_update(rows, ["vectors", "encoder", "changed_at"])
