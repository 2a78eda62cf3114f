"""The files of videos that arrive or are converted: one folder per upload."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings

# A folder exists for a moment before its row.
FRESH_S: Final = 3600


def folder() -> Path:
    """Return the folder of all uploads; no files are served from it."""
    return Path(settings.MEDIA_ROOT) / "films"


def path_of(id: UUID) -> Path:
    """Return the path of an upload's video, under a fixed name."""
    return folder() / str(id) / "film"


def delete(id: UUID) -> None:
    """Delete the video and what its conversion has written."""
    shutil.rmtree(path_of(id).parent, ignore_errors=True)


def delete_others(known: Collection[UUID], *, now: datetime) -> None:
    """Delete the folders of all but these uploads."""
    if not folder().is_dir():
        return
    names = {str(id) for id in known}
    for path in folder().iterdir():
        if path.name not in names and now.timestamp() - path.stat().st_mtime > FRESH_S:
            shutil.rmtree(path)
