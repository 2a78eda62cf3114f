"""Estimates of secondary models for the same moments. They are shown next to the main estimate and
never used.

Each comes with the data it was trained on; a run has one entry per model.
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
from learner.journey.explanation_views import GuessExplanation, RunMember
from vault.errors import KeyDestroyed

Moment = tuple[UUID, int]
# An estimate's id and Window.
EstimateKey = tuple[str, int]
GuessesByMoment = Mapping[Moment, Sequence[tuple[AffectEstimate, Guess]]]

MAX_ESTIMATES = 4320
LEVELS = ("VALENCE", "AROUSAL")
# The words after "a pattern that often goes with".
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
class OtherModel:
    """One model over a run: title, statements, training origin, digest and explanation."""

    title: str
    said: tuple[str, ...]
    simulated: bool
    digest: str
    why: GuessExplanation | None


def load_other_guesses(
    user: User, since: datetime, until: datetime, now: datetime
) -> GuessesByMoment:
    """Return the readable Estimates of secondary models, by Sitting and cut."""
    rows = AffectEstimate.objects.filter(
        learner=user,
        made_at__gte=since,
        made_at__lt=until,
        predictor__kind__in=predictors.SECONDARY_KINDS,
    )
    rows = rows.exclude(status="late").select_related("predictor").order_by("-made_at")
    found = defaultdict(list)
    for row, guess in _read_guesses(user, list(rows[:MAX_ESTIMATES]), now):
        found[row.sitting_id, row.cut].append((row, guess))
    return found


def feeling_of(label: str) -> str:
    """Return a label as it reads inside a sentence; an empty label stays empty."""
    return _(FEELINGS.get(label, label.lower()))


def summarise_run(
    guesses_at: GuessesByMoment,
    moments: Iterable[Moment],
    asked: Mapping[str, GuessExplanation] | None,
) -> tuple[OtherModel, ...]:
    """Return one entry per model with an estimate at any of these moments.

    If `asked` is None, no explanation can be requested.
    """
    guesses: dict[Predictor, dict[EstimateKey, Guess]] = defaultdict(dict)
    for moment in moments:
        for row, guess in guesses_at.get(moment, ()):
            guesses[row.predictor][str(row.id), row.cut] = guess
    ordered = sorted(guesses, key=lambda row: (row.kind, row.digest))
    return tuple(_make_summary(predictor, guesses[predictor], asked) for predictor in ordered)


def _read_guesses(
    user: User, rows: Sequence[AffectEstimate], now: datetime
) -> Iterator[tuple[AffectEstimate, Guess]]:
    permits = gate.permits(user.code, {s for row in rows for s in row.scopes}, now=now).granted
    for row in rows:
        try:
            yield row, affect.read(row, permits)
        except (KeyError, KeyDestroyed):
            continue


def _make_summary(
    predictor: Predictor,
    guesses: Mapping[EstimateKey, Guess],
    asked: Mapping[str, GuessExplanation] | None,
) -> OtherModel:
    sure = {each: guess for each, guess in guesses.items() if guess.likeliest[0]}
    levels, guesses_sure = predictor.kind in predictors.LEVEL_KINDS, list(sure.values())
    statements = (
        (_describe_levels(guesses_sure) if levels else _describe_commonest(guesses_sure))
        if sure
        else (_("not sure"),)
    )
    why = _choose_explanation(sure, asked) if sure and asked is not None else None
    return OtherModel(
        predictor.title, statements, predictor.origin == "simulated", str(predictor), why
    )


def _choose_explanation(
    sure: Mapping[EstimateKey, Guess], asked: Mapping[str, GuessExplanation]
) -> GuessExplanation:
    """Return the explanation with its own label, because a run can contain several labels."""
    run = (RunMember(id, cut, guess.likeliest[1]) for (id, cut), guess in sure.items())
    found = explanation_views.choose_for_run(asked, run)
    return replace(found, about=feeling_of(found.about))


def _describe_commonest(sure: Sequence[Guess]) -> tuple[str, ...]:
    label = Counter(guess.likeliest[0] for guess in sure).most_common(1)[0][0]
    return (_describe_label(label, sure),)


def _describe_levels(sure: Sequence[Guess]) -> tuple[str, ...]:
    given = {label for guess in sure for label in guess.labels}
    return tuple(_describe_label(label, sure) for label in LEVELS if label in given)


def _describe_label(label: str, sure: Sequence[Guess]) -> str:
    spans = [guess.labels[label] for guess in sure if label in guess.labels]
    low, high = (round(100 * fmean(span[part] for span in spans)) for part in (1, 2))
    sentence = _("a pattern that often goes with {feeling}, {low}–{high}% likely")
    return sentence.format(feeling=feeling_of(label), low=low, high=high)
