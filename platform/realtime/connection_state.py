"""The state of a Sitting when its page connects.

It is loaded for all pages that connect at the same moment, so that a whole class is back within
seconds of a restart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from consent.scopes import STREAMS
from learner.consent import on_device_inference
from pipeline import page_messages
from pipeline.page_messages import Hint
from realtime.batch_loader import batch_queries
from telemetry import sittings
from telemetry.blocks import block_store
from telemetry.blocks.block_store import Range
from telemetry.models import Sitting

# By Stream, ranges of sequence numbers that a page keeps because they were not acknowledged.
Unacked = Mapping[str, Sequence[tuple[int, int]]]
OwnSitting = tuple[User, UUID]


@dataclass(frozen=True, slots=True, eq=False)
class ArrivingPage:
    """A page that connects, with the sequence numbers it has kept."""

    sitting: Sitting
    unacked: Unacked

    def ranges(self) -> list[Range]:
        streams = self.unacked.items()
        return [(self.sitting, name, *pair) for name, pairs in streams for pair in pairs]


@dataclass(frozen=True, slots=True)
class SittingState:
    """The state of a Sitting.

    `newest` is the highest sequence number and its t0 by Stream. `lacking` holds numbers that the
    page has and the site has not. `missed` holds hints that the page can still answer. `here`
    describes on-device inference.
    """

    newest: Mapping[str, tuple[int, float]]
    lacking: Mapping[str, set[int]]
    missed: Sequence[Hint]
    here: Mapping[str, Any] | None


async def open_sitting(learner: User, code: UUID) -> Sitting | None:
    """Return this Learner's own Sitting while it is open, else None."""
    return await _open_sitting((learner, code))


async def load_state(sitting: Sitting, unacked: Unacked) -> SittingState:
    """Load the state, without unknown streams: they would break the query for other pages."""
    known = {name: pairs for name, pairs in unacked.items() if name in STREAMS}
    return await _load_state(ArrivingPage(sitting, known))


def _find_open(asked: list[OwnSitting]) -> Mapping[OwnSitting, Sitting | None]:
    return sittings.open_for_each(asked, timezone.now())


def _load_states(coming: Sequence[ArrivingPage]) -> Mapping[ArrivingPage, SittingState]:
    open_ = list({each.sitting.id: each.sitting for each in coming}.values())
    newest, missed = block_store.newest_blocks(open_), page_messages.missed_hints(open_)
    here = on_device_inference.describe_inference_each(open_)
    present = block_store.stored_numbers([range for each in coming for range in each.ranges()])
    return {
        each: SittingState(newest[id], _find_lacking(each, present), missed[id], here[id])
        for each in coming
        for id in (each.sitting.id,)
    }


def _find_lacking(
    coming: ArrivingPage, present: Mapping[tuple[UUID, str], set[int]]
) -> dict[str, set[int]]:
    return {
        name: {n for first, last in pairs for n in range(first, last + 1)}
        - present.get((coming.sitting.id, name), set())
        for name, pairs in coming.unacked.items()
    }


_open_sitting = batch_queries(_find_open)
_load_state = batch_queries(_load_states)
