"""Process due Windows: claim a batch, read and estimate it, then decide in one transaction.

If one Window fails, the batch is split until it fails alone.

No lock is held while rows are unsealed or a network runs. Data withdrawn meanwhile is refused by
the Estimate's trigger, and a guess without its Estimate becomes no Fact. Interventions wait only
for the shown Predictor; secondary ones process the same Windows after it. Under a backlog they
process a share of them, and the rest when no help is due. The newest Windows come first, and the
oldest are dropped and counted. A Window whose keys are busy is not one without data: it falls due
again, while the others are processed.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from threading import Event, Lock

from django.db import transaction

from adaptation import decide_intervention, window_cases
from estimates import explanation_worker
from estimates.inference import (
    affect,
    behaviour,
    on_device,
    personal_calibration,
    predictor_inputs,
    shadow_estimates,
)
from estimates.inference.affect import Guess, SensedWindow, StoredEstimate
from estimates.models import Predictor
from estimates.registry import predictors
from estimates.registry.predictors import LoadedPredictor
from interventions.choice import Rng
from pipeline import busy_keys, page_messages, window_inputs
from telemetry import windows
from telemetry.blocks.tracks import TrackRows
from telemetry.models import Window
from vault.errors import KeystoreBusy

logger = logging.getLogger(__name__)
# A batch has all that is due, up to so many: a Window that falls due meanwhile must not wait long.
BATCH, SECONDARY_BATCH = 48, 48
# A backlog this small is processed in a second or two, so it is not marked late.
SPARE = 24
# Under a backlog, each secondary Predictor gets at least one in `SHARE` of its Windows at once.
SHARE = 4
_running, _requested = Lock(), Event()


def drain(*, now: Callable[[], datetime], rng: Rng) -> int:
    """Process all due Windows and Explanations, help first. Returns how many.

    A batch of Explanations never precedes a due Window.

    Only one thread of a process runs: more would share its one core and each hold a batch in
    memory. A second caller returns immediately; the running one then does one more pass.
    """
    done = 0
    _requested.set()
    while _requested.is_set() and _running.acquire(blocking=False):
        try:
            _requested.clear()
            done += _drain_queue(now, rng)
        except KeystoreBusy:
            # No Window can be read now, so no other is claimed.
            pass
        finally:
            _running.release()
    return done


def _drain_queue(now: Callable[[], datetime], rng: Rng) -> int:
    done = 0
    while True:
        if claimed := _claim("pending", BATCH, now()):
            whole = len(claimed) < BATCH
            process = partial(_process_batch, now=now(), rng=rng, whole=whole)
            done += busy_keys.process_readable(claimed, process, now())
        elif explained := explanation_worker.process_due(now=now):
            page_messages.deliver_reasons(explained)
            done += len(explained)
        elif helped := _claim("helped", SECONDARY_BATCH, now()):
            done += busy_keys.process_readable(helped, partial(_run_secondary, now=now()), now())
        elif brought := _claim("brought", SECONDARY_BATCH, now()):
            done += busy_keys.process_readable(brought, partial(_run_secondary, now=now()), now())
        else:
            return done


def _claim(state: str, most: int, now: datetime) -> list[Window]:
    """Claim the newest due Windows; under a backlog the oldest are marked late."""
    claimed = windows.claim(now, most, state=state)
    if len(claimed) == most and (late := windows.shed(now, SPARE)):
        logger.warning("windows.shed", extra={"windows": late})
    return claimed


def _process_batch(
    claimed: Sequence[Window], now: datetime, rng: Rng, *, whole: bool = False
) -> None:
    """Estimate and help, then run the secondary Predictors on the same Blocks.

    Unless `whole`, they process a share of the Windows, and read the others when no help is due.
    """
    batch = window_inputs.permitted_batch(claimed, now)
    shown, rows = _shown_predictor(), predictors.list_secondary()
    secondary = _load_secondary(rows)
    due = {each.row.pk for each in batch if _in_time(each) and _is_due(each, rows)}
    turns = {each.row.pk for each in batch if _has_turn(each, rows)}
    at_once = due if whole else due & turns
    first = [shown] if shown else []
    by = [[*first, *(secondary if each.row.pk in at_once else [])] for each in batch]
    held = window_inputs.read_blocks(batch, by, behaves=True)
    guesses = _predict(shown, batch, held, now) if shown else {}
    behaving = [window_inputs.behaviour_window(*each) for each in zip(batch, held, strict=True)]
    queue = {pk: now + windows.LEASE if pk in at_once else now for pk in due}
    for one_each in _rounds_by_learner(behaving):
        _store_and_decide(one_each, guesses, queue, now, rng)
    if chosen := [n for n, each in enumerate(batch) if each.row.pk in at_once]:
        part = [batch[n] for n in chosen]
        try:
            _estimate_secondary(part, [held[n] for n in chosen], secondary, rows, now)
            windows.finish([each.row for each in part], now)
        except KeystoreBusy:
            # Their help is done: they fall due for these Predictors when their lease ends.
            logger.warning("windows.postponed", extra={"windows": len(part)})


def _rounds_by_learner(batch: Sequence[SensedWindow]) -> list[list[SensedWindow]]:
    """Split into rounds with one Window of each Learner, in order, so that each sees the last."""
    rounds: list[list[SensedWindow]] = []
    turns: Counter[int] = Counter()
    for each in batch:
        turn = turns[each.row.sitting.learner_id]
        turns[each.row.sitting.learner_id] += 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(each)
    return rounds


def _store_and_decide(
    batch: Sequence[SensedWindow],
    guesses: Mapping[int, Guess],
    queue: Mapping[int, datetime],
    now: datetime,
    rng: Rng,
) -> None:
    """Store, decide and finish in one transaction; after an error in halves, to isolate it."""
    try:
        with transaction.atomic():
            made = {**on_device.read_each(batch), **_store_shown(batch, guesses, now)}
            _estimate_behaviour(batch, now)
            _help_each(batch, made, now, rng)
            windows.finish([each.row for each in batch], now, secondary_at=queue)
    except Exception as error:
        if len(batch) > 1:
            half = len(batch) // 2
            for part in (batch[:half], batch[half:]):
                _store_and_decide(part, guesses, queue, now, rng)
        elif isinstance(error, KeystoreBusy):
            busy_keys.postpone([each.row for each in batch], now)
        else:
            logger.exception("window.failed")
            windows.finish([each.row for each in batch], now)


def _store_shown(
    batch: Sequence[SensedWindow], guesses: Mapping[int, Guess], now: datetime
) -> dict[int, StoredEstimate]:
    """Store the shown Estimates; return those stored, by row of the Window."""
    guessed = [(each, guesses[each.row.pk]) for each in batch if each.row.pk in guesses]
    stored = affect.store_guesses(guessed, now=now)
    pairs = zip(guessed, stored, strict=True)
    return {each.row.pk: estimate for (each, _), estimate in pairs if estimate}


def _help_each(
    batch: Sequence[SensedWindow], made: Mapping[int, StoredEstimate], now: datetime, rng: Rng
) -> None:
    """Decide at most one offer for each Window and notify its page; none for late Windows."""
    estimates = [(made[each.row.pk], each.row.sitting) for each in batch if each.row.pk in made]
    page_messages.deliver_estimates(estimates)
    in_time = [each for each in batch if not each.late and "course" in each.permits]
    if not in_time:
        return
    cases = window_cases.load_window_cases(in_time, made, now=now)
    for offer in decide_intervention.decide_each(cases, now=now, rng=rng):
        if offer is not None and offer.delivered:
            page_messages.deliver(offer)


def _estimate_behaviour(batch: Sequence[SensedWindow], now: datetime) -> None:
    """Estimate behaviour; a failing behaviour model must not block interventions."""
    try:
        with transaction.atomic():
            behaviour.estimate_each(batch, now=now)
    except KeystoreBusy:
        raise
    except Exception:
        if len(batch) > 1:
            for each in batch:
                _estimate_behaviour([each], now)
        else:
            logger.exception("behaviour.unusable")


def _run_secondary(claimed: Sequence[Window], now: datetime) -> None:
    """Run the secondary Predictors and challengers on Windows that were helped before."""
    batch = [each for each in window_inputs.permitted_batch(claimed, now) if _in_time(each)]
    rows = predictors.list_secondary()
    secondary = _load_secondary(rows)
    held = window_inputs.read_blocks(batch, [secondary] * len(batch))
    _estimate_secondary(batch, held, secondary, rows, now)
    windows.finish(claimed, now)


def _load_secondary(rows: Sequence[Predictor]) -> list[LoadedPredictor]:
    """Load those in use; challengers read other Streams and are loaded on their own."""
    return [by for row in rows if row.active and (by := _load(row))]


def _estimate_secondary(
    batch: Sequence[SensedWindow],
    held: Sequence[TrackRows],
    secondary: Sequence[LoadedPredictor],
    rows: Sequence[Predictor],
    now: datetime,
) -> None:
    """Run the secondary Predictors, then the challengers; one that fails affects no other."""
    guessed: list[tuple[SensedWindow, Guess]] = []
    for by in secondary:
        due = [n for n, each in enumerate(batch) if _in_time(each) and _is_due(each, [by.row])]
        guesses = _predict(by, [batch[n] for n in due], [held[n] for n in due], now)
        guessed += [(batch[n], guesses[pk]) for n in due if (pk := batch[n].row.pk) in guesses]
    _store_guesses(guessed, now)
    for rival in (row for row in rows if row.challenger):
        windows_due = [each for each in batch if _in_time(each) and _is_due(each, [rival])]
        _predict_shadow(rival, windows_due, now)


def _in_time(sensed: SensedWindow) -> bool:
    """Return whether to process it: Windows brought late always, since they trigger no help."""
    return not sensed.late or sensed.row.state == "brought"


def _store_guesses(guessed: Sequence[tuple[SensedWindow, Guess]], now: datetime) -> None:
    """Store in one transaction; after an error in halves, to isolate it."""
    try:
        with transaction.atomic():
            affect.store_guesses(guessed, now=now)
    except KeystoreBusy:
        raise
    except Exception:
        if len(guessed) > 1:
            half = len(guessed) // 2
            for part in (guessed[:half], guessed[half:]):
                _store_guesses(part, now)
        else:
            logger.exception("estimate.failed")


def _is_due(sensed: SensedWindow, rows: Sequence[Predictor]) -> bool:
    return any(predictors.is_due(row, sensed.cut.t1) for row in rows)


def _has_turn(sensed: SensedWindow, rows: Sequence[Predictor]) -> bool:
    """Return whether a due Predictor processes this Window even under a backlog.

    Each takes every fourth of its own Windows of a Sitting; Sittings take turns. The other
    Predictors that are due process it too.
    """
    turn, t1 = sensed.row.sitting_id.int, sensed.cut.t1
    due = [row for row in rows if predictors.is_due(row, t1)]
    return any((turn + predictors.count_hops(row, t1)) % SHARE == 0 for row in due)


def _shown_predictor() -> LoadedPredictor | None:
    row = predictors.find_active(predictors.SHOWN_KIND)
    return _load(row) if row else None


def _load(row: Predictor) -> LoadedPredictor | None:
    """Load a Predictor; a broken artefact silences only its own guesses."""
    try:
        return predictors.load_predictor(row)
    except Exception:
        logger.exception("predictor.unusable", extra={"kind": row.kind})
        return None


def _predict(
    by: LoadedPredictor, batch: Sequence[SensedWindow], held: Sequence[TrackRows], now: datetime
) -> Mapping[int, Guess]:
    """Predict all Windows in one forward pass."""
    try:
        own = (
            personal_calibration.load_each(batch, by.row)
            if by.row.kind == predictors.SHOWN_KIND
            else {}
        )
        return affect.guess_each(predictor_inputs.make_inputs(by, batch, held, now), by, own)
    except KeystoreBusy:
        raise
    except Exception:
        logger.exception("predictor.unusable", extra={"kind": by.row.kind})
        return {}


def _predict_shadow(rival: Predictor, batch: Sequence[SensedWindow], now: datetime) -> None:
    """Predict with a challenger; its failure affects nothing else."""
    try:
        _store_shadow(rival, batch, now)
    except KeystoreBusy:
        raise
    except Exception:
        logger.exception("challenger.unusable", extra={"kind": rival.kind})


def _store_shadow(rival: Predictor, batch: Sequence[SensedWindow], now: datetime) -> None:
    """Store a challenger's predictions apart, where no one sees them.

    It uses only Streams of people who permit research now. It reuses the champion's session
    baseline, so that only its own predictions are stored for it.
    """
    champion = predictors.load_active(rival.kind)
    if champion is None:
        return
    by = predictors.load_predictor(rival)
    permitted = window_inputs.research_batch(batch, by.learned.streams, now)
    if permitted:
        held = window_inputs.read_blocks(permitted, [[by]] * len(permitted))
        inputs = predictor_inputs.make_inputs(by, permitted, held, now, baseline_by=champion)
        shadow_estimates.store(permitted, affect.guess_each(inputs, by), now=now)
