"""Estimates on their way to the pages: read for all sockets of a process together, since a worker
makes those of many Learners at once and tells them at one commit."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.utils.translation import gettext

from pipeline import page_messages
from pipeline.page_messages import EstimateOnPage, Message
from realtime.batch_loader import visiting
from telemetry.models import Sitting


async def estimate(code: UUID, sitting: Sitting) -> Message | None:
    """What the page of this Sitting is told of an Estimate; None = nothing any more."""
    found = await _message((code, sitting))
    # Read with those of other pages, which may speak another language.
    return found and {**found, "made_by": gettext(str(found["made_by"]))}


def _look(asked: list[EstimateOnPage]) -> Mapping[EstimateOnPage, Message | None]:
    return page_messages.estimate_messages(asked)


# Not in the one thread in which the messages of all pages are worked off.
_message = visiting(_look, thread_sensitive=False)
