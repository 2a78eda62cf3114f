"""Why this question: said beside it, with what moved it and the way back to one's own level."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from django.http import HttpRequest

from accounts.models import User
from adaptation.choosing import choices, review, targets
from adaptation.choosing.choices import Asked
from adaptation.models import Intervention
from adaptation.offers.reasons import reason_of
from consent import restrictions
from consent.gate import Permit
from courses.models import Question, Response

BY_OWN_CHOICE = "You went to this question yourself."
ANSWERS_ALONE = "Only your answers decide which one comes."
SIZES = (2, 3, 4, 5, 10, 20)
IN_ORDER = "You asked for no profiling, so questions come in the order of the course."


@dataclass(frozen=True, slots=True)
class Level:
    """A move of difficulty that this question came by, or (`kept`) one that was taken back."""

    adjust: UUID
    text: str
    kept: bool


@dataclass(frozen=True, slots=True)
class Why:
    """`review_url` = where a review was asked for; `level` = what moved it, if anything."""

    text: str
    review_url: str
    level: Level | None


def why_this(
    request: HttpRequest, user: User, question: Question, permit: Permit, *, now: datetime
) -> Why:
    """What the page says; `kept` in the address names a move that was just taken back."""
    asked = choices.last_asked(user, question, permit)
    level = _kept(user, request.GET.get("kept", ""))
    if asked is None:
        return Why(IN_ORDER if restrictions.objects(user) else BY_OWN_CHOICE, "", level)
    if asked.row.purpose == "review":
        url = f"/courses/{question.course.slug}/review/"
        return Why(_review(user, question, asked.row.chosen_at), url, level)
    return Why(_band(user, asked, question), "", level or _moved(asked, question, now=now))


def times(share: float) -> str:
    """How often, as people say it: "3 times in 4"."""
    rounded = [Fraction(round(share * size), size) for size in SIZES]
    found = min(rounded, key=lambda one: (round(abs(one - share), 4), one.denominator))
    if found in (0, 1):
        return "nearly every time" if found else "rarely"
    return f"{found.numerator} time{'s' * (found.numerator > 1)} in {found.denominator}"


def days_ago(then: datetime, now: datetime) -> str:
    days = (now.date() - then.date()).days
    return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")


def names(question: Question) -> str:
    return ", ".join(skill.name for skill in question.skills.all())


def _band(user: User, asked: Asked, question: Question) -> str:
    aimed = f"It was chosen so that you would get it right about {times(asked.weighed.target)}."
    said = f"{aimed} {_this_one(user, asked, question)}"
    if asked.row.adjust is not None:
        return said
    if targets.is_set(question.course):
        said = f"{said} Your teacher set the level for the whole class."
    return f"{said} {ANSWERS_ALONE}"


def _this_one(user: User, asked: Asked, question: Question) -> str:
    """The chance as it stood then, and nothing where no answer on its skills was behind it."""
    answers = Response.objects.filter(
        learner=user,
        question__skills__in=question.skills.all(),
        answered_at__lte=asked.row.chosen_at,
    )
    if not answers.exists():
        return "For this one that is not known yet: you have no answers on its skill."
    return f"Going by your answers, this one: about {times(asked.weighed.predicted)}."


def _review(user: User, question: Question, at: datetime) -> str:
    then = review.last_right(user, list(question.skills.all()), before=at)
    if then is None:
        return "A review."
    return f"A review: you last got {names(question)} right {days_ago(then, at)}."


def _moved(asked: Asked, question: Question, *, now: datetime) -> Level | None:
    row = asked.row.adjust
    if row is None or row.outcome == "withdrawn":
        return None
    reason = reason_of(row, now=now)
    lead = f"{reason['why']['lead']} So up" if reason else "Up"
    how = f"a little {reason['gift']['adjust']}" if reason else "at another level"
    text = f"{lead} to three questions on {names(question)} are chosen {how}."
    return Level(row.code, text, kept=False)


def _kept(user: User, code: str) -> Level | None:
    try:
        wanted = UUID(code)
    except ValueError:
        return None
    rows = Intervention.objects.filter(learner=user, code=wanted, kind="adjust")
    if not rows.filter(outcome="withdrawn").exists():
        return None
    return Level(wanted, "You keep your level. Questions are chosen as before.", kept=True)
