"""The list of members of a platform's course (Names and Role Provisioning Services 2.0).

Known people are enrolled or removed as the list says. It creates no accounts: people who
have not opened a link are only counted, and their names are not stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet

from lti.addresses import has_same_origin
from lti.launch.accounts import digest_subject
from lti.launch.claims import learns, read_id, read_roles, teaches
from lti.memberships import end_member, note_member
from lti.models import PlatformAccount, PlatformCourse, PlatformMember
from lti.services.access_tokens import ServiceFailed, call, read_object
from lti.services.platform_sweeps import Clock, PlatformSweep, SweepTokens

SCOPE: Final = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
MEDIA_TYPE: Final = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
NEXT_PAGE: Final = re.compile(r'<([^>]+)>;\s*rel="?next"?')
READ_EVERY: Final = timedelta(hours=1)
MOST_PAGES: Final = 50


@dataclass(frozen=True, slots=True)
class ListedMember:
    """A person on the list who learns or teaches there now."""

    subject: str
    teaches: bool


def read_due(*, clock: Clock) -> int:
    """Read the lists that are due; return how many were read."""
    return SWEEP.run(clock=clock)


def _rows() -> QuerySet[PlatformCourse]:
    rows = PlatformCourse.objects.filter(platform__active=True, course__isnull=False)
    return rows.exclude(members_url="").select_related("platform", "course")


def _read_one(row: PlatformCourse, tokens: SweepTokens, clock: Clock) -> bool:
    began = clock()
    members = {each.subject: each for each in _fetch_members(row, tokens)}
    if not members:
        # An empty answer is more likely a fault there than a course that everybody left.
        raise ServiceFailed("empty")
    _apply(row, members, began)
    return True


@transaction.atomic
def _apply(row: PlatformCourse, members: dict[str, ListedMember], now: datetime) -> None:
    """Enrol and remove the people who have an account here.

    `now`: when the list was requested. A person who opened a link since then may not be on it.
    """
    issuer = row.platform.issuer
    listed = {digest_subject(issuer, subject): each for subject, each in members.items()}
    for account in _lock_accounts(row, list(listed)):
        member = listed.get(account.subject_digest)
        if member is None or not account.person.is_active:
            continue
        if not member.teaches or account.person.has_role("teacher"):
            note_member(account, row, teaches=member.teaches, now=now)
    seen = PlatformMember.objects.filter(within=row, seen_at__lt=now)
    gone = seen.exclude(account__subject_digest__in=listed)
    for left in gone.select_related("account__person", "within__course").order_by("pk"):
        end_member(left)
    PlatformCourse.objects.filter(pk=row.pk).update(
        members_there=len(members), members_read_at=now, due_at=now + READ_EVERY, tries=0
    )


def _lock_accounts(row: PlatformCourse, listed: list[str]) -> list[PlatformAccount]:
    """Return the accounts of listed people and of former members, locked against removal."""
    members = PlatformMember.objects.filter(within=row).values("account")
    rows = row.platform.accounts.filter(Q(subject_digest__in=listed) | Q(pk__in=members))
    return list(rows.select_related("person").select_for_update(of=["self"]).order_by("pk"))


def _fetch_members(row: PlatformCourse, tokens: SweepTokens) -> Iterator[ListedMember]:
    """Yield the members, page by page. Raises ServiceFailed."""
    token = tokens.get(row.platform)
    headers = {"Authorization": f"Bearer {token}", "Accept": MEDIA_TYPE}
    url = row.members_url
    for _page in range(MOST_PAGES):
        reply = call(url, None, headers, method="GET")
        listed = read_object(reply).get("members")
        yield from _read_members(listed if isinstance(listed, list) else [])
        found = NEXT_PAGE.search(reply.headers.get("Link", ""))
        if found is None:
            return
        url = _check_next(found[1], url)
    raise ServiceFailed("too_long")


def _check_next(url: str, before: str) -> str:
    """Return the address of the next page; the token goes to no other host."""
    if not has_same_origin(url, before):
        raise ServiceFailed("next_page")
    return url


def _read_members(listed: list[Any]) -> Iterator[ListedMember]:
    for each in listed:
        if not isinstance(each, dict) or each.get("status", "Active") != "Active":
            continue
        subject, roles = read_id(each.get("user_id")), read_roles(each.get("roles"))
        if subject and (teaches(roles) or learns(roles)):
            yield ListedMember(subject, teaches(roles))


SWEEP: Final = PlatformSweep(
    event="lti.roster_failed",
    scope=SCOPE,
    rows=_rows,
    platform="platform",
    process=_read_one,
    batch=10,
    lease=timedelta(minutes=30),
    first_pause=timedelta(minutes=5),
)
