"""Working off Windows that fell due: claimed for a moment, read and guessed together, then helped
in one short transaction; where one of them fails, in smaller ones, so that it fails alone.

Nothing is locked while rows are opened or a network runs. What was withdrawn in between is refused
by the Estimate's trigger, and without its Estimate a guess is no Fact. Help waits for the Predictor
that is shown alone: those beside it look at the same Windows when nobody waits for help. Under a
backlog the newest are helped, and what fell due too long ago is given up: late, and counted.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from threading import Event, Lock

from django.db import transaction

from estimates.inference import affect, behaviour, on_device, personal_calibration
from estimates.inference.affect import Guess, SensedWindow
from estimates.models import Predictor
from estimates.registry import predictors
from estimates.registry.predictors import LoadedPredictor
from interventions.choice import Rng
from pipeline import shadow_predictions, window_decisions, window_inputs
from telemetry import windows
from telemetry.blocks.tracks import Held
from telemetry.models import Window

logger = logging.getLogger(__name__)
# Small, so that a Window that falls due meanwhile does not wait long.
BATCH, BESIDE_BATCH = 12, 16
# A small class behind a full batch is caught up with in a second or two: its Windows are not shed.
SPARE = 24
_at_work, _asked = Lock(), Event()


def drain(*, now: Callable[[], datetime], rng: Rng) -> int:
    """Work off everything due, batch by batch, help first; say how many Windows.

    One thread of a process at a time: more would share its one core and each hold a batch in
    memory. Who comes meanwhile leaves at once, and the one at work looks once more.
    """
    done = 0
    _asked.set()
    while _asked.is_set() and _at_work.acquire(blocking=False):
        try:
            _asked.clear()
            done += _drain(now, rng)
        finally:
            _at_work.release()
    return done


def _drain(now: Callable[[], datetime], rng: Rng) -> int:
    done = 0
    while True:
        if claimed := _claim("pending", BATCH, now()):
            _work_off(claimed, now(), rng)
            done += len(claimed)
        elif helped := _claim("helped", BESIDE_BATCH, now()):
            _look_again(helped, now())
        elif brought := _claim("brought", BESIDE_BATCH, now()):
            _look_again(brought, now())
        else:
            return done


def _claim(state: str, most: int, now: datetime) -> list[Window]:
    """Take the newest that are due; where there may be more, the stalest of them are given up."""
    claimed = windows.claim(now, most, state=state)
    if len(claimed) == most and (late := windows.shed(now, SPARE)):
        logger.warning("windows.shed", extra={"windows": late})
    return claimed


def _work_off(claimed: Sequence[Window], now: datetime, rng: Rng) -> None:
    batch = window_inputs.permitted(claimed, now)
    shown, beside = _shown(), predictors.list_secondary()
    held = window_inputs.read(batch, [shown] if shown else [], behaves=True)
    guesses = _guess(shown, batch, held, now) if shown else {}
    whole = [window_inputs.whole(*each) for each in zip(batch, held, strict=True)]
    owed = {each.row.pk for each in batch if _owed(each, beside)}
    for one_each in _rounds(whole):
        _together(one_each, guesses, owed, now, rng)


def _rounds(batch: Sequence[SensedWindow]) -> list[list[SensedWindow]]:
    """Of each Learner one Window at a time, in order: what one leads to, the next one knows."""
    rounds: list[list[SensedWindow]] = []
    turns: Counter[int] = Counter()
    for each in batch:
        turn = turns[each.row.sitting.learner_id]
        turns[each.row.sitting.learner_id] += 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(each)
    return rounds


def _together(
    batch: Sequence[SensedWindow],
    guesses: Mapping[int, Guess],
    owed: Collection[int],
    now: datetime,
    rng: Rng,
) -> None:
    """Store, decide and leave the queue together; what fails leaves the queue alone."""
    try:
        with transaction.atomic():
            made = {**on_device.read_each(batch), **affect.store_guesses(batch, guesses, now=now)}
            _behave(batch, now)
            window_decisions.help_each(batch, made, now, rng)
            rows = [each.row for each in batch]
            windows.finish(rows, now, owed=[row for row in rows if row.pk in owed])
    except Exception:
        if len(batch) > 1:
            half = len(batch) // 2
            for part in (batch[:half], batch[half:]):
                _together(part, guesses, owed, now, rng)
        else:
            logger.exception("window.failed")
            windows.finish([each.row for each in batch], now)


def _behave(batch: Sequence[SensedWindow], now: datetime) -> None:
    """A model that cannot be used, or one Window of it, keeps help from nobody."""
    try:
        with transaction.atomic():
            behaviour.estimate_each(batch, now=now)
    except Exception:
        if len(batch) > 1:
            for each in batch:
                _behave([each], now)
        else:
            logger.exception("behaviour.unusable")


def _look_again(claimed: Sequence[Window], now: datetime) -> None:
    """What the Predictors beside the shown one say; one that fails leaves the others whole."""
    batch = [each for each in window_inputs.permitted(claimed, now) if _in_time(each)]
    looking = predictors.list_secondary()
    beside = [by for row in looking if row.active and (by := _in_use(row))]
    held = window_inputs.read(batch, beside)
    for by in beside:
        due = [n for n, each in enumerate(batch) if _owed(each, [by.row])]
        asked = [batch[n] for n in due]
        guesses = _guess(by, asked, [held[n] for n in due], now)
        for one_each in _rounds(asked):
            _keep(one_each, guesses, now)
    for rival in (row for row in looking if row.challenger):
        shadow_predictions.look(rival, [each for each in batch if _owed(each, [rival])], now)
    windows.finish(claimed, now)


def _in_time(sensed: SensedWindow) -> bool:
    """What was brought late is looked at whenever it came: it helps nobody."""
    return not sensed.late or sensed.row.state == "brought"


def _keep(batch: Sequence[SensedWindow], guesses: Mapping[int, Guess], now: datetime) -> None:
    try:
        with transaction.atomic():
            affect.store_guesses(batch, guesses, now=now)
    except Exception:
        if len(batch) > 1:
            for each in batch:
                _keep([each], guesses, now)
        else:
            logger.exception("estimate.failed")


def _owed(sensed: SensedWindow, beside: Sequence[Predictor]) -> bool:
    return any(predictors.is_due(row, sensed.cut.t1) for row in beside)


def _shown() -> LoadedPredictor | None:
    row = predictors.find_active(predictors.SHOWN_KIND)
    return _in_use(row) if row else None


def _in_use(row: Predictor) -> LoadedPredictor | None:
    """Loaded; a broken artefact silences its guesses alone."""
    try:
        return predictors.load_predictor(row)
    except Exception:
        logger.exception("predictor.unusable", extra={"kind": row.kind})
        return None


def _guess(
    by: LoadedPredictor, batch: Sequence[SensedWindow], held: Sequence[Held], now: datetime
) -> Mapping[int, Guess]:
    """What it says of all at once, in one forward."""
    try:
        own = (
            personal_calibration.load_each(batch, by.row)
            if by.row.kind == predictors.SHOWN_KIND
            else {}
        )
        return affect.guess_each(window_inputs.seen_by(by, batch, held, now), by, own)
    except Exception:
        logger.exception("predictor.unusable", extra={"kind": by.row.kind})
        return {}
