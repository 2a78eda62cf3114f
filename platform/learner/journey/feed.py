"""What happened on one day, newest first: what was done, what was said, what was guessed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from consent.permits import gate
from courses.models import Response
from courses.percent_text import format_percent_range
from estimates import disputes
from estimates.inference import affect
from estimates.models import AffectEstimate, Dispute
from estimates.registry import predictors
from estimates.self_reports import Said
from learner.journey import explanation_views, offers, other_models
from learner.journey.explanation_views import Why
from learner.journey.other_models import Beside, Moment, Other
from learner.journey.self_reports import beside as said_beside
from learner.journey.self_reports import word_of
from telemetry.models import Sitting
from vault.errors import KeyDestroyed

SHORTEST_RUN = 1
MOST_ESTIMATES = 4320


@dataclass(frozen=True, slots=True)
class Item:
    """One line; `source` is course, self or sensed. `ids` = estimates that can be
    corrected, `undo` = an offer whose answer can be taken back."""

    at: datetime
    source: str
    text: str
    strong: str = ""
    sub: str = ""
    ids: str = ""
    was: str = ""
    said: str = ""
    others: tuple[Other, ...] = ()
    why: Why | None = None
    undo: str = ""


@dataclass(frozen=True, slots=True)
class Guessed:
    """One opened Estimate: what it is most like, from low to high; "" = not sure."""

    id: str
    at: datetime
    label: str
    low: float
    high: float
    said: str
    moment: Moment


def of_day(
    user: User,
    since: datetime,
    said: Sequence[Said],
    guesses: Sequence[Guessed],
    beside: Beside,
    asked: Mapping[str, Why],
    *,
    now: datetime,
) -> tuple[Item, ...]:
    until = since + timedelta(days=1)
    items = [
        *_started(user, since, until),
        *_answers(user, since, until),
        *(
            Item(told.at, told.source, told.text, told.strong, told.sub, undo=told.undo)
            for told in offers.of_day(user, since, until, now=now)
        ),
        *(
            Item(one.at, "self", _("You said"), word_of(one.label), said_beside(one))
            for one in said
            if since <= one.at < until
        ),
        *_runs(guesses, beside, asked),
    ]
    return tuple(sorted(items, key=lambda item: item.at, reverse=True))


def guesses_of(user: User, since: datetime, until: datetime, now: datetime) -> list[Guessed]:
    """The estimates of a day that may still be read, oldest first."""
    rows = list(
        AffectEstimate.objects.filter(
            learner=user,
            made_at__gte=since,
            made_at__lt=until,
            predictor__kind=predictors.SHOWN,
        )
        .exclude(status="late")
        .select_related("dispute")
        .order_by("-made_at")[:MOST_ESTIMATES]
    )
    return list(opened(user, reversed(rows), now))


def opened(user: User, rows: Iterable[AffectEstimate], now: datetime) -> Iterator[Guessed]:
    """What still can be opened; what was withdrawn is left out."""
    rows = list(rows)
    scopes = {scope for row in rows for scope in row.scopes}
    permits = gate.permits(user.code, [*scopes, "course"], now=now).granted
    for row in rows:
        try:
            guess = affect.read(row, permits)
            word = getattr(row, "dispute", None)
            yield _guessed(row, guess, _said_instead(word, permits["course"]))
        except (KeyError, KeyDestroyed):
            continue


def _guessed(row: AffectEstimate, guess: affect.Guess, said: str) -> Guessed:
    label, low, high = guess.likeliest
    moment = (row.sitting_id, row.cut)
    return Guessed(str(row.id), row.made_at, label.lower(), low, high, said, moment)


def _said_instead(word: Dispute | None, permit: gate.Permit) -> str:
    return disputes.said_of(word, permit).lower() if word is not None else ""


def _started(user: User, since: datetime, until: datetime) -> Iterator[Item]:
    rows = Sitting.objects.filter(learner=user, began_at__gte=since, began_at__lt=until)
    for row in rows.select_related("unit"):
        yield Item(row.began_at, "course", _("Opened"), row.unit.title)


def _answers(user: User, since: datetime, until: datetime) -> Iterator[Item]:
    """One line a unit: how many questions, how many of them right at last."""
    rows = Response.objects.filter(
        learner=user, answered_at__gte=since, answered_at__lt=until, question__unit__isnull=False
    ).select_related("question__unit")
    ordered = sorted(rows, key=lambda row: (row.question.unit_id or 0, row.answered_at))
    for _unit, group in groupby(ordered, key=lambda row: row.question.unit_id):
        answers = list(group)
        asked = {row.question_id for row in answers}
        right = {row.question_id for row in answers if row.correct}
        unit = answers[0].question.unit
        text = ngettext(
            "{right} of {asked} questions correct, in {n} answer.",
            "{right} of {asked} questions correct, in {n} answers.",
            len(answers),
        ).format(right=len(right), asked=len(asked), n=len(answers))
        yield Item(answers[-1].answered_at, "course", text, unit.title if unit else "")


def _runs(guesses: Sequence[Guessed], beside: Beside, asked: Mapping[str, Why]) -> Iterator[Item]:
    """Guesses that stayed the same for a while; a single one is too little to show."""
    for (label, said), group in groupby(guesses, key=lambda guess: (guess.label, guess.said)):
        run = list(group)
        if not label or (len(run) < SHORTEST_RUN and not said):
            continue
        low = 100 * sum(guess.low for guess in run) / len(run)
        high = 100 * sum(guess.high for guess in run) / len(run)
        ids = ",".join(guess.id for guess in run)
        moments = [guess.moment for guess in run]
        others = other_models.of_run(beside, moments, None if said else asked)
        item = _run(run[0].at, label, said, format_percent_range(low, high), ids)
        yield replace(item, others=others, why=None if said else _why(run, asked))


def _why(run: Sequence[Guessed], asked: Mapping[str, Why]) -> Why:
    surest_first = sorted(run, key=lambda guess: guess.low, reverse=True)
    return explanation_views.of_run(asked, [guess.id for guess in surest_first])


def _run(at: datetime, label: str, said: str, span: str, ids: str) -> Item:
    feeling = other_models.feeling_of(label.upper())
    if said:
        word = _("None of these") if said == "none" else word_of(said)
        was = _("Like {feeling}, {span}").format(feeling=feeling, span=span)
        return Item(at, "sensed", _("Corrected by you."), ids=ids, was=was, said=word)
    told = _("A pattern that often goes with {feeling}, {span} likely.")
    text = told.format(feeling=feeling, span=span)
    return Item(at, "sensed", text, sub=_("This can be wrong."), ids=ids)
