"""Chapters of a video."""

from __future__ import annotations

from typing import Any

from courses.models import Unit


def chapters_of(unit: Unit) -> list[dict[str, Any]]:
    """The chapters of a video; none for other units."""
    video = getattr(unit, "video", None)
    return list(video.chapters) if video is not None else []


def chapter_at(unit: Unit, second: float | None) -> int | None:
    """Return the index of the chapter at this second; past the end, the last one."""
    chapters = chapters_of(unit)
    if second is None or not chapters:
        return None
    begun = [place for place, chapter in enumerate(chapters) if chapter["start"] <= second]
    return begun[-1] if begun else 0
