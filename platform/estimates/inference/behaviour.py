"""Behaviour Estimates: a hidden Markov model filtered online, one step each ten seconds.

Where the filter stands is kept, sealed, with each Estimate: a restarted worker goes on from it, and
a withdrawal takes it along with the rest.
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
from emotion.behaviour import hmm, observations, train
from emotion.behaviour.hmm import FilterState, HiddenMarkovModel
from estimates.inference.affect import Sensed
from estimates.inference.storage import Draft, store_each
from estimates.models import BehaviourEstimate, Predictor
from estimates.registry import predictors
from telemetry.windows import span
from vault.errors import KeyDestroyed
from vault.sealed_values import Place, unseal_value

KIND = "behaviour"
READS = ("pointer", "activity", "typing")
# What is done to the player of a video, as far as it tells of the Learner.
PLAYER = ("play", "pause", "seek", "rate")
# Cuts overlap by half; every other one is a step of ten seconds that overlaps with none.
EVERY = 2
DONE = """
SELECT e.sitting_id, e.name
FROM unnest(%s::uuid[], %s::float8[], %s::float8[]) AS w(sitting, t0, t1)
JOIN telemetry_event e ON e.sitting_id = w.sitting AND e.t >= w.t0 AND e.t < w.t1
WHERE e.name = ANY(%s)
"""


def estimate_each(batch: Sequence[Sensed], *, now: datetime) -> set[UUID]:
    """Take one step of each Window's Sitting, where the Window is a step and was sensed; the ids
    of what was stored."""
    due = [each for each in batch if is_step(each.row.cut) and _streams(each)]
    predictor = predictors.active(KIND) if due else None
    if predictor is None:
        return set()
    model = _model(predictor.name, predictor.digest)
    before, done = _before(due, predictor), _done(due)
    drafts = [_step(each, predictor, model, before, done, now) for each in due]
    return store_each(drafts)


def load() -> bool:
    """Whether a model is in use; it is loaded then."""
    predictor = predictors.active(KIND)
    return predictor is not None and bool(_model(predictor.name, predictor.digest).names)


def is_step(cut: int) -> bool:
    return cut % EVERY == 1


def _streams(sensed: Sensed) -> list[str]:
    return sorted(set(READS) & sensed.cut.streams.keys())


def _step(
    sensed: Sensed,
    predictor: Predictor,
    model: HiddenMarkovModel,
    before: Mapping[UUID, Sequence[BehaviourEstimate]],
    done: Mapping[UUID, Sequence[str]],
    now: datetime,
) -> Draft[BehaviourEstimate]:
    sitting, made = sensed.row.sitting, uuid4()
    stood = _opened(sensed, before.get(sitting.id, ()))
    observed = observations.observe(sensed.cut, *_counted(sensed, done.get(sitting.id, ())))
    after = hmm.filter_step(model, stood[-1] if stood else None, observations.to_gaussian(observed))
    name = hmm.find_settled_name(
        model,
        [*stood, after],
        sure=predictor.card["threshold"],
        dwell=predictor.card["network"]["dwell"],
    )
    row = BehaviourEstimate(
        id=made,
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
    }
    place = _place(made, sitting.learner.code)
    return Draft(row, value, _streams(sensed), sensed.permits, place)


def _before(due: Sequence[Sensed], predictor: Predictor) -> dict[UUID, list[BehaviourEstimate]]:
    """By Sitting, the last two steps before each Window."""
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
    return cut - 2 * EVERY, cut - EVERY


def _opened(sensed: Sensed, rows: Iterable[BehaviourEstimate]) -> list[FilterState]:
    """Where the filter stood after the last two steps, as far as it may still be read."""
    found = []
    for row in rows:
        if not gate.covers(sensed.permits, row.scopes, row.epochs):
            continue
        place = _place(row.id, sensed.row.sitting.learner.code)
        try:
            opened = unseal_value(bytes(row.sealed), place=place)
        except KeyDestroyed:
            continue
        found.append(FilterState(np.array(opened["proba"]), opened["log_likelihood"]))
    return found


def _done(due: Sequence[Sensed]) -> dict[UUID, list[str]]:
    """By Sitting, the course events of the step that are counted: by name."""
    steps = [(each.row.sitting_id, *span(each.row.cut)) for each in due]
    found: dict[UUID, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(DONE, [*map(list, zip(*steps, strict=True)), [*PLAYER, "hint"]])
        for sitting, name in cursor.fetchall():
            found.setdefault(sitting, []).append(name)
    return found


def _counted(sensed: Sensed, done: Sequence[str]) -> tuple[int | None, int | None]:
    """Hints opened and what was done to the player; None where the Unit is of another kind."""
    kind = sensed.row.sitting.unit.kind
    hints, played = done.count("hint"), sum(name in PLAYER for name in done)
    return hints if kind == "quiz" else None, played if kind == "video" else None


@lru_cache(maxsize=4)
def _model(name: str, digest: str) -> HiddenMarkovModel:
    return train.make_model(*artefacts.read(predictors.folder_of(f"{name}-{digest}")))


def _place(estimate_id: UUID, subject: UUID) -> Place:
    return Place("estimates_behaviourestimate", "sealed", str(estimate_id), subject)
