"""The sound of a video while a speech program reads it: 16 kHz, one channel, 16 bits."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings

from authoring.films import conversion
from authoring.media import ffmpeg
from authoring.speech.models import SpeechDraft

BYTES_PER_S: Final = 32_000
# Silence where the sound begins after the picture or has a gap, so that the times are the video's.
WITH_SILENCE: Final = ("-af", "aresample=async=1:first_pts=0")
FORM: Final = ("-ac", "1", "-ar", "16000", "-c:a", "pcm_s16le", "-map_metadata", "-1", "-f", "wav")
# A file may be a little longer than the video says, and has a header.
BEYOND_S: Final = 5


def folder() -> Path:
    """Return the folder of all sounds; no files are served from it."""
    return Path(settings.MEDIA_ROOT) / "speech"


@contextmanager
def make_folder(id: UUID) -> Iterator[Path]:
    """Create a folder for the sound of one draft, and delete it at the end."""
    folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{id}-", dir=folder()) as name:
        yield Path(name)


def most_bytes(seconds: float) -> int:
    return round((seconds + BEYOND_S) * BYTES_PER_S)


def extract(film: Path, seconds: float, into: Path, tell: conversion.Tell) -> None:
    """Write the sound of the video; raises BrokenFilm and whatever `tell` raises."""
    command = ffmpeg.start_of_command(film, "-threads", "2")
    command += ["-y", "-v", "error", "-progress", "pipe:1", "-map", "0:a:0"]
    command += ["-t", f"{seconds + 1:.2f}", *WITH_SILENCE, *FORM, f"file:{into.absolute()}"]
    conversion.run_ffmpeg(command, seconds, most_bytes(seconds), tell)


def clear_left() -> None:
    """Delete the sounds that a killed worker left, once their draft is no longer queued."""
    if not folder().is_dir():
        return
    # Listed before the rows are read, because a sound of a new draft may appear at any time.
    found = list(folder().iterdir())
    waiting = SpeechDraft.objects.filter(state="pending").values_list("id", flat=True)
    names = {str(id) for id in waiting}
    for path in found:
        if path.name[:36] not in names:
            shutil.rmtree(path, ignore_errors=True)
