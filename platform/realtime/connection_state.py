"""How things stand as a page comes, again or for the first time: read for all that come in the same
moment together, so that a class is back within seconds of a restart."""

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
from realtime.batch_loader import visiting
from telemetry import sittings
from telemetry.blocks import block_store
from telemetry.blocks.block_store import Range
from telemetry.models import Sitting

# By Stream, ranges of the numbers that a page keeps because nobody acknowledged them.
Unacked = Mapping[str, Sequence[tuple[int, int]]]
Own = tuple[User, UUID]


@dataclass(frozen=True, slots=True, eq=False)
class Coming:
    """A page that comes, and what it keeps."""

    sitting: Sitting
    unacked: Unacked

    def ranges(self) -> list[Range]:
        told = self.unacked.items()
        return [(self.sitting, name, *pair) for name, pairs in told for pair in pairs]


@dataclass(frozen=True, slots=True)
class Standing:
    """`newest` = highest number and its t0 by Stream; `lacking` = numbers that the page keeps and
    the site does not; `missed` = hints of what it can still answer; `here` = what it may guess.
    """

    newest: Mapping[str, tuple[int, float]]
    lacking: Mapping[str, set[int]]
    missed: Sequence[Hint]
    here: Mapping[str, Any] | None


async def open_sitting(learner: User, code: UUID) -> Sitting | None:
    """This Learner's own Sitting while it is open, else None."""
    return await _open_sitting((learner, code))


async def standing(sitting: Sitting, unacked: Unacked) -> Standing:
    """What is no Stream is left out here: it would spoil the question for the others."""
    known = {name: pairs for name, pairs in unacked.items() if name in STREAMS}
    return await _standing(Coming(sitting, known))


def _find(asked: list[Own]) -> Mapping[Own, Sitting | None]:
    return sittings.open_for_each(asked, timezone.now())


def _read(coming: Sequence[Coming]) -> Mapping[Coming, Standing]:
    open_ = list({each.sitting.id: each.sitting for each in coming}.values())
    newest, missed = block_store.newest_blocks(open_), page_messages.missed_hints(open_)
    here = on_device_inference.told_each(open_)
    present = block_store.stored_numbers([range for each in coming for range in each.ranges()])
    return {
        each: Standing(newest[id], _lacking(each, present), missed[id], here[id])
        for each in coming
        for id in (each.sitting.id,)
    }


def _lacking(coming: Coming, present: Mapping[tuple[UUID, str], set[int]]) -> dict[str, set[int]]:
    return {
        name: {n for first, last in pairs for n in range(first, last + 1)}
        - present.get((coming.sitting.id, name), set())
        for name, pairs in coming.unacked.items()
    }


_open_sitting = visiting(_find)
_standing = visiting(_read)
