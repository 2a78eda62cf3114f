"""Changing what is recorded about the site, together with the notices that name it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import site_facts
from accounts.site_facts import SiteFacts
from consent import notices

# The privacy notices name these: another value is a new version of each.
NAMED_IN_NOTICES = frozenset({"controller", "contact", "officer"})


@transaction.atomic
def change_site(facts: SiteFacts, *, by: UUID | None, now: datetime) -> tuple[str, ...]:
    """Record the facts and publish the notices that changed with them; return what changed.

    Raises BadFact.
    """
    changed = site_facts.record(facts, by=by, now=now)
    notices.publish(now)
    return changed


def changes_notices(facts: SiteFacts) -> bool:
    """Say whether recording these facts would publish new versions of the notices."""
    before = site_facts.load()
    named = before.names_controller or facts.names_controller
    return named and not NAMED_IN_NOTICES.isdisjoint(before.differences(facts))
