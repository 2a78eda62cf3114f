"""Apply a change of the legal profile: end forbidden Grants and erase their data.

A confirmed change stays due until a whole pass finds nothing left. Each person's part is an Erasure
with cause "legal" in its own transaction, so a killed pass can be repeated (I-24).
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.db.models import Model, QuerySet

import data_inventory
from accounts.models import User
from consent.grants.grant_reducer import FORBID
from consent.legal_profiles import change_requests, profiles
from consent.legal_profiles.profiles import LegalProfile
from consent.models import Grant
from consent.scopes import GRANT_SCOPES
from data_inventory import Holding
from estimates import share_access
from privacy.erasure.erasure import STEPS, withdraw
from privacy.models import Erasure
from telemetry.models import Block
from vault.errors import KeystoreBusy

logger = logging.getLogger(__name__)
# A consent being given while the profile changed is stored by then.
SETTLE_TIME = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ForbiddenScopes:
    """Scopes a profile forbids, for everyone and for minors."""

    everybody: tuple[str, ...]
    minors: tuple[str, ...]

    @classmethod
    def from_profile(cls, profile: LegalProfile) -> ForbiddenScopes:
        blocked = tuple(name for name in GRANT_SCOPES if not profile.allows(name))
        return cls(blocked, blocked if profile.allows_age("child") else GRANT_SCOPES)

    def for_age_band(self, age_band: str) -> tuple[str, ...]:
        return self.everybody if age_band == "adult" else self.minors


def purge(*, now: datetime) -> int:
    """Erase what the current profile forbids, while a change is due. Returns how many people.

    If the profile has no Shares, live ones end, so that a change back revives none.
    """
    change = change_requests.find_unpurged()
    profile = profiles.current(now=now)
    if change is None or profile is None or change.decided_at is None:
        return 0
    if profile.teacher_individual == "never":
        share_access.end_all(now=now)
    found = affected(ForbiddenScopes.from_profile(profile))
    for person, scopes in found.items():
        _forbid(person, scopes, now)
    if not found and now - change.decided_at >= SETTLE_TIME:
        change_requests.mark_purged(change, now=now)
    return len(found)


def affected(forbidden: ForbiddenScopes) -> dict[User, tuple[str, ...]]:
    """Return people with a Grant or stored data that is forbidden, and the scopes."""
    found: dict[User, tuple[str, ...]] = {}
    for bands, scopes in ((["adult"], forbidden.everybody), (["teen", "child"], forbidden.minors)):
        ids = _people(scopes) if scopes else set()
        people = User.objects.filter(age_band__in=bands, pk__in=ids)
        found |= dict.fromkeys(people.order_by("pk"), scopes)
    return found


def rows_under(scopes: Collection[str]) -> Iterator[tuple[Holding, QuerySet[Model]]]:
    """Yield the rows under these scopes, table by table.

    Walks the declarations, so a new table is included automatically.
    """
    adapt = [name.partition(":")[0] for name in scopes if name.endswith(":adapt")]
    for holding in data_inventory.all():
        if holding.subject is None:
            continue
        rows = holding.model._base_manager.all()
        if holding.model is Block:
            yield holding, rows.filter(stream__in=adapt)
        elif "scopes" in holding.columns:
            yield holding, rows.filter(scopes__overlap=list(scopes))


def _people(scopes: Collection[str]) -> set[int]:
    live = Grant.objects.filter(live=True, scope__in=list(scopes))
    found = set(live.values_list("learner_id", flat=True))
    for holding, rows in rows_under(scopes):
        if holding.scope in ("adapt", "research"):
            found |= set(rows.values_list(f"{holding.subject}_id", flat=True).distinct())
    return found


def _forbid(person: User, scopes: Collection[str], now: datetime) -> None:
    under_way = Erasure.objects.filter(subject=person.code, cause="legal", state__in=list(STEPS))
    if under_way.exists():
        return
    try:
        withdraw(person.code, list(scopes), now=now, verb=FORBID, cause="legal")
    except (KeystoreBusy, DatabaseError):
        logger.exception("profile.purge_waits")
