"""Reading a stored state of behaviour: on task, trying hard or away, or not sure.

A name counts only after several sure steps (`emotion.behaviour.hmm.find_settled_name`). Pages read
states without the model, so nothing here needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from consent.permits import gate
from consent.permits.gate import Permit
from estimates.inference.affect import Range, SealedEstimate
from vault.sealed_values import Place, unseal_value


@dataclass(frozen=True, slots=True)
class BehaviourState:
    """One step of ten seconds.

    `name` = one of `BEHAVIOUR_STATES`, "" while unsure. `chances` = probability by name at this
    step, with its lowest and highest value over the steps that a name needs. `quality` = share of
    usable samples.
    """

    name: str
    chances: Mapping[str, Range]
    quality: float
    scopes: tuple[str, ...]


def read(row: SealedEstimate, permits: Mapping[str, Permit]) -> BehaviourState:
    """Open a state; `permits` must cover each of its scopes. Raises KeyError, KeyDestroyed."""
    if not gate.covers(permits, row.scopes, row.epochs):
        raise KeyError(f"expected Permits of epochs {row.epochs} for {row.scopes}")
    subject = permits[row.scopes[0]].subject
    opened = unseal_value(bytes(row.sealed), place=place_of(row.id, subject))
    return BehaviourState(
        name=opened["state"],
        chances={name: (r[0], r[1], r[2]) for name, r in opened["chances"].items()},
        quality=opened["quality"],
        scopes=tuple(row.scopes),
    )


def place_of(estimate_id: UUID, subject: UUID) -> Place:
    return Place("estimates_behaviourestimate", "sealed", str(estimate_id), subject)
