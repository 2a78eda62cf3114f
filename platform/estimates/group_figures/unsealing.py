"""Unseal the Estimates that count in a group figure, each under the Permits that admitted it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence

from consent.permits.gate import Permit
from consent.scopes import split
from estimates import behaviour_states
from estimates.group_figures.eligible_estimates import CHUNK_SIZE, EligibleEstimate
from estimates.inference import affect
from estimates.inference.affect import SealedEstimate
from estimates.models import AffectEstimate, BehaviourEstimate
from vault.errors import KeyDestroyed, Tampered

logger = logging.getLogger(__name__)
# The share of each label in one Estimate; empty where it was not sure.
Shares = Mapping[str, float]


def is_biometric(each: EligibleEstimate) -> bool:
    return any(split(scope)[0].biometric for scope in each.scopes)


def unseal_estimates(
    estimates: Sequence[EligibleEstimate], kind: str
) -> Iterator[tuple[EligibleEstimate, Shares]]:
    """Unseal these Estimates; skip those withdrawn in the meantime, and log unreadable values."""
    table = AffectEstimate.objects if kind == "affect" else BehaviourEstimate.objects
    for first in range(0, len(estimates), CHUNK_SIZE):
        chunk = {each.id: each for each in estimates[first : first + CHUNK_SIZE]}
        for row in table.filter(pk__in=chunk):
            shares = _read_estimate(row, chunk[row.pk], SHARES_OF[kind])
            if shares is not None:
                yield chunk[row.pk], shares


def _affect_shares(row: SealedEstimate, permits: Mapping[str, Permit]) -> Shares:
    guess = affect.read(row, permits)
    return {} if guess.abstain else {label: best for label, (best, _, _) in guess.labels.items()}


def _behaviour_shares(row: SealedEstimate, permits: Mapping[str, Permit]) -> Shares:
    """Return 1 for the state and 0 for the others, so that labels reveal nothing about people."""
    state = behaviour_states.read(row, permits)
    return {name: float(name == state.name) for name in state.chances} if state.name else {}


ShareReader = Callable[[SealedEstimate, Mapping[str, Permit]], Shares]
SHARES_OF: Mapping[str, ShareReader] = {"affect": _affect_shares, "behaviour": _behaviour_shares}


def _read_estimate(row: SealedEstimate, each: EligibleEstimate, read: ShareReader) -> Shares | None:
    try:
        return read(row, each.permits)
    except (KeyError, KeyDestroyed):
        return None
    except (Tampered, ValueError):
        logger.warning("estimate.unreadable", exc_info=True)
        return None
