"""The situation help is offered in, and one option of help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.db.models import Max

from adaptation.facts.course_records import CourseRecords
from consent.permits.gate import Permit
from courses.models import Question
from interventions.facts import Facts
from telemetry.models import Event


@dataclass(frozen=True)
class HelpContext:
    """A Learner's situation: the course rows, the open question if any, and the facts."""

    course: CourseRecords
    facts: Facts
    permit: Permit
    question: Question | None
    now: datetime

    @property
    def t(self) -> float:
        return (self.now - self.course.sitting.began_at).total_seconds()

    @cached_property
    def hints_left(self) -> list[str]:
        """Return the kinds of the open question's hints that were never opened, in order."""
        if self.question is None:
            return []
        learner, ref = self.course.sitting.learner, self.question.code
        opened = Event.objects.filter(sitting__learner=learner, name="hint", ref=ref)
        count = int(opened.aggregate(most=Max("value"))["most"] or 0)
        hints = self.question.hints.order_by("position")
        return list(hints.values_list("kind", flat=True))[count:]


@dataclass(frozen=True, slots=True)
class HelpOption:
    """One option of help, in the source language, with placeholders that `names` fills.

    `accept` is the label of the button, `text` comes below the lead, `url` or `jump` is where it
    leads (`reasons.read_translated_reason` translates). `about` is the question that must still be
    on the page, "" if any page will do. `rests` pauses a playing video. A `cue` only says that help
    exists, until the Learner asks for it. `adjust` is the direction of the next questions, easier
    or harder. `pace` is by how many steps the video plays faster, below 0 slower.
    """

    accept: str
    text: str = ""
    url: str = ""
    jump: tuple[float, float] | None = None
    about: str = ""
    rests: bool = False
    cue: bool = False
    adjust: str = ""
    pace: int = 0
    names: Mapping[str, str] = field(default_factory=dict)
