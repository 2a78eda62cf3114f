"""Agreement of the raters of a task: by pair, all together, and for each label.

Only raters who have labelled all moments see it, so that others' labels cannot influence them.
"Cannot tell" is treated as not rated. Simulated people are counted separately.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, permutations
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from accounts.models import User
from accounts.people import name_of
from consent.permits.gate import Permit
from emotion.evaluation.metrics.interrater_agreement import (
    MISSING,
    RaterAgreement,
    measure_agreement,
)
from estimates.models import AFFECT_LABELS
from research.labels import annotation
from research.models import Label, LabelTask
from vault.errors import KeyDestroyed

SEED = 20
CODES = {label: code for code, label in enumerate(AFFECT_LABELS)}


@dataclass(frozen=True, slots=True)
class RaterPair:
    one: str
    other: str
    kappa: RaterAgreement


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """One label against the rest: how often it was given, and how far raters agree on it."""

    label: str
    given: int
    alpha: RaterAgreement


@dataclass(frozen=True, slots=True)
class TaskAgreement:
    """The agreement of a task; `alpha` is None with fewer than two raters.

    `mixed`: how often one rater gave the row's label and another the column's, as in `labels`.
    """

    raters: tuple[str, ...]
    moments: int
    people: int
    simulated: int
    alpha: RaterAgreement | None
    pairs: tuple[RaterPair, ...]
    labels: tuple[LabelAgreement, ...]
    mixed: tuple[tuple[int, ...], ...]
    cannot_tell: int


@dataclass(frozen=True, slots=True)
class _Table:
    """Ratings (raters, N) of moments (N,) of people (N,), and the count of "cannot tell"."""

    raters: tuple[User, ...]
    ratings: NDArray[np.int64]
    people: NDArray[np.int64]
    cannot_tell: int


def measure_task_agreement(task: LabelTask, *, now: datetime) -> TaskAgreement:
    """Measure agreement under the moments' own Permits, without withdrawn data."""
    items = annotation.open_items(task, now=now)
    people = {item.learner for item in items}
    table = _build_table({item.pk: permits for item, permits in items.items()})
    several = len(table.raters) >= 2
    return TaskAgreement(
        raters=tuple(name_of(rater) for rater in table.raters),
        moments=len(items),
        people=len(people),
        simulated=sum(person.simulated for person in people),
        alpha=_measure(table.ratings, table.people) if several else None,
        pairs=tuple(_pairs(table)) if several else (),
        labels=tuple(_labels(table)) if several else (),
        mixed=_count_mixed(table.ratings) if several else (),
        cannot_tell=table.cannot_tell,
    )


def _build_table(permits: Mapping[UUID, Mapping[str, Permit]]) -> _Table:
    rows = Label.objects.filter(item__in=list(permits)).select_related("rater", "learner")
    raters: dict[User, int] = {}
    moments: dict[UUID, int] = {}
    cells: list[tuple[int, int, int]] = []
    whose: dict[int, int] = {}
    cannot_tell = 0
    for row in rows.order_by("rater_id", "item_id"):
        try:
            label = annotation.read(row, permits[row.item_id])["label"]
        except KeyDestroyed:
            continue
        cannot_tell += label == annotation.CANNOT_TELL
        at = moments.setdefault(row.item_id, len(moments))
        whose[at] = row.learner_id
        cells.append((raters.setdefault(row.rater, len(raters)), at, CODES.get(label, MISSING)))
    ratings = np.full((len(raters), len(moments)), MISSING, dtype=np.int64)
    for rater, at, code in cells:
        ratings[rater, at] = code
    people = np.array([whose[at] for at in range(len(moments))], dtype=np.int64)
    return _Table(tuple(raters), ratings, people, cannot_tell)


def _pairs(table: _Table) -> list[RaterPair]:
    names = [name_of(rater) for rater in table.raters]
    return [
        RaterPair(names[a], names[b], _measure(table.ratings[[a, b]], table.people))
        for a, b in combinations(range(len(names)), 2)
    ]


def _labels(table: _Table) -> list[LabelAgreement]:
    known = table.ratings != MISSING
    return [
        LabelAgreement(
            label,
            int((table.ratings == code).sum()),
            _measure(np.where(known, table.ratings == code, MISSING), table.people),
        )
        for label, code in CODES.items()
    ]


def _count_mixed(ratings: NDArray[np.int64]) -> tuple[tuple[int, ...], ...]:
    """Return (K, K) counts over ordered pairs of raters, of moments that both labelled."""
    counts = np.zeros((len(CODES), len(CODES)), dtype=np.int64)
    for one, other in permutations(ratings, 2):
        both = (one != MISSING) & (other != MISSING)
        np.add.at(counts, (one[both], other[both]), 1)
    return tuple(tuple(int(count) for count in row) for row in counts)


def _measure(ratings: NDArray[np.int64], people: NDArray[np.int64]) -> RaterAgreement:
    return measure_agreement(ratings, people, rng=np.random.default_rng(SEED))
