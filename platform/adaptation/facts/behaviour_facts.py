"""States of behaviour as Facts: on task, trying hard, away; each with its range and scopes.

They are made from deeds, so they never replace a deed. Like every estimate, a state acts only
together with an action or a report of the Learner (`interventions.rule_lint`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, cast
from uuid import UUID

from django.db import connection

from adaptation.facts.estimate_facts import LOOK_BACK, ShownMoment, moment_columns
from consent.permits.gate import Permit
from estimates import behaviour_states
from estimates.behaviour_states import BehaviourState
from estimates.models import BEHAVIOUR_STATES
from interventions.facts import UNKNOWN, Absence, Fact, Origin
from telemetry.windows import HOP_S
from vault.errors import KeyDestroyed

# A step is ten seconds, so it is the last one at its own cut and at the next.
CUTS_PER_STEP = 2
RECENT_SQL = """
SELECT w.place, e.id, e.cut, e.scopes, e.epochs, e.sealed, p.origin
FROM unnest(%s::uuid[], %s::int[]) WITH ORDINALITY AS w(sitting, cut, place)
JOIN estimates_behaviourestimate e
  ON e.sitting = w.sitting AND e.cut <= w.cut AND e.cut >= w.cut - %s
  AND e.status IN ('live', 'abstained')
JOIN estimates_predictor p ON p.id = e.predictor AND p.active
ORDER BY e.cut DESC
"""


class RecentStep(NamedTuple):
    """A stored step of behaviour, still sealed, and the origin of its model."""

    id: UUID
    cut: int
    scopes: Sequence[str]
    epochs: Sequence[int]
    sealed: bytes
    origin: str


def load_recent(moments: Sequence[ShownMoment]) -> list[list[RecentStep]]:
    """Return the steps of each last minute by the model in use, the newest first."""
    columns = moment_columns(moments)
    found: list[list[RecentStep]] = [[] for _ in moments]
    with connection.cursor() as cursor:
        cursor.execute(RECENT_SQL, [*columns, LOOK_BACK])
        for place, *row in cursor.fetchall():
            found[place - 1].append(RecentStep(*row))
    return found


def behaviour_facts(
    cut: int, newest_first: Iterable[RecentStep], permits: Mapping[str, Permit]
) -> dict[str, Fact]:
    """Return the fact of each state; unknown without a readable step of the last ten seconds."""
    rows = list(newest_first)
    if not rows or cut - rows[0].cut >= CUTS_PER_STEP:
        return absent_facts("off")
    return state_facts(cut, _read_while_readable(rows, permits), rows[0].origin)


def state_facts(
    cut: int, newest_first: Iterable[tuple[int, BehaviourState]], origin: str
) -> dict[str, Fact]:
    """Return the facts of steps (cut, state), the last of which is still the last one at `cut`."""
    steps = iter(newest_first)
    last = next(steps, None)
    if last is None:
        return absent_facts("off")
    state = last[1]
    if not state.name:
        return absent_facts("unsure", state.quality)
    since = _seconds_unchanged(cut, last, steps)
    return {
        name: Fact(
            best, since if name == state.name else 0.0, "sensed", state.quality, state.scopes,
            low, high, origin=cast("Origin", origin),
        )
        for name, (best, low, high) in state.chances.items()
    }  # fmt: skip


def absent_facts(absence: Absence, quality: float = 1.0) -> dict[str, Fact]:
    """Return each state as unknown for this reason."""
    missing = Fact(UNKNOWN, source="sensed", quality=quality, absence=absence)
    return dict.fromkeys(BEHAVIOUR_STATES, missing)


def _read_while_readable(
    rows: Iterable[RecentStep], permits: Mapping[str, Permit]
) -> Iterator[tuple[int, BehaviourState]]:
    """Yield the newest steps up to the first that may not be read."""
    for row in rows:
        try:
            state = behaviour_states.read(row, permits)
        except (KeyError, KeyDestroyed):
            return
        yield row.cut, state


def _seconds_unchanged(
    cut: int, last: tuple[int, BehaviourState], before: Iterable[tuple[int, BehaviourState]]
) -> float:
    """Return the seconds since the last state was first named, without a gap."""
    began, name = last[0], last[1].name
    for at, state in before:
        if state.name != name or began - at != CUTS_PER_STEP:
            break
        began = at
    return float((cut - began) * HOP_S)
