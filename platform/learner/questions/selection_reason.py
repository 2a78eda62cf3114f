"""Why this question: said beside it, with what moved it and the way back to one's own level."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from accounts.models import User
from adaptation.models import Intervention
from adaptation.next_question import choice_log, spaced_review, target_success_rate
from adaptation.next_question.choice_log import Asked
from adaptation.offers.reasons import told_reason
from consent.permits import restrictions
from consent.permits.gate import Permit
from courses.models import Question, Response

BY_OWN_CHOICE = gettext_noop("You opened this question yourself.")
ANSWERS_ALONE = gettext_noop("Only your answers decide which question comes next.")
BY_DIRECTION = {
    "easier": gettext_noop("{lead} So up to three questions on {skills} are a little easier."),
    "harder": gettext_noop("{lead} So up to three questions on {skills} are a little harder."),
}
SIZES = (2, 3, 4, 5, 10, 20)
IN_ORDER = gettext_noop("You turned off profiling, so questions come in course order.")


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
    asked = choice_log.last_asked(user, question, permit)
    level = _kept(user, request.GET.get("kept", ""))
    if asked is None:
        return Why(_(IN_ORDER if restrictions.has_objected(user) else BY_OWN_CHOICE), "", level)
    if asked.row.purpose == "review":
        url = f"/courses/{question.course.slug}/review/"
        return Why(_review(user, question, asked.row.chosen_at), url, level)
    return Why(_band(user, asked, question), "", level or _moved(asked, question, now=now))


def times(share: float) -> str:
    """How often, as people say it: "3 times in 4"."""
    rounded = [Fraction(round(share * size), size) for size in SIZES]
    found = min(rounded, key=lambda one: (round(abs(one - share), 4), one.denominator))
    if found in (0, 1):
        return _("nearly every time") if found else _("only rarely")
    often = ngettext(
        "about {times} in {all} times", "about {times} in {all} times", found.numerator
    )
    return often.format(times=found.numerator, all=found.denominator)


def days_ago(then: datetime, now: datetime) -> str:
    days = (timezone.localdate(now) - timezone.localdate(then)).days
    if days in (0, 1):
        return _("yesterday") if days else _("today")
    return ngettext("{days} day ago", "{days} days ago", days).format(days=days)


def names(question: Question) -> str:
    return ", ".join(skill.name for skill in question.skills.all())


def _band(user: User, asked: Asked, question: Question) -> str:
    aimed = _("It was chosen so that you would probably get it right {times}.")
    aimed = aimed.format(times=times(asked.weighed.target))
    said = f"{aimed} {_this_one(user, asked, question)}"
    if asked.row.adjust is not None:
        return said
    if target_success_rate.is_set(question.course):
        said = f"{said} {_('Your teacher set the difficulty for the whole class.')}"
    return f"{said} {_(ANSWERS_ALONE)}"


def _this_one(user: User, asked: Asked, question: Question) -> str:
    """The chance as it stood then, and nothing where no answer on its skills was behind it."""
    answers = Response.objects.filter(
        learner=user,
        question__skills__in=question.skills.all(),
        answered_at__lte=asked.row.chosen_at,
    )
    if not answers.exists():
        return _(
            "There is no estimate for this question yet, because you have not answered any on "
            "its skill."
        )
    said = _("From your answers so far, you would probably get this one right {times}.")
    return said.format(times=times(asked.weighed.predicted))


def _review(user: User, question: Question, at: datetime) -> str:
    then = spaced_review.last_right(user, list(question.skills.all()), before=at)
    if then is None:
        return _("This is a review question.")
    said = _("This is a review question: you last got {skills} right {when}.")
    return said.format(skills=names(question), when=days_ago(then, at))


def _moved(asked: Asked, question: Question, *, now: datetime) -> Level | None:
    row = asked.row.adjust
    if row is None or row.outcome == "withdrawn":
        return None
    reason = told_reason(row, now=now)
    if reason is None:
        said = _("Up to three questions on {skills} have a different difficulty.")
        return Level(row.code, said.format(skills=names(question)), kept=False)
    said = _(BY_DIRECTION[reason["gift"]["adjust"]])
    text = said.format(lead=reason["why"]["lead"], skills=names(question))
    return Level(row.code, text, kept=False)


def _kept(user: User, code: str) -> Level | None:
    try:
        wanted = UUID(code)
    except ValueError:
        return None
    rows = Intervention.objects.filter(learner=user, code=wanted, kind="adjust")
    if not rows.filter(outcome="withdrawn").exists():
        return None
    return Level(
        wanted,
        _("You keep your usual level. Questions are chosen as before the change."),
        kept=True,
    )
