"""Working off Windows that fell due: claimed for a moment, guessed in one forward, then each helped
in a short transaction of its own, so that one that fails leaves its neighbours unharmed.

Nothing is locked while rows are opened or a network runs. What was withdrawn in between is refused
by the Estimate's trigger, and without its Estimate a guess is no Fact. Help waits for the Predictor
that is shown alone: those beside it look at the same Windows when nobody waits for help.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from django.db import transaction

from adaptation import decide
from adaptation.facts import course_rows, gathering, unusual
from adaptation.facts.guesses import facts_of, levels_of, rules_use
from consent import gate
from consent.gate import Permit
from consent.scopes import ADAPT_SCOPES
from emotion.windows import Window as Cut
from estimates import affect, behaviour, openings, predictors
from estimates.affect import Guess, Made, Sensed
from estimates.models import Predictor
from estimates.predictors import InUse
from interventions.choice import Rng
from interventions.facts import UNKNOWN, Fact
from pipeline import delivery
from telemetry import sittings, windows
from telemetry.models import Sitting, Window

logger = logging.getLogger(__name__)
BATCH = 64
# Small, so that a Window that falls due meanwhile does not wait long.
BESIDE_BATCH = 16


def drain(*, now: Callable[[], datetime], rng: Rng) -> int:
    """Work off everything due, batch by batch, help first; say how many Windows."""
    done = 0
    while True:
        if claimed := windows.claim(now(), BATCH):
            _work_off(claimed, now(), rng)
            done += len(claimed)
        elif helped := windows.claim(now(), BESIDE_BATCH, state="helped"):
            _look_again(helped, now())
        elif brought := windows.claim(now(), BESIDE_BATCH, state="brought"):
            _look_again(brought, now())
        else:
            return done


def _work_off(claimed: Sequence[Window], now: datetime, rng: Rng) -> None:
    sensed = [_sense(window, now) for window in claimed]
    guesses, beside = _guess(sensed, predictors.SHOWN, now), predictors.beside()
    for each in sensed:
        _one(each, guesses, now, rng, owed=_owed(each, beside))


def _look_again(helped: Sequence[Window], now: datetime) -> None:
    """What the Predictors beside the shown one say; one that fails leaves the others whole."""
    sensed = [_permitted(window, now) for window in helped]
    for row in predictors.beside():
        due = [each for each in sensed if _in_time(each) and _owed(each, [row])]
        guesses = _guess(due, row.kind, now)
        for each in due:
            _keep(each, guesses, now)
    for window in helped:
        windows.finish(window, now)


def _in_time(sensed: Sensed) -> bool:
    """What was brought late is looked at whenever it came: it helps nobody."""
    return not sensed.late or sensed.row.state == "brought"


def _keep(sensed: Sensed, guesses: Mapping[int, Guess], now: datetime) -> None:
    try:
        with transaction.atomic():
            affect.store_guess(sensed, guesses.get(sensed.row.pk), now=now)
    except Exception:
        logger.exception("estimate.failed")


def _owed(sensed: Sensed, beside: Sequence[Predictor]) -> bool:
    return any(predictors.is_due(row, sensed.cut.t1) for row in beside)


def _sense(window: Window, now: datetime) -> Sensed:
    """One whose Blocks cannot be read counts as not sensed: its course facts still help."""
    sensed = _permitted(window, now)
    try:
        return replace(sensed, cut=windows.load(window, _adapt(sensed)))
    except Exception:
        logger.exception("window.unreadable")
        return sensed


def _permitted(window: Window, now: datetime) -> Sensed:
    """What this Window may be made of, nothing of it read yet: only what is permitted now."""
    code = window.sitting.learner.code
    permits = gate.permits(code, ["course", *ADAPT_SCOPES], now=now).granted
    if sittings.senses_nothing(window.sitting, now):
        permits = {scope: permit for scope, permit in permits.items() if scope == "course"}
    return Sensed(window, Cut(*windows.span(window.cut)), permits, windows.is_late(window, now))


def _adapt(sensed: Sensed) -> list[Permit]:
    return [permit for scope, permit in sensed.permits.items() if scope != "course"]


def _guess(sensed: Sequence[Sensed], kind: str, now: datetime) -> Mapping[int, Guess]:
    """What a kind's Predictor says of all at once; a broken artefact silences its guesses alone."""
    try:
        by = predictors.in_use(kind)
        return affect.guess([_seen(each, by, now) for each in sensed], by) if by else {}
    except Exception:
        logger.exception("predictor.unusable", extra={"kind": kind})
        return {}


def _seen(sensed: Sensed, by: InUse, now: datetime) -> Sensed:
    """The Window as this Predictor is to see it; one that cannot be read counts as not sensed."""
    known = sensed.cut if sensed.cut.streams else None
    try:
        usual = partial(openings.of, by, now=now)
        cut = windows.seen_by(by.learned, sensed.row, _adapt(sensed), known=known, usual=usual)
    except Exception:
        logger.exception("window.unreadable")
        cut = replace(sensed.cut, streams={})
    return replace(sensed, cut=cut)


def _one(
    sensed: Sensed, guesses: Mapping[int, Guess], now: datetime, rng: Rng, *, owed: bool
) -> None:
    """Store, decide and leave the queue together; what fails leaves the queue alone."""
    try:
        with transaction.atomic():
            made = affect.store_guess(sensed, guesses.get(sensed.row.pk), now=now)
            _behave(sensed, now)
            _help(sensed, made, now, rng)
            windows.finish(sensed.row, now, owed=owed)
    except Exception:
        logger.exception("window.failed")
        windows.finish(sensed.row, now)


def _behave(sensed: Sensed, now: datetime) -> None:
    try:
        with transaction.atomic():
            behaviour.estimate(sensed, now=now)
    except Exception:
        logger.exception("behaviour.unusable")


def _help(sensed: Sensed, made: Made | None, now: datetime, rng: Rng) -> None:
    """From one Window to at most one offer on its page; none where the moment has passed."""
    if made is not None:
        delivery.deliver_estimate(made, sensed.row.sitting)
    if sensed.late or "course" not in sensed.permits:
        return
    sitting, permit = sensed.row.sitting, sensed.permits["course"]
    at = windows.end_of(sitting, sensed.row.cut)
    course = course_rows.read(sitting, permit, now=at)
    use = rules_use(now)
    guessed = facts_of(made if use != "self_report_only" else None, sitting, sensed.permits)
    if use != "self_report_only":
        guessed = {**guessed, **_beside(sitting, sensed)}
    offer = decide.decide(
        course,
        gathering.gather(course, guessed, permit, now=at),
        sensed.permits,
        cut=sensed.row.cut,
        now=now,
        rng=rng,
        may_show_guesses=use == "yes",
        predictor=(made.predictor, made.digest) if made else ("", ""),
    )
    if offer is not None and offer.delivered:
        delivery.deliver(offer)


def _beside(sitting: Sitting, sensed: Sensed) -> dict[str, Fact]:
    """How tense or pleasant it seems; and where somebody seems tense, what is unusual for them."""
    levels = levels_of(sitting, sensed.row.cut, sensed.permits)
    tense = levels.get("arousal")
    if tense is None or tense.value is UNKNOWN:
        return levels
    try:
        return {**levels, **unusual.facts_of(sitting, sensed.row.cut, sensed.permits)}
    except Exception:
        logger.exception("window.unreadable")
        return levels
