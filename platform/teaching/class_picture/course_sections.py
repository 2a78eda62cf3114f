"""Which part of a course a Sitting was in at a moment: a chapter of its video, or a skill."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.name_order import by_name
from courses.models import Course, Question, Skill, Unit
from teaching.videos.chapters import chapter_at, chapters_of
from telemetry.models import Event, Sitting
from telemetry.video_position import second_of


@dataclass(frozen=True, slots=True)
class Part:
    """The unit and chapter of a video, or a skill."""

    unit: int | None
    chapter: int | None
    skill: int | None


@dataclass(frozen=True, slots=True)
class Trail:
    """What says where some Sittings were: their events in order, and the skill of a question."""

    events: Mapping[UUID, list[Event]]
    skills: Mapping[UUID, int]

    def part(self, sitting: Sitting, t: float) -> Part | None:
        """None where it cannot be told: before the first play, between questions, in a reading."""
        events = self.events.get(sitting.pk, [])
        if sitting.unit.kind == "video":
            chapter = chapter_at(sitting.unit, second_of(events, t))
            return None if chapter is None else Part(sitting.unit_id, chapter, None)
        skill = self._skill(events, t)
        return None if skill is None else Part(None, None, skill)

    def _skill(self, events: Collection[Event], t: float) -> int | None:
        """Of the question that is touched next, else of the last one."""
        touched = [
            (event.t, self.skills[event.ref])
            for event in events
            if event.ref is not None and event.ref in self.skills
        ]
        after = [skill for at, skill in touched if at >= t]
        return after[0] if after else (touched[-1][1] if touched else None)


def trail_of(sittings: Collection[UUID]) -> Trail:
    events: dict[UUID, list[Event]] = defaultdict(list)
    for event in Event.objects.filter(sitting__in=sittings).order_by("sitting", "t"):
        events[event.sitting_id].append(event)
    refs = {event.ref for rows in events.values() for event in rows if event.ref}
    asked = Question.objects.filter(code__in=refs, skills__isnull=False).order_by("-skills__id")
    return Trail(events, dict(asked.values_list("code", "skills__id")))


def titles(course: Course) -> dict[Part, tuple[str, str]]:
    """Each part of a course, in its order, with its title and the unit it stands in."""
    units = Unit.objects.filter(course=course, position__isnull=False).select_related("video")
    chapters = {
        Part(unit.pk, place, None): (chapter["title"], unit.title)
        for unit in units.order_by("position")
        for place, chapter in enumerate(chapters_of(unit))
    }
    skills = {
        Part(None, None, skill.pk): (skill.name, _("Questions"))
        for skill in by_name(Skill.objects.filter(course=course), lambda skill: skill.name)
    }
    return {**chapters, **skills}
