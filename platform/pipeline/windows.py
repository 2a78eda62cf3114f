"""Working off Windows that fell due: claimed for a moment, guessed in one forward, then each helped
in a short transaction of its own, so that one that fails leaves its neighbours unharmed.

Nothing is locked while rows are opened or a network runs. What was withdrawn in between is refused
by the Estimate's trigger, and without its Estimate a guess is no Fact.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from adaptation import decide, facts
from adaptation.guesses import facts_of, rules_use
from consent import gate
from consent.scopes import ADAPT_SCOPES
from estimates import affect, behaviour
from estimates.affect import Guess, Made, Sensed
from interventions.choice import Rng
from pipeline import delivery
from telemetry import sittings, windows
from telemetry.models import Window

logger = logging.getLogger(__name__)
BATCH = 64


def drain(*, now: Callable[[], datetime], rng: Rng) -> int:
    """Work off everything due, batch by batch; say how many Windows."""
    done = 0
    while claimed := windows.claim(now(), BATCH):
        _work_off(claimed, now(), rng)
        done += len(claimed)
    return done


def _work_off(claimed: Sequence[Window], now: datetime, rng: Rng) -> None:
    sensed = [_sense(window, now) for window in claimed]
    guesses = _guess(sensed)
    for each in sensed:
        _one(each, guesses, now, rng)


def _sense(window: Window, now: datetime) -> Sensed:
    """What this Window may be made of: only what is permitted now is read at all.

    One whose Blocks cannot be read counts as not sensed: its course facts still help.
    """
    code = window.sitting.learner.code
    permits = gate.permits(code, ["course", *ADAPT_SCOPES], now=now).granted
    if sittings.senses_nothing(window.sitting, now):
        permits = {scope: permit for scope, permit in permits.items() if scope == "course"}
    adapt = [permit for scope, permit in permits.items() if scope != "course"]
    late = windows.is_late(window, now)
    try:
        return Sensed(window, windows.load(window, adapt), permits, late)
    except Exception:
        logger.exception("window.unreadable")
        return Sensed(window, windows.load(window, []), permits, late)


def _guess(sensed: Sequence[Sensed]) -> Mapping[int, Guess]:
    """What the affect Predictor says of all at once; a broken artefact silences guesses alone."""
    try:
        return affect.guess(sensed)
    except Exception:
        logger.exception("predictor.unusable")
        return {}


def _one(sensed: Sensed, guesses: Mapping[int, Guess], now: datetime, rng: Rng) -> None:
    """Store, decide and leave the queue together; what fails leaves the queue alone."""
    try:
        with transaction.atomic():
            made = affect.store_guess(sensed, guesses.get(sensed.row.pk), now=now)
            _behave(sensed, now)
            _help(sensed, made, now, rng)
            windows.finish(sensed.row, now)
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
    course = facts.read(sitting, permit, now=at)
    use = rules_use(now)
    guessed = facts_of(made if use != "self_report_only" else None, sitting, sensed.permits)
    offer = decide.decide(
        course,
        facts.gather(course, guessed, permit, now=at),
        sensed.permits,
        cut=sensed.row.cut,
        now=now,
        rng=rng,
        may_show_guesses=use == "yes",
        predictor=(made.predictor, made.digest) if made else ("", ""),
    )
    if offer is not None and offer.delivered:
        delivery.deliver(offer)
