"""Behaviour Estimates: a hidden Markov model filtered online, one step every ten seconds.

The state of the filter is sealed in each Estimate. A restarted worker continues from it, and a
withdrawal deletes it with the Estimate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from uuid import UUID, uuid4

import numpy as np
from django.db import connection

from consent.permits import gate
from emotion import artefacts
from emotion.behaviour import hmm, observations
from emotion.behaviour.hmm import FilterState, HiddenMarkovModel
from emotion.models.behaviour import train
from estimates.behaviour_disputes import find_disputed
from estimates.behaviour_states import place_of
from estimates.inference.affect import SensedWindow
from estimates.inference.storage import EstimateDraft, store_each
from estimates.models import BehaviourEstimate, Predictor
from estimates.registry import predictors
from telemetry.windows import span
from vault.errors import KeyDestroyed
from vault.sealed_values import unseal_value

KIND = "behaviour"
STREAMS_READ = ("pointer", "activity", "typing")
# Player events that say something about the Learner.
PLAYER = ("play", "pause", "seek", "rate")
# Cuts overlap by half; every other one is a step of ten seconds that overlaps with none.
CUTS_PER_STEP = 2
EVENTS_SQL = """
SELECT e.sitting_id, e.name
FROM unnest(%s::uuid[], %s::float8[], %s::float8[]) AS w(sitting, t0, t1)
JOIN telemetry_event e ON e.sitting_id = w.sitting AND e.t >= w.t0 AND e.t < w.t1
WHERE e.name = ANY(%s)
"""


def estimate_each(batch: Sequence[SensedWindow], *, now: datetime) -> set[UUID]:
    """Take one step for each Window that is a step and was sensed; return the ids stored."""
    due = [each for each in batch if is_step(each.row.cut) and _streams_read(each)]
    predictor = predictors.find_active(KIND) if due else None
    if predictor is None:
        return set()
    model = _model(predictor.name, predictor.digest)
    before, events = _load_steps_before(due, predictor), _load_events(due)
    drafts = [_step(each, predictor, model, before, events, now) for each in due]
    disputed = find_disputed({each.row.sitting_id for each in due})
    for draft in drafts:
        if draft.row.status == "live" and draft.row.sitting_id in disputed:
            draft.row.status = "disputed"
    return store_each(drafts)


def load_model() -> bool:
    """Load the model in use; return whether there is one."""
    predictor = predictors.find_active(KIND)
    return predictor is not None and bool(_model(predictor.name, predictor.digest).names)


def is_step(cut: int) -> bool:
    return cut % CUTS_PER_STEP == 1


def _streams_read(sensed: SensedWindow) -> list[str]:
    return sorted(set(STREAMS_READ) & sensed.cut.streams.keys())


def _step(
    sensed: SensedWindow,
    predictor: Predictor,
    model: HiddenMarkovModel,
    before: Mapping[UUID, Sequence[BehaviourEstimate]],
    events: Mapping[UUID, Sequence[str]],
    now: datetime,
) -> EstimateDraft[BehaviourEstimate]:
    sitting, row_id = sensed.row.sitting, uuid4()
    previous = _open_steps(sensed, before.get(sitting.id, ()))
    observed = observations.observe(sensed.cut, *_count_actions(sensed, events.get(sitting.id, ())))
    after = hmm.filter_step(
        model, previous[-1] if previous else None, observations.to_gaussian(observed)
    )
    steps = [*previous, after]
    dwell = predictor.card["network"]["dwell"]
    name = hmm.find_settled_name(model, steps, sure=predictor.card["threshold"], dwell=dwell)
    row = BehaviourEstimate(
        id=row_id,
        sitting=sitting,
        cut=sensed.row.cut,
        predictor=predictor,
        status="late" if sensed.late else "live" if name else "abstained",
        made_at=now,
    )
    value = {
        "proba": after.proba.tolist(),
        "log_likelihood": after.log_likelihood,
        "states": list(model.names),
        "state": name,
        "chances": _chances(model, steps[-dwell:]),
        "quality": _quality(sensed),
    }
    place = place_of(row_id, sitting.learner.code)
    return EstimateDraft(row, value, _streams_read(sensed), sensed.permits, place)


def _chances(model: HiddenMarkovModel, steps: Sequence[FilterState]) -> dict[str, list[float]]:
    """Return by name its probability at the last step, and the lowest and highest over all."""
    each = [hmm.sum_by_name(model, state.proba) for state in steps]
    return {
        name: [each[-1][name], min(c[name] for c in each), max(c[name] for c in each)]
        for name in each[-1]
    }


def _quality(sensed: SensedWindow) -> float:
    streams = _streams_read(sensed)
    return sum(sensed.cut.streams[name].quality for name in streams) / len(streams)


def _load_steps_before(
    due: Sequence[SensedWindow], predictor: Predictor
) -> dict[UUID, list[BehaviourEstimate]]:
    """Return, by Sitting, the last two steps before each Window."""
    steps = {each.row.sitting_id: _steps_before(each.row.cut) for each in due}
    rows = BehaviourEstimate.objects.filter(
        predictor=predictor,
        sitting__in=steps,
        cut__in={cut for two in steps.values() for cut in two},
    )
    found: dict[UUID, list[BehaviourEstimate]] = {}
    for row in rows.order_by("cut"):
        if row.cut in steps[row.sitting_id]:
            found.setdefault(row.sitting_id, []).append(row)
    return found


def _steps_before(cut: int) -> tuple[int, int]:
    return cut - 2 * CUTS_PER_STEP, cut - CUTS_PER_STEP


def _open_steps(sensed: SensedWindow, rows: Iterable[BehaviourEstimate]) -> list[FilterState]:
    """Return the filter state after the last two steps, where it may still be read."""
    found = []
    for row in rows:
        if not gate.covers(sensed.permits, row.scopes, row.epochs):
            continue
        place = place_of(row.id, sensed.row.sitting.learner.code)
        try:
            opened = unseal_value(bytes(row.sealed), place=place)
        except KeyDestroyed:
            continue
        found.append(FilterState(np.array(opened["proba"]), opened["log_likelihood"]))
    return found


def _load_events(due: Sequence[SensedWindow]) -> dict[UUID, list[str]]:
    """Return, by Sitting, the names of the course events in the step."""
    steps = [(each.row.sitting_id, *span(each.row.cut)) for each in due]
    found: dict[UUID, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(EVENTS_SQL, [*map(list, zip(*steps, strict=True)), [*PLAYER, "hint"]])
        for sitting, name in cursor.fetchall():
            found.setdefault(sitting, []).append(name)
    return found


def _count_actions(sensed: SensedWindow, events: Sequence[str]) -> tuple[int | None, int | None]:
    """Return hints opened and player actions; None where the Unit is of another kind."""
    kind = sensed.row.sitting.unit.kind
    hints, played = events.count("hint"), sum(name in PLAYER for name in events)
    return hints if kind == "quiz" else None, played if kind == "video" else None


@lru_cache(maxsize=4)
def _model(name: str, digest: str) -> HiddenMarkovModel:
    return train.make_model(*artefacts.read(predictors.folder_of(f"{name}-{digest}")))
