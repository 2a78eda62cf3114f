"""What other models guessed of the same moments: beside the guess that is shown, and never used
for it.

Each is told with what it learned from; one entry a model for a whole run of guesses.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import fmean
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from accounts.models import User
from consent.permits import gate
from estimates.inference import affect
from estimates.inference.affect import Guess
from estimates.models import AffectEstimate, Predictor
from estimates.registry import predictors
from learner.journey import explanation_views
from learner.journey.explanation_views import Why
from vault.errors import KeyDestroyed

Moment = tuple[UUID, int]
Beside = Mapping[Moment, Sequence[tuple[AffectEstimate, Guess]]]

MOST = 4320
LEVELS = ("VALENCE", "AROUSAL")
# What "often goes with" a pattern, inside a sentence.
FEELINGS = {
    "VALENCE": noop("a pleasant feeling"),
    "AROUSAL": noop("being tense or excited"),
    "INTEREST": noop("interest"),
    "BOREDOM": noop("boredom"),
    "HAPPINESS": noop("happiness"),
    "CONFUSION": noop("confusion"),
    "FRUSTRATION": noop("frustration"),
    "DISTRACTION": noop("distraction"),
}


@dataclass(frozen=True, slots=True)
class Other:
    """One model over a run: its name, what it said, whether it never saw a person, which it is;
    and why, where it was sure."""

    title: str
    said: tuple[str, ...]
    simulated: bool
    digest: str
    why: Why | None


def of_day(user: User, since: datetime, until: datetime, now: datetime) -> Beside:
    """The readable Estimates of the other models, by Sitting and cut."""
    rows = AffectEstimate.objects.filter(
        learner=user,
        made_at__gte=since,
        made_at__lt=until,
        predictor__kind__in=predictors.SECONDARY_KINDS,
    )
    rows = rows.exclude(status="late").select_related("predictor").order_by("-made_at")
    found = defaultdict(list)
    for row, guess in _opened(user, list(rows[:MOST]), now):
        found[row.sitting_id, row.cut].append((row, guess))
    return found


def feeling_of(label: str) -> str:
    """A label inside a sentence; an empty one stays so."""
    return _(FEELINGS.get(label, label.lower()))


def of_run(
    beside: Beside, moments: Iterable[Moment], asked: Mapping[str, Why] | None
) -> tuple[Other, ...]:
    """One entry a model that guessed at any of these moments; `asked` None = not to be asked."""
    guesses: dict[Predictor, dict[str, Guess]] = defaultdict(dict)
    for moment in moments:
        for row, guess in beside.get(moment, ()):
            guesses[row.predictor][str(row.id)] = guess
    ordered = sorted(guesses, key=lambda row: (row.kind, row.digest))
    return tuple(_other(predictor, guesses[predictor], asked) for predictor in ordered)


def _opened(
    user: User, rows: Sequence[AffectEstimate], now: datetime
) -> Iterator[tuple[AffectEstimate, Guess]]:
    permits = gate.permits(user.code, {s for row in rows for s in row.scopes}, now=now).granted
    for row in rows:
        try:
            yield row, affect.read(row, permits)
        except (KeyError, KeyDestroyed):
            continue


def _other(
    predictor: Predictor, guesses: Mapping[str, Guess], asked: Mapping[str, Why] | None
) -> Other:
    sure = {id: guess for id, guess in guesses.items() if guess.likeliest[0]}
    levels, told = predictor.kind in predictors.LEVEL_KINDS, list(sure.values())
    said = (_levels(told) if levels else _commonest(told)) if sure else (_("not sure"),)
    why = _why(sure, asked) if sure and asked is not None else None
    return Other(predictor.title, said, predictor.origin == "simulated", str(predictor), why)


def _why(sure: Mapping[str, Guess], asked: Mapping[str, Why]) -> Why:
    """Several labels may stand in a run: the answer names its own."""
    found = explanation_views.of_run(asked, sorted(sure, key=lambda id: -sure[id].likeliest[1]))
    return replace(found, about=feeling_of(found.about))


def _commonest(sure: Sequence[Guess]) -> tuple[str, ...]:
    label = Counter(guess.likeliest[0] for guess in sure).most_common(1)[0][0]
    return (_line(label, sure),)


def _levels(sure: Sequence[Guess]) -> tuple[str, ...]:
    given = {label for guess in sure for label in guess.labels}
    return tuple(_line(label, sure) for label in LEVELS if label in given)


def _line(label: str, sure: Sequence[Guess]) -> str:
    spans = [guess.labels[label] for guess in sure if label in guess.labels]
    low, high = (round(100 * fmean(span[part] for span in spans)) for part in (1, 2))
    told = _("a pattern that often goes with {feeling}, {low}–{high}% likely")
    return told.format(feeling=feeling_of(label), low=low, high=high)
