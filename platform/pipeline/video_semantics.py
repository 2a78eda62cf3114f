"""Describe and encode the videos of the library, a segment at a time.

A video is due if it lacks semantics of a kind, or if its file, captions or model changed. Each
segment is stored at once, so that a killed worker resumes where it stopped. A text's vector is the
same in every library, so each video is encoded alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from courses.media.media_store import LocalCopies, open_copies
from courses.models import CaptionTrack, Video
from courses.models.video_semantics import VideoSemantics
from emotion.semantics import semantic_axes, sentence_encoder, slide_reader
from emotion.semantics.caption_segments import Cue, Material
from emotion.semantics.describers import CaptionDescriber, Describer, SummaryDescriber
from emotion.semantics.ffmpeg import BrokenVideo
from emotion.semantics.slide_describer import SlideDescriber
from emotion.semantics.vlm_describer import PictureDescriber
from pipeline import film_segments
from pipeline.video_semantics_store import pack
from work_queue.due_rows import describe_error, lock_free, process_each

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]
Stage = Sequence[Describer]
# These read no film, which may have to be copied from a bucket.
FROM_CAPTIONS: Final = (CaptionDescriber.kind, SummaryDescriber.kind)


def list_stages(folder: Path | None) -> list[Stage]:
    """Return what describes every video first, and then the vision model, if `folder` holds one."""
    texts: list[Describer] = [CaptionDescriber(), SummaryDescriber()]
    if slide_reader.PACKAGE.is_usable():
        texts.append(SlideDescriber())
    return [texts, [PictureDescriber(folder)]] if folder else [texts]


def update_semantics(*, clock: Clock) -> int:
    """Describe due segments and encode changed texts. Returns the number of segments."""
    lasting = Video.objects.filter(unit__course__preview_of=None).order_by("pk")
    videos = lasting.select_related("unit__course").prefetch_related("captions")
    stages = list_stages(settings.DESCRIBER_DIR)
    return sum(_update_each(videos, stage, clock) for stage in stages)


def _update_each(videos: Iterable[Video], stage: Stage, clock: Clock) -> int:
    return process_each(
        videos,
        lambda video: _update_video(video, stage, clock),
        postpone=lambda _video, error: logger.error(
            "semantics.video_failed", extra=describe_error(error)
        ),
    )


def _update_video(video: Video, stage: Stage, clock: Clock) -> int:
    material = material_of(video)
    with open_copies() as copies:
        described = sum(
            _describe_video(video, describer, material, copies, clock) for describer in stage
        )
        described += film_segments.update_row(video, material, copies, clock())
    _encode(video, clock)
    return described


def _describe_video(
    video: Video, describer: Describer, material: Material, copies: LocalCopies, clock: Clock
) -> int:
    _prepare_row(video, describer, material, clock())
    segments = 0
    if describer.kind not in FROM_CAPTIONS and _due(video, describer).exists():
        # Before a row is locked, because a film may be fetched for minutes.
        material = film_segments.with_film(video, material, copies)
    while _describe_next(video, describer, material, clock):
        segments += 1
    return segments


def material_of(video: Video) -> Material:
    """Return the captions in the encoder's language, else in the first one; without the film."""
    track = _choose_track(video)
    cues = [Cue(cue["start"], cue["end"], cue["text"]) for cue in track.cues] if track else []
    return Material(None, video.duration_s, cues)


def _choose_track(video: Video) -> CaptionTrack | None:
    tracks = sorted(video.captions.all(), key=lambda track: not _is_known(track.lang))
    return tracks[0] if tracks else None


def _is_known(language: str) -> bool:
    """Return whether the sentence encoder was trained on the language of a code such as "en-gb"."""
    return language.lower().partition("-")[0] == sentence_encoder.LANGUAGE


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


def _due(video: Video, describer: Describer) -> QuerySet[VideoSemantics]:
    return VideoSemantics.objects.filter(
        video=video, kind=describer.kind, why="", texts__len__lt=F("segments")
    )


@transaction.atomic
def _describe_next(video: Video, describer: Describer, material: Material, clock: Clock) -> bool:
    """Describe one more segment. Returns False if none is left, it failed or is being processed."""
    row = next(iter(lock_free(_due(video, describer), 1)), None)
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


def _encode(video: Video, clock: Clock) -> None:
    """Store the vectors of each kind whose texts are complete, if an encoder is installed."""
    if not sentence_encoder.PACKAGE.is_usable():
        return
    source = semantic_axes.load_axes().source
    due = VideoSemantics.objects.filter(video=video, texts__len=F("segments"))
    for row in due.exclude(encoder=source).order_by("pk"):
        texts = row.texts if _is_readable(video, row.kind) else [""] * row.segments
        row.vectors = pack(semantic_axes.encode_texts(texts))
        row.encoder, row.changed_at = source, clock()
        row.save(update_fields=["vectors", "encoder", "changed_at"])


def _is_readable(video: Video, kind: str) -> bool:
    """Return whether texts of the kind are in the encoder's language; a description always is."""
    track = _choose_track(video)
    return kind == "description" or _is_known(track.lang if track else video.unit.course.language)
