"""The events of one day, newest first: activity, self-reports and estimates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import F, Q
from django.db.models.functions import Mod
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
from estimates.self_reports import OpenedReport
from learner.journey import explanation_views, offers, other_models
from learner.journey.behaviour_views import CUTS_PER_MINUTE, MAX_SAMPLES, BehaviourLine
from learner.journey.explanation_views import GuessExplanation, RunMember
from learner.journey.other_models import GuessesByMoment, Moment, OtherModel
from learner.journey.self_reports import describe_details, report_word
from telemetry.models import Sitting
from telemetry.sittings import LONGEST
from vault.errors import KeyDestroyed

SHORTEST_RUN = 1
MAX_ESTIMATES = 4320


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One line; `source` is course, self or sensed.

    `ids` are estimates that can be corrected. `undo` is an offer whose answer can be undone.
    `behaviour` is what was done in a Sitting.
    """

    at: datetime
    source: str
    text: str
    strong: str = ""
    sub: str = ""
    ids: str = ""
    was: str = ""
    said: str = ""
    others: tuple[OtherModel, ...] = ()
    why: GuessExplanation | None = None
    undo: str = ""
    behaviour: BehaviourLine | None = None


@dataclass(frozen=True, slots=True)
class ReadableGuess:
    """One decrypted Estimate: its likeliest label with its range; "" if not sure."""

    id: str
    at: datetime
    label: str
    low: float
    high: float
    said: str
    moment: Moment


def build_feed(
    user: User,
    since: datetime,
    reports: Sequence[OpenedReport],
    guesses: Sequence[ReadableGuess],
    others: GuessesByMoment,
    asked: Mapping[str, GuessExplanation],
    behaved: Sequence[BehaviourLine],
    *,
    now: datetime,
) -> tuple[FeedItem, ...]:
    until = since + timedelta(days=1)
    items = [
        *_opened_units(user, since, until),
        *_answer_items(user, since, until),
        *(
            FeedItem(line.at, line.source, line.text, line.strong, line.sub, undo=line.undo)
            for line in offers.load_offer_lines(user, since, until, now=now)
        ),
        *(
            FeedItem(one.at, "self", _("You said"), report_word(one.label), describe_details(one))
            for one in reports
            if since <= one.at < until
        ),
        *_run_items(guesses, others, asked),
        *(_make_behaviour_item(line) for line in behaved),
    ]
    return tuple(sorted(items, key=lambda item: item.at, reverse=True))


def load_guesses(
    user: User, since: datetime, until: datetime, now: datetime
) -> list[ReadableGuess]:
    """Return the estimates of a period that may still be read, oldest first."""
    rows = list(
        AffectEstimate.objects.filter(
            learner=user,
            made_at__gte=since,
            made_at__lt=until,
            predictor__kind=predictors.SHOWN_KIND,
        )
        .exclude(status="late")
        .select_related("dispute")
        .order_by("-made_at")[:MAX_ESTIMATES]
    )
    return list(read_guesses(user, reversed(rows), now))


def load_samples(
    user: User, since: datetime, until: datetime, now: datetime
) -> list[ReadableGuess]:
    """Return one estimate per minute, the newest first, which is enough for weeks and months."""
    rows = (
        AffectEstimate.objects.filter(
            learner=user,
            made_at__gte=since,
            made_at__lt=until,
            predictor__kind=predictors.SHOWN_KIND,
        )
        .exclude(status__in=["late", "disputed"])
        .select_related("dispute")
        .annotate(turn=Mod(F("cut"), CUTS_PER_MINUTE))
        .filter(turn=0)
        .order_by("-made_at")[:MAX_SAMPLES]
    )
    return list(read_guesses(user, rows, now))


def read_guesses(
    user: User, rows: Iterable[AffectEstimate], now: datetime
) -> Iterator[ReadableGuess]:
    """Yield the estimates that can be decrypted; withdrawn ones are left out."""
    rows = list(rows)
    scopes = {scope for row in rows for scope in row.scopes}
    permits = gate.permits(user.code, [*scopes, "course"], now=now).granted
    for row in rows:
        try:
            guess = affect.read(row, permits)
            word = getattr(row, "dispute", None)
            yield _make_guess(row, guess, _read_correction(word, permits["course"]))
        except (KeyError, KeyDestroyed):
            continue


def _make_guess(row: AffectEstimate, guess: affect.Guess, correction: str) -> ReadableGuess:
    label, low, high = guess.likeliest
    moment = (row.sitting_id, row.cut)
    return ReadableGuess(str(row.id), row.made_at, label.lower(), low, high, correction, moment)


def _read_correction(word: Dispute | None, permit: gate.Permit) -> str:
    return disputes.read_label(word, permit).lower() if word is not None else ""


def _opened_units(user: User, since: datetime, until: datetime) -> Iterator[FeedItem]:
    """Yield the Sittings of the day; one from before midnight comes first, as still open."""
    rows = Sitting.objects.filter(
        learner=user, began_at__gte=since - LONGEST, began_at__lt=until, active_at__gte=since
    )
    for row in rows.select_related("unit"):
        text = _("Opened") if row.began_at >= since else _("Still open")
        yield FeedItem(max(row.began_at, since), "course", text, row.unit.title)


def _answer_items(user: User, since: datetime, until: datetime) -> Iterator[FeedItem]:
    """Yield one line per unit: questions answered, and how many are correct in the end."""
    rows = Response.objects.filter(
        Q(question__unit__isnull=False) | Q(question__in_bank=True, attempt__isnull=False),
        learner=user,
        answered_at__gte=since,
        answered_at__lt=until,
    ).select_related("question__unit", "attempt__unit")
    ordered = sorted(rows, key=lambda row: (_unit_key(row), row.answered_at))
    for _unit, group in groupby(ordered, key=_unit_key):
        answers = list(group)
        asked = {row.question_id for row in answers}
        right = {row.question_id for row in answers if row.correct}
        unit = answers[0].asked_in
        text = ngettext(
            "{right} of {asked} questions correct, in {n} answer.",
            "{right} of {asked} questions correct, in {n} answers.",
            len(answers),
        ).format(right=len(right), asked=len(asked), n=len(answers))
        yield FeedItem(answers[-1].answered_at, "course", text, unit.title if unit else "")


def _unit_key(answer: Response) -> int:
    return 0 if answer.asked_in is None else answer.asked_in.pk


def _run_items(
    guesses: Sequence[ReadableGuess],
    other_guesses: GuessesByMoment,
    asked: Mapping[str, GuessExplanation],
) -> Iterator[FeedItem]:
    """Yield a line for each run of equal estimates."""
    for (label, correction), group in groupby(guesses, key=lambda guess: (guess.label, guess.said)):
        run = list(group)
        if not label or (len(run) < SHORTEST_RUN and not correction):
            continue
        low = 100 * sum(guess.low for guess in run) / len(run)
        high = 100 * sum(guess.high for guess in run) / len(run)
        ids = ",".join(guess.id for guess in run)
        moments = [guess.moment for guess in run]
        others = other_models.summarise_run(other_guesses, moments, None if correction else asked)
        item = _make_run_item(run[0].at, label, correction, format_percent_range(low, high), ids)
        yield replace(
            item, others=others, why=None if correction else _choose_explanation(run, asked)
        )


def _make_behaviour_item(line: BehaviourLine) -> FeedItem:
    text = line.text or _("You said that the estimate of this session is wrong.")
    sub = "" if line.is_disputed else _("This can be wrong.")
    return FeedItem(line.at, "sensed", text, line.unit, sub, behaviour=line)


def _choose_explanation(
    run: Sequence[ReadableGuess], asked: Mapping[str, GuessExplanation]
) -> GuessExplanation:
    members = [RunMember(guess.id, guess.moment[1], guess.low) for guess in run]
    return explanation_views.choose_for_run(asked, members)


def _make_run_item(at: datetime, label: str, correction: str, span: str, ids: str) -> FeedItem:
    feeling = other_models.feeling_of(label.upper())
    if correction:
        word = _("None of these") if correction == "none" else report_word(correction)
        was = _("Like {feeling}, {span}").format(feeling=feeling, span=span)
        return FeedItem(at, "sensed", _("Corrected by you."), ids=ids, was=was, said=word)
    sentence = _("A pattern that often goes with {feeling}, {span} likely.")
    text = sentence.format(feeling=feeling, span=span)
    return FeedItem(at, "sensed", text, sub=_("This can be wrong."), ids=ids)
