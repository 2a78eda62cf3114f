"""The four ways to start a message, in the language of the course, and what each attaches."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as lazy

from adaptation.offers import link_targets
from courses.models import Course, Question, Unit
from courses.timestamps import format_time
from messaging.card import MessageCard
from messaging.reasons import CardSubject

# How long before a Learner pressed "I'm stuck" the part to look at begins, and its length.
BEFORE_S: Final = 20.0
PART_S: Final = 30.0
GREETING: Final = lazy("Hello {name},")
BODIES: Final = {
    "look_again": lazy(
        "please look at the part of the video below again. Then try once more. Reply here if it is "
        "still unclear."
    ),
    "refresher": lazy(
        "here are easier questions on the same skill. Work through a few of them, then go back. "
        "Reply here if something is unclear."
    ),
    "office_hours": lazy(
        "would you like to go through this together? Choose a time with the link below, or reply "
        "here."
    ),
    "own_words": "",
}


# What the text of a start refers to: a field of the form, and what to do if it is empty.
NEEDED: Final = {
    "look_again": (
        "video",
        lazy("The text refers to a video part. Attach one, or change the text."),
    ),
    "refresher": ("skill", lazy("The text refers to a refresher. Attach one, or change the text.")),
    "office_hours": ("link", lazy("The text refers to a link. Enter one, or change the text.")),
}


@dataclass(frozen=True, slots=True)
class StartChoice:
    """One way to start: its code, title and what it is."""

    code: str
    title: str
    what: str


CHOICES: Final = (
    (
        "look_again",
        lazy("Look at a part again, then try again"),
        lazy("A video part and a question"),
    ),
    ("refresher", lazy("Offer the refresher"), lazy("Easier questions on the same skill")),
    ("office_hours", lazy("Invite to office hours"), lazy("Your free times as a link")),
    ("own_words", lazy("Your own words"), lazy("An empty message")),
)


def list_starts() -> list[StartChoice]:
    return [StartChoice(code, str(title), str(what)) for code, title, what in CHOICES]


def write_start(course: Course, start: str, teacher: str) -> str:
    """Return the text to start from; "" for one's own words."""
    with _language_of(course):
        body = str(BODIES[start])
        return f"{GREETING}\n\n{body}\n\n{teacher}" if body else ""


def find_missing(course: Course, fields: Mapping[str, str]) -> str:
    """Return what to do if the text has the words of a start without their attachment; else ""."""
    words = " ".join(fields["text"].split())
    for start, (name, problem) in NEEDED.items():
        with _language_of(course):
            refers = str(BODIES[start]) in words
        if refers and not fields[name].strip():
            return str(problem)
    return ""


def attach_start(start: str, subject: CardSubject, card: MessageCard) -> dict[str, str]:
    """Return the fields of the form that this start fills in for a card."""
    if start == "refresher":
        skill = _first_skill(subject)
        return {"skill": skill} if skill else {}
    if start != "look_again":
        return {}
    found = _find_part(subject, card)
    part = {}
    if found is not None:
        unit, begin, end = found
        part = {"video": str(unit.code), "begin": format_time(begin), "end": format_time(end)}
    asked = _original_of(subject.question)
    again = asked is not None and asked.unit is not None and asked.unit.scenario == "course"
    return {**part, "question": str(asked.code)} if asked is not None and again else part


def _language_of(course: Course) -> AbstractContextManager[None]:
    """Return a context with the language of the course, where the site has it."""
    languages = [code for code, _ in settings.LANGUAGES]
    return translation.override(course.language if course.language in languages else None)


def _original_of(question: Question | None) -> Question | None:
    """Return the question that the quiz asks, for one of its variants."""
    return question and (question.sibling or question)


def _first_skill(subject: CardSubject) -> str:
    owner = subject.question or subject.unit
    skill = owner.skills.order_by("pk").first() if owner is not None else None
    return skill.slug if skill else ""


def _find_part(subject: CardSubject, card: MessageCard) -> tuple[Unit, float, float] | None:
    """Return the part of a video where a Learner got stuck, or that explains the question."""
    unit = subject.unit
    if unit is not None and unit.kind == "video" and card.second is not None:
        return _clip(unit, card.second - BEFORE_S)
    asked = _original_of(subject.question)
    if asked is None:
        return None
    found = _explained_part(asked) or link_targets.find_explanation(asked)
    return _clip(*found) if found and found[0].kind == "video" else None


def _explained_part(question: Question) -> tuple[Unit, float] | None:
    """Return the part that a question in a video jumps back to."""
    if question.unit is None or question.unit.kind != "video" or question.jump_from_s is None:
        return None
    return question.unit, question.jump_from_s


def _clip(unit: Unit, begin: float) -> tuple[Unit, float, float] | None:
    video = getattr(unit, "video", None)
    if video is None:
        return None
    begin = max(0.0, min(begin, video.duration_s - 1))
    return unit, begin, min(begin + PART_S, video.duration_s)
