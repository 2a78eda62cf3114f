"""Changing Grants: the only module that does, and each change is an event (I-6).

Whoever changes Grants locks them first by `SELECT … ORDER BY learner, scope FOR UPDATE`: so each
write of sensed rows is wholly before the change or refused after it, and no two deadlock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

import audit
import push
from accounts.models import User
from consent.gate import offered
from consent.groups import group_of
from consent.models import ConsentEvent, Grant, Notice
from consent.notices import current
from consent.refusal import Refused
from consent.scopes import GRANT_SCOPES, PURPOSES, scope, split

ALL = GRANT_SCOPES
LIFE = {"adult": timedelta(days=365), "teen": timedelta(days=365), "child": timedelta(days=30)}
STILL_CLEARING = "What was taken before is still being removed. Try again in a moment."
NEEDS_ADAPT = "This needs “Help for me” of the same kind first."


@transaction.atomic
def grant(
    subject: UUID, scopes: Collection[str], *, notice: Notice, now: datetime, actor: UUID
) -> list[Grant]:
    """Switch `scopes` on, as told by `notice`: all of them or none. Raises Refused."""
    if actor != subject:
        raise PermissionDenied("only the person can say yes")
    person = _locked_person(subject)
    if not person.is_active:
        raise Refused("account_gone")
    for name in scopes:
        _check(person, name, notice, now)
    rows = _locked(person, scopes, notice, now)
    if any(row.clearing for row in rows.values()):
        raise Refused("unavailable", STILL_CLEARING)
    for name in scopes:
        _needs_adapt(name, scopes, rows)
    changed = [rows[name] for name in sorted(scopes) if not _stands(rows[name], notice, now)]
    for row in changed:
        row.live, row.notice, row.granted_at = True, notice, now
        row.expires_at = now + LIFE[person.age_band]
        _advance(row, "grant", person, now)
    return changed


def freeze(
    subject: UUID, scopes: Iterable[str], *, now: datetime, verb: str = "withdraw"
) -> list[str]:
    """Switch `scopes` off, and with a Stream's adapt all of its purposes. Answers which were on.

    For `privacy.erasure`, inside its transaction: it also removes what was taken, and until it
    says `cleared` no new yes is given.
    """
    falling = _with_dependants(scopes)
    with transaction.atomic():
        person = _locked_person(subject)
        rows = _lock(person, falling)
        frozen = [row for row in rows.values() if row.live]
        for row in frozen:
            row.live = False
            _advance(row, verb, person, now)
        adapt = [name for name in rows if split(name)[1] == "adapt"]
        Grant.objects.filter(learner=person, scope__in=adapt).update(clearing=True)
    return [row.scope for row in frozen]


def clearing(subject: UUID) -> set[str]:
    """The scopes of which something may still be left to remove."""
    rows = Grant.objects.filter(learner__code=subject, clearing=True)
    return set(rows.values_list("scope", flat=True))


def cleared(subject: UUID, scopes: Collection[str]) -> None:
    """What was taken under `scopes` is gone: a new yes may be given again."""
    Grant.objects.filter(learner__code=subject, scope__in=scopes).update(clearing=False)


def _locked_person(subject: UUID) -> User:
    """Before their Grants, always: so no yes slips in beside the closing of an account."""
    person = User.objects.select_for_update(no_key=True).filter(code=subject).first()
    if person is None:
        raise Refused("account_gone")
    return person


def hold(learners: Collection[int]) -> None:
    """Keep these people's Grants as they are until the transaction ends: a withdrawal waits."""
    if not learners:
        return
    rows = Grant.objects.filter(learner__in=learners, live=True).order_by("learner", "scope")
    with connection.cursor() as cursor:
        sql, params = rows.values("id").query.sql_with_params()
        cursor.execute(f"{sql} FOR SHARE", params)


def _check(person: User, name: str, notice: Notice, now: datetime) -> None:
    """May this person be asked for this scope, and was it the text of today that they saw?"""
    try:
        stream, _ = split(name)
    except KeyError as error:
        raise Refused("unknown_scope") from error
    offered(person.age_band, name)
    shown = current(group_of(stream.name), person.age_band, locale=notice.locale, now=now)
    if shown != notice:
        raise Refused("stale_notice")


def _needs_adapt(name: str, scopes: Collection[str], rows: Mapping[str, Grant]) -> None:
    stream, purpose = split(name)
    adapt = scope(stream.name, "adapt")
    if purpose != "adapt" and adapt not in scopes and not rows[adapt].live:
        raise Refused("no_grant", NEEDS_ADAPT)


def _stands(row: Grant, notice: Notice, now: datetime) -> bool:
    return row.live and row.notice_id == notice.pk and row.expires_at > now


def _locked(
    person: User, scopes: Collection[str], notice: Notice, now: datetime
) -> dict[str, Grant]:
    """The rows of `scopes` and of the adapt scopes they lean on, made where missing, locked."""
    leaning = {scope(split(name)[0].name, "adapt") for name in scopes}
    names = sorted(leaning.union(scopes))
    blank = [
        Grant(learner=person, scope=name, notice=notice, granted_at=now, expires_at=now)
        for name in names
    ]
    Grant.objects.bulk_create(blank, ignore_conflicts=True)
    return _lock(person, names)


def _lock(person: User, names: Collection[str]) -> dict[str, Grant]:
    rows = Grant.objects.select_for_update().filter(learner=person, scope__in=names)
    return {row.scope: row for row in rows.order_by("learner", "scope")}


def _advance(row: Grant, verb: str, person: User, now: datetime) -> None:
    """One event: the epoch moves, and history, audit and open pages learn of it."""
    row.epoch += 1
    row.save(update_fields=["epoch", "live", "notice", "granted_at", "expires_at"])
    ConsentEvent.objects.create(
        learner=person,
        scope=row.scope,
        epoch=row.epoch,
        verb=verb,
        notice_id=row.notice_id,
        at=now,
        expires_at=row.expires_at,
    )
    audit.record(
        f"consent.{verb}",
        actor=person.code,
        subject=person.code,
        public={"scope": row.scope, "epoch": row.epoch},
    )
    push.notify(
        f"learner.{person.code}",
        {
            "type": "consent.changed",
            "scope": row.scope,
            "granted": row.live,
            "epoch": row.epoch,
        },
    )


def _with_dependants(scopes: Iterable[str]) -> list[str]:
    falling = set(scopes)
    for name in tuple(falling):
        stream, purpose = split(name)
        if purpose == "adapt":
            falling.update(scope(stream.name, each) for each in PURPOSES)
    return sorted(falling)
