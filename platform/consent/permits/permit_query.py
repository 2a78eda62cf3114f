"""How people and their Grants stand: all that the gate asks the database, in one statement.

Written out, because a web process asks it for every page and, of all who are sensed, each second:
to put it together anew took the gate ten times as long as the answer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

ASKED = """
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
class Standing:
    """A Grant as it stands; `stale`: a newer text is in force than the one that was agreed to.
    `ends`: where it ends before a Permit may. `restricted`: the person lets nothing be read for
    now. `guardian`, `assent`: they have said yes. `guarded`: a Guardian is there."""

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
class Person:
    """An account that is alive; `chosen`: the legal profile that two Stewards chose last."""

    age_band: str
    chosen: str | None
    grants: dict[str, Standing] = field(default_factory=dict)


def standings(
    codes: Collection[UUID], scopes: Collection[str], *, now: datetime, until: datetime
) -> Mapping[UUID, Person]:
    """Each of these people who has an account, with their Grants of these scopes."""
    found: dict[UUID, Person] = {}
    asked: dict[str, Any] = {
        "codes": list(codes),
        "scopes": list(scopes),
        "now": now,
        "until": until,
    }
    with connection.cursor() as cursor:
        cursor.execute(ASKED, asked)
        for code, age_band, chosen, scope, *standing in cursor.fetchall():
            person = found.get(code)
            if person is None:
                person = found[code] = Person(age_band, chosen)
            if scope is not None:
                person.grants[scope] = Standing(*standing)
    return found
