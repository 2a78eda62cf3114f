"""Changing the site's facts together with the notices that contain them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.site import site_facts
from accounts.site.site_facts import SiteFacts
from consent.notices import notices
from work_queue.turns import wait_for_turn

# The privacy notices contain these: another value is a new version of each.
NAMED_IN_NOTICES = frozenset({"controller", "contact", "officer"})


@transaction.atomic
def change_site(
    facts: SiteFacts, *, by: UUID | None, now: datetime, seen: str = ""
) -> tuple[str, ...]:
    """Record the facts and publish the notices that contain them; return what changed.

    `seen` is the mark of the facts that the user saw. Raises InvalidFact.
    """
    wait_for_turn(notices.ONE_AT_A_TIME)
    changed = site_facts.record(facts, by=by, now=now, seen=seen)
    if not NAMED_IN_NOTICES.isdisjoint(changed):
        notices.publish(now)
    return changed


def changes_notices(facts: SiteFacts, *, now: datetime) -> bool:
    """Return whether recording these facts would publish new versions of the notices."""
    changed = site_facts.load().differences(facts)
    return not NAMED_IN_NOTICES.isdisjoint(changed) and notices.would_renew(facts, now)
