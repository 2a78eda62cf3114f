"""Write the units of a draft, with the content of videos, addresses and readings."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from authoring.course_draft import UnitDraft, VideoDraft
from courses.models import (
    CaptionTrack,
    Course,
    ExternalVideo,
    Reading,
    Skill,
    Unit,
    UnitSkill,
    Video,
)

SETTINGS = ("threshold", "scenario", "opens_at", "due_at", "attempts", "time_limit_s")
_COLUMNS = ("position", "section", "kind", "title", "minutes", "random_questions")


def store_units(
    course: Course, drafts: Sequence[UnitDraft], skills: Mapping[str, Skill]
) -> dict[str, Unit]:
    """Retire all units, then write those of the package in order."""
    course.units.update(position=None, opens_after=None)
    rows = [_unit(course, place, draft) for place, draft in enumerate(drafts, 1)]
    Unit.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["course", "ref"],
        update_fields=[*_COLUMNS, *SETTINGS],
    )
    units = {row.ref: row for row in rows}
    _store_conditions(units, drafts)
    UnitSkill.objects.filter(unit__in=[row.pk for row in rows]).delete()
    UnitSkill.objects.bulk_create(
        UnitSkill(unit=units[draft.ref], skill=skills[skill])
        for draft in drafts
        for skill in draft.skills
    )
    for draft in drafts:
        _store_content(units[draft.ref], draft)
    return units


def _store_conditions(units: Mapping[str, Unit], drafts: Sequence[UnitDraft]) -> None:
    """Write which unit each opens after; both have to be stored before."""
    waiting = [draft for draft in drafts if draft.opens_after]
    for draft in waiting:
        units[draft.ref].opens_after = units[draft.opens_after]
    Unit.objects.bulk_update([units[draft.ref] for draft in waiting], ["opens_after"])


def _unit(course: Course, place: int, draft: UnitDraft) -> Unit:
    return Unit(
        code=uuid.uuid5(course.code, f"unit/{draft.ref}"),
        course=course,
        ref=draft.ref,
        section=draft.section,
        position=place,
        kind=draft.kind,
        title=draft.title,
        minutes=draft.minutes,
        **draft.columns,
    )


def _store_content(unit: Unit, draft: UnitDraft) -> None:
    if draft.kind == "reading":
        words = {"source": draft.reading, "html": draft.reading_html}
        Reading.objects.update_or_create(unit=unit, defaults=words)
    if draft.kind == "external":
        ExternalVideo.objects.update_or_create(unit=unit, defaults={"address": draft.address})
    if draft.video is not None:
        _store_video(unit, draft.video)


def _store_video(unit: Unit, draft: VideoDraft) -> None:
    video, _ = Video.objects.update_or_create(unit=unit, defaults=draft.columns)
    video.captions.all().delete()
    CaptionTrack.objects.bulk_create(
        CaptionTrack(
            video=video,
            position=place,
            lang=track.lang,
            label=track.label,
            file=track.file,
            default=track.default,
            cues=track.cues,
        )
        for place, track in enumerate(draft.captions, 1)
    )
