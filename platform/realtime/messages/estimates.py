"""Estimates sent to the pages.

They are loaded for all sockets of a process together: a worker makes those of many Learners at once
and announces them at one commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.utils.translation import gettext

from pipeline import page_messages
from pipeline.page_messages import EstimateOnPage, Message
from realtime.batch_loader import batch_queries
from telemetry.models import Sitting


async def load_estimate(code: UUID, sitting: Sitting) -> Message | None:
    """Return the message about an Estimate for this Sitting's page; None if it is gone."""
    found = await _load_message((code, sitting))
    # Translated here: the batch may contain pages in other languages.
    return found and {**found, "made_by": gettext(str(found["made_by"]))}


def _load_messages(asked: list[EstimateOnPage]) -> Mapping[EstimateOnPage, Message | None]:
    return page_messages.estimate_messages(asked)


# Not in the single thread that handles the messages of all pages.
_load_message = batch_queries(_load_messages, thread_sensitive=False)
