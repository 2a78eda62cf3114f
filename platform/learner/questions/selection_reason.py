"""The reason why a question was chosen, shown next to it.

It includes a change of difficulty and the way back to the usual level.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from accounts.access import uuid_or_none
from accounts.models import User
from adaptation.models import Intervention
from adaptation.next_question import choice_log, spaced_review, target_success_rate
from adaptation.next_question.choice_log import AskedChoice
from adaptation.offers import estimate_reasons
from adaptation.offers.reasons import read_translated_reason
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
class LevelMove:
    """A change of difficulty behind this question; `kept` True if the Learner undid it.

    `because`: what an estimate behind it rests on, if there is one and it may still be read.
    """

    adjust: UUID
    text: str
    kept: bool
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SelectionReason:
    """The reason; `review_url` if the Learner requested a review, `level` if one was changed."""

    text: str
    review_url: str
    level: LevelMove | None


def explain_selection(
    request: HttpRequest, user: User, question: Question, permit: Permit, *, now: datetime
) -> SelectionReason:
    """Return the reason to show; `kept` in the URL names a change just undone."""
    asked = choice_log.find_last_asked(user, question, permit)
    level = _find_undone_move(user, request.GET.get("kept", ""))
    if asked is None:
        return SelectionReason(
            _(IN_ORDER if restrictions.has_objected(user) else BY_OWN_CHOICE), "", level
        )
    if asked.row.purpose == "review":
        url = f"/courses/{question.course.slug}/review/"
        return SelectionReason(_review_text(user, question, asked.row.chosen_at), url, level)
    return SelectionReason(
        _target_text(user, asked, question), "", level or _find_level_move(asked, question, now=now)
    )


def frequency_words(share: float) -> str:
    """Return a probability as a natural frequency, for example "about 3 in 4 times"."""
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


def skill_names(question: Question) -> str:
    return ", ".join(skill.name for skill in question.skills.all())


def _target_text(user: User, asked: AskedChoice, question: Question) -> str:
    aimed = _("It was chosen so that you would probably get it right {times}.")
    aimed = aimed.format(times=frequency_words(asked.weighed.target))
    text = f"{aimed} {_chance_text(user, asked, question)}"
    if asked.row.adjust is not None:
        return text
    if target_success_rate.is_set(question.course):
        text = f"{text} {_('Your teacher set the difficulty for the whole class.')}"
    return f"{text} {_(ANSWERS_ALONE)}"


def _chance_text(user: User, asked: AskedChoice, question: Question) -> str:
    """Describe the predicted chance at that time.

    Without an answer on the question's skills, say that there is no estimate.
    """
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
    text = _("From your answers so far, you would probably get this one right {times}.")
    return text.format(times=frequency_words(asked.weighed.predicted))


def _review_text(user: User, question: Question, at: datetime) -> str:
    then = spaced_review.find_last_right(user, list(question.skills.all()), before=at)
    if then is None:
        return _("This is a review question.")
    text = _("This is a review question: you last got {skills} right {when}.")
    return text.format(skills=skill_names(question), when=days_ago(then, at))


def _find_level_move(asked: AskedChoice, question: Question, *, now: datetime) -> LevelMove | None:
    row = asked.row.adjust
    if row is None or row.outcome == "withdrawn":
        return None
    reason = read_translated_reason(row, now=now)
    if reason is None:
        sentence = _("Up to three questions on {skills} have a different difficulty.")
        return LevelMove(row.code, sentence.format(skills=skill_names(question)), kept=False)
    sentence = _(BY_DIRECTION[reason["gift"]["adjust"]])
    text = sentence.format(lead=reason["why"]["lead"], skills=skill_names(question))
    because = estimate_reasons.read_sentences(
        row, reason["states"], digest=reason["why"]["digest"], now=now
    )
    return LevelMove(row.code, text, kept=False, because=tuple(because))


def _find_undone_move(user: User, code: str) -> LevelMove | None:
    wanted = uuid_or_none(code)
    if wanted is None:
        return None
    rows = Intervention.objects.filter(learner=user, code=wanted, kind="adjust")
    if not rows.filter(outcome="withdrawn").exists():
        return None
    return LevelMove(
        wanted,
        _("You keep your usual level. Questions are chosen as before the change."),
        kept=True,
    )
