"""Process due Windows: claim a batch, read and estimate it, then decide in one transaction.

If one Window fails, the batch is split until it fails alone.

No lock is held while rows are unsealed or a network runs. Data withdrawn meanwhile is refused by
the Estimate's trigger, and a guess without its Estimate becomes no Fact. Interventions wait only
for the shown Predictor; secondary ones process the same Windows when no help is due. Under a
backlog the newest Windows come first, and the oldest are marked late and counted.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from threading import Event, Lock

from django.db import transaction

from estimates.inference import affect, behaviour, on_device, personal_calibration
from estimates.inference.affect import Guess, Sensed
from estimates.models import Predictor
from estimates.registry import predictors
from estimates.registry.predictors import InUse
from interventions.choice import Rng
from pipeline import shadow_predictions, window_decisions, window_inputs
from telemetry import windows
from telemetry.blocks.tracks import Held
from telemetry.models import Window

logger = logging.getLogger(__name__)
# Small, so that a Window that falls due during a batch does not wait long.
BATCH, BESIDE_BATCH = 12, 16
# A backlog this small is processed in a second or two, so it is not marked late.
SPARE = 24
_at_work, _asked = Lock(), Event()


def drain(*, now: Callable[[], datetime], rng: Rng) -> int:
    """Process all due Windows in batches, help first. Returns how many.

    Only one thread of a process runs: more would share its one core and each hold a batch in
    memory. A second caller returns immediately; the running one then does one more pass.
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
    """Claim the newest due Windows; under a backlog the oldest are marked late."""
    claimed = windows.claim(now, most, state=state)
    if len(claimed) == most and (late := windows.shed(now, SPARE)):
        logger.warning("windows.shed", extra={"windows": late})
    return claimed


def _work_off(claimed: Sequence[Window], now: datetime, rng: Rng) -> None:
    batch = window_inputs.permitted(claimed, now)
    shown, beside = _shown(), predictors.beside()
    held = window_inputs.read(batch, [shown] if shown else [], behaves=True)
    guesses = _guess(shown, batch, held, now) if shown else {}
    whole = [window_inputs.whole(*each) for each in zip(batch, held, strict=True)]
    owed = {each.row.pk for each in batch if _owed(each, beside)}
    for one_each in _rounds(whole):
        _together(one_each, guesses, owed, now, rng)


def _rounds(batch: Sequence[Sensed]) -> list[list[Sensed]]:
    """Split into rounds with one Window of each Learner, in order, so that each sees the last."""
    rounds: list[list[Sensed]] = []
    turns: Counter[int] = Counter()
    for each in batch:
        turn = turns[each.row.sitting.learner_id]
        turns[each.row.sitting.learner_id] += 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(each)
    return rounds


def _together(
    batch: Sequence[Sensed],
    guesses: Mapping[int, Guess],
    owed: Collection[int],
    now: datetime,
    rng: Rng,
) -> None:
    """Store, decide and finish together; if that fails, only the failing Windows lose out."""
    try:
        with transaction.atomic():
            made = {**on_device.made(batch), **affect.store_guesses(batch, guesses, now=now)}
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


def _behave(batch: Sequence[Sensed], now: datetime) -> None:
    """Estimate behaviour; a failing behaviour model must not block interventions."""
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
    """Run the secondary Predictors and challengers; one that fails affects no other."""
    batch = [each for each in window_inputs.permitted(claimed, now) if _in_time(each)]
    looking = predictors.beside()
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


def _in_time(sensed: Sensed) -> bool:
    """Return whether to process it: Windows brought late always, since they trigger no help."""
    return not sensed.late or sensed.row.state == "brought"


def _keep(batch: Sequence[Sensed], guesses: Mapping[int, Guess], now: datetime) -> None:
    try:
        with transaction.atomic():
            affect.store_guesses(batch, guesses, now=now)
    except Exception:
        if len(batch) > 1:
            for each in batch:
                _keep([each], guesses, now)
        else:
            logger.exception("estimate.failed")


def _owed(sensed: Sensed, beside: Sequence[Predictor]) -> bool:
    return any(predictors.is_due(row, sensed.cut.t1) for row in beside)


def _shown() -> InUse | None:
    row = predictors.active(predictors.SHOWN)
    return _in_use(row) if row else None


def _in_use(row: Predictor) -> InUse | None:
    """Load a Predictor; a broken artefact silences only its own guesses."""
    try:
        return predictors.as_used(row)
    except Exception:
        logger.exception("predictor.unusable", extra={"kind": row.kind})
        return None


def _guess(
    by: InUse, batch: Sequence[Sensed], held: Sequence[Held], now: datetime
) -> Mapping[int, Guess]:
    """Predict all Windows in one forward pass."""
    try:
        own = personal_calibration.of(batch, by.row) if by.row.kind == predictors.SHOWN else {}
        return affect.guess(window_inputs.seen_by(by, batch, held, now), by, own)
    except Exception:
        logger.exception("predictor.unusable", extra={"kind": by.row.kind})
        return {}
