"""States of behaviour as Facts: on task, trying hard, away; each with its range and scopes.

They are made from deeds, so they never replace a deed. Like every estimate, a state acts only
together with an action or a report of the Learner (`interventions.rule_lint`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from adaptation.facts.estimate_facts import LOOK_BACK, ShownMoment
from consent.permits.gate import Permit
from estimates import behaviour_states
from estimates.behaviour_states import BehaviourState
from estimates.models import BEHAVIOUR_STATES, BehaviourEstimate
from interventions.facts import UNKNOWN, Absence, Fact, Origin
from telemetry.windows import HOP_S
from vault.errors import KeyDestroyed

# A step is ten seconds, so it is the last one at its own cut and at the next.
CUTS_PER_STEP = 2
RECENT_SQL = """
SELECT e.* FROM unnest(%s::uuid[], %s::int[]) AS w(sitting, cut)
JOIN estimates_behaviourestimate e
  ON e.sitting = w.sitting AND e.cut <= w.cut AND e.cut >= w.cut - %s
  AND e.status IN ('live', 'abstained')
JOIN estimates_predictor p ON p.id = e.predictor AND p.active
ORDER BY e.cut DESC
"""


def load_recent(moments: Sequence[ShownMoment]) -> list[list[BehaviourEstimate]]:
    """Return the steps of each last minute by the model in use, the newest first."""
    columns = [[each.sitting.id for each in moments], [each.cut for each in moments]]
    by_sitting = {each.sitting.id: n for n, each in enumerate(moments)}
    found: list[list[BehaviourEstimate]] = [[] for _ in moments]
    rows = BehaviourEstimate.objects.raw(RECENT_SQL, [*columns, LOOK_BACK])
    for row in rows.prefetch_related("predictor"):
        found[by_sitting[row.sitting_id]].append(row)
    return found


def behaviour_facts(
    cut: int, newest_first: Iterable[BehaviourEstimate], permits: Mapping[str, Permit]
) -> dict[str, Fact]:
    """Return the fact of each state; unknown without a readable step of the last ten seconds."""
    rows = list(newest_first)
    if not rows or cut - rows[0].cut >= CUTS_PER_STEP:
        return absent_facts("off")
    steps = _read_while_readable(rows, permits)
    return state_facts(cut, steps, rows[0].predictor.origin)


def state_facts(
    cut: int, newest_first: Sequence[tuple[int, BehaviourState]], origin: str
) -> dict[str, Fact]:
    """Return the facts of steps (cut, state), the last of which is still the last one at `cut`."""
    if not newest_first:
        return absent_facts("off")
    _, state = newest_first[0]
    if not state.name:
        return absent_facts("unsure", state.quality)
    since = _seconds_unchanged(cut, newest_first)
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
    rows: Iterable[BehaviourEstimate], permits: Mapping[str, Permit]
) -> list[tuple[int, BehaviourState]]:
    """Return the newest steps up to the first that may not be read."""
    found = []
    for row in rows:
        try:
            found.append((row.cut, behaviour_states.read(row, permits)))
        except (KeyError, KeyDestroyed):
            break
    return found


def _seconds_unchanged(cut: int, newest_first: Sequence[tuple[int, BehaviourState]]) -> float:
    """Return the seconds since the same state was first named, without a gap."""
    began, name = newest_first[0][0], newest_first[0][1].name
    for at, state in newest_first[1:]:
        if state.name != name or began - at != CUTS_PER_STEP:
            break
        began = at
    return float((cut - began) * HOP_S)
