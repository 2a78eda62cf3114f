"""Sections of a course (video chapters and skills), and which one a Sitting was in at a moment."""

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
class CourseSection:
    """A chapter of a video unit, or a skill."""

    unit: int | None
    chapter: int | None
    skill: int | None


@dataclass(frozen=True, slots=True)
class EventTrail:
    """The events of some Sittings in order, and the skill of each question they name."""

    events: Mapping[UUID, list[Event]]
    skills: Mapping[UUID, int]

    def section_at(self, sitting: Sitting, t: float) -> CourseSection | None:
        """Return the section at second `t` of the Sitting.

        None if it is unknown: before the first play, between questions, in a reading.
        """
        events = self.events.get(sitting.pk, [])
        if sitting.unit.kind == "video":
            chapter = chapter_at(sitting.unit, second_of(events, t))
            return None if chapter is None else CourseSection(sitting.unit_id, chapter, None)
        skill = self._skill(events, t)
        return None if skill is None else CourseSection(None, None, skill)

    def _skill(self, events: Collection[Event], t: float) -> int | None:
        """Return the skill of the next question touched after `t`, or of the last one before it."""
        touched = [
            (event.t, self.skills[event.ref])
            for event in events
            if event.ref is not None and event.ref in self.skills
        ]
        after = [skill for at, skill in touched if at >= t]
        return after[0] if after else (touched[-1][1] if touched else None)


def load_trail(sittings: Collection[UUID]) -> EventTrail:
    """Load the events of these Sittings, and the skill of each question they touch."""
    events: dict[UUID, list[Event]] = defaultdict(list)
    for event in Event.objects.filter(sitting__in=sittings).order_by("sitting", "t"):
        events[event.sitting_id].append(event)
    refs = {event.ref for rows in events.values() for event in rows if event.ref}
    questions = Question.objects.filter(code__in=refs, skills__isnull=False).order_by("-skills__id")
    return EventTrail(events, dict(questions.values_list("code", "skills__id")))


def titles_by_section(course: Course) -> dict[CourseSection, tuple[str, str]]:
    """Return the title of each section and of its unit, in the order of the course."""
    units = Unit.objects.filter(course=course, position__isnull=False).select_related("video")
    chapters = {
        CourseSection(unit.pk, place, None): (chapter["title"], unit.title)
        for unit in units.order_by("position")
        for place, chapter in enumerate(chapters_of(unit))
    }
    skills = {
        CourseSection(None, None, skill.pk): (skill.name, _("Questions"))
        for skill in by_name(Skill.objects.filter(course=course), lambda skill: skill.name)
    }
    return {**chapters, **skills}
