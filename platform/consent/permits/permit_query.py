"""The state of people and their Grants: everything the gate reads, in one statement.

It is plain SQL because a web process runs it for every page, and each second for everyone who is
sensed. Building it with the ORM each time took ten times as long as the answer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

QUERY = """
SELECT u.code, u.age_band,
  (SELECT p.wanted FROM consent_profilechange p WHERE p.state = 'confirmed'
    ORDER BY p.decided_at DESC, p.asked_at DESC LIMIT 1),
  g.scope, g.epoch, g.live, g.granted_at <= %(now)s, g.expires_at <= %(now)s,
  CASE WHEN g.expires_at < %(until)s THEN g.expires_at END, n.age_band,
  EXISTS (SELECT FROM consent_notice t
    WHERE t.group = n.group AND t.age_band = n.age_band AND t.locale = n.locale
      AND t.version > n.version AND t.effective_from <= %(now)s),
  EXISTS (SELECT FROM consent_restriction r
    WHERE r.learner = u.id AND r.kind = 'restriction'),
  g.guardian_at IS NOT NULL, g.assent_at IS NOT NULL,
  EXISTS (SELECT FROM accounts_guardianship b JOIN accounts_user a ON a.id = b.guardian_id
    WHERE b.ward_id = u.id AND a.is_active)
FROM accounts_user u
LEFT JOIN (consent_grant g JOIN consent_notice n ON n.id = g.notice)
  ON g.learner = u.id AND g.scope = ANY(%(scopes)s)
WHERE u.code = ANY(%(codes)s) AND u.is_active
"""


@dataclass(frozen=True, slots=True)
class GrantStatus:
    """The state of a Grant; `stale`: a newer text is in force than the agreed one.

    `ends`: its end, if before a Permit's. `restricted`: the person has paused all reading.
    `guardian`, `assent`: whether they have approved. `guarded`: an active Guardian exists.
    """

    epoch: int
    live: bool
    begun: bool
    expired: bool
    ends: datetime | None
    shown_to: str
    stale: bool
    restricted: bool
    guardian: bool
    assent: bool
    guarded: bool


@dataclass(frozen=True, slots=True)
class ConsentPerson:
    """An active account; `chosen`: the legal profile that two Stewards chose last."""

    age_band: str
    chosen: str | None
    grants: dict[str, GrantStatus] = field(default_factory=dict)


def load_people(
    codes: Collection[UUID], scopes: Collection[str], *, now: datetime, until: datetime
) -> Mapping[UUID, ConsentPerson]:
    """Return each of these people who has an account, with their Grants of these scopes."""
    found: dict[UUID, ConsentPerson] = {}
    values: dict[str, Any] = {
        "codes": list(codes),
        "scopes": list(scopes),
        "now": now,
        "until": until,
    }
    with connection.cursor() as cursor:
        cursor.execute(QUERY, values)
        for code, age_band, chosen, scope, *standing in cursor.fetchall():
            person = found.get(code)
            if person is None:
                person = found[code] = ConsentPerson(age_band, chosen)
            if scope is not None:
                person.grants[scope] = GrantStatus(*standing)
    return found
