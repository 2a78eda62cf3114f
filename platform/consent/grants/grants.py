"""Changes of Grants: only this module makes them, and each change is an event (I-6).

`consent.grants.grant_reducer` defines the effect of an event; `consent.grants.guardian_consent`,
who must consent (I-5). Before a change, Grants are locked with `SELECT … ORDER BY learner, scope
FOR UPDATE`. So each write of sensed rows happens entirely before the change or is refused after it,
and no two changes deadlock.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils.translation import gettext_noop as noop

import audit
import push
from accounts.models import User
from consent.grants import grant_expiry
from consent.grants.grant_reducer import (
    ENDINGS,
    FORGET_LAST,
    NO,
    GrantState,
    apply_event,
    compute_expiry,
)
from consent.grants.guardian_consent import may_decide, needs_two
from consent.legal_profiles import profiles
from consent.legal_profiles.profiles import LegalProfile
from consent.models import ConsentEvent, Grant, Notice, Restriction, ShownText
from consent.notices.notices import current, store_shown_text
from consent.permits.errors import Refused
from consent.permits.gate import require_offered
from consent.scopes import GRANT_SCOPES, KEPT_SCOPES, PURPOSES, required_scope, scope, split
from consent.stream_groups import group_of

ALL = GRANT_SCOPES
LIFETIME = {"adult": timedelta(days=365), "teen": timedelta(days=365), "child": timedelta(days=30)}
STILL_CLEARING = noop("The data collected before is still being deleted. Try again in a moment.")
NEEDS_ADAPT = noop("Switch on “Help for me” for the same type of data first.")


@dataclass(frozen=True, slots=True)
class ConsentAct:
    """One press of a button: who pressed it, when, and the text that was shown."""

    person: User
    verb: str
    actor: UUID | None
    at: datetime
    id: UUID
    shown: ShownText | None = None
    paused: bool = False  # Paused by the person: an open page starts no sensor.


@transaction.atomic
def grant(
    subject: UUID,
    scopes: Collection[str],
    *,
    notice: Notice,
    now: datetime,
    actor: UUID,
    shown: str = "",
    act: UUID | None = None,
) -> list[Grant]:
    """Give consent to `scopes` under `notice`: to all of them or none. Raises Refused.

    The person consents for themselves; where two must consent, their Guardian gives the other half.
    `shown` is the whole text on the page at that moment; by default, only the notice.
    """
    person = _lock_person(subject)
    by_guardian = _acts_as_guardian(person, actor)
    if not person.is_active:
        raise Refused("account_gone")
    profile = profiles.current(now=now)
    for name in scopes:
        _require_current_offer(person, name, notice, profile, now)
    verbs = {name: _choose_verb(person, name, profile, by_guardian=by_guardian) for name in scopes}
    rows = _lock_or_create(person, scopes, notice, now)
    if any(row.clearing for row in rows.values()):
        raise Refused("unavailable", STILL_CLEARING)
    for name in scopes:
        _require_adapt(name, scopes, rows, verbs[name])
    changed = [
        name for name in sorted(scopes) if not _is_settled(rows[name], verbs[name], notice, now)
    ]
    text = store_shown_text(shown or notice.body, now) if changed else None
    pressed = act or uuid.uuid4()
    for name in changed:
        _apply_act(rows[name], ConsentAct(person, verbs[name], actor, now, pressed, text), notice)
    return [rows[name] for name in changed]


def freeze(
    subject: UUID,
    scopes: Iterable[str],
    *,
    now: datetime,
    verb: str = "withdraw",
    actor: UUID | None = None,
) -> list[str]:
    """Switch off `scopes`, and all purposes of a Stream with its `adapt`.

    Return those that were on. Called by `privacy.erasure.erasure` in its transaction. It also
    deletes the data, and no new consent is accepted until it calls `mark_cleared`. An automatic
    ending affects only what has ended by then.
    """
    with transaction.atomic():
        person = _lock_person(subject)
        if verb in ENDINGS:
            scopes = grant_expiry.find_ended_scopes(person, verb, now).intersection(scopes)
        rows = _lock(person, _with_dependants(scopes))
        rows = {name: row for name, row in rows.items() if _may_end(row, person, verb, actor)}
        by = actor or (subject if verb in NO else None)
        act = ConsentAct(person, verb, by, now, uuid.uuid4())
        frozen = [row for row in rows.values() if _has_effect(row, verb)]
        on = [row.scope for row in frozen if row.live]
        for row in frozen:
            _apply_act(row, act)
        stored = rows.keys() & set(KEPT_SCOPES)
        Grant.objects.filter(learner=person, scope__in=stored).update(clearing=True)
    return on


def find_clearing(subject: UUID) -> set[str]:
    """Return the scopes whose data may still be in deletion."""
    rows = Grant.objects.filter(learner__code=subject, clearing=True)
    return set(rows.values_list("scope", flat=True))


def mark_cleared(subject: UUID, scopes: Collection[str]) -> None:
    """Mark the data of `scopes` as deleted: a new consent may be given."""
    Grant.objects.filter(learner__code=subject, scope__in=scopes).update(clearing=False)


def pass_epochs(subject: UUID, past: Mapping[str, int], *, now: datetime) -> None:
    """Advance Grants past the epochs they had before a restore of the database, event by event."""
    with transaction.atomic():
        person = _lock_person(subject)
        act = ConsentAct(person, "withdraw", subject, now, uuid.uuid4())
        for row in _lock(person, list(past)).values():
            while row.epoch <= past[row.scope]:
                _apply_act(row, act)


def start_new_epochs(subject: UUID, scopes: Collection[str], *, now: datetime) -> dict[str, int]:
    """Start a new epoch for the live Grants of `scopes`; return the new epochs.

    The consent stays the same. Called by `privacy.recent_deletion` in its transaction: blocks
    captured before are refused.
    """
    with transaction.atomic():
        person = _lock_person(subject)
        paused = Restriction.objects.filter(learner=person, kind="restriction").exists()
        act = ConsentAct(person, FORGET_LAST, subject, now, uuid.uuid4(), paused=paused)
        rows = [row for row in _lock(person, scopes).values() if row.live]
        for row in rows:
            _apply_act(row, act)
    return {row.scope: row.epoch for row in rows}


def _lock_person(subject: UUID) -> User:
    """Lock the person, before their Grants, so no consent slips in while an account closes."""
    person = User.objects.select_for_update(no_key=True).filter(code=subject).first()
    if person is None:
        raise Refused("account_gone")
    return person


def lock_for_read(learners: Collection[int]) -> None:
    """Lock these people's live Grants until the transaction ends: a withdrawal waits."""
    if not learners:
        return
    rows = Grant.objects.filter(learner__in=learners, live=True).order_by("learner", "scope")
    with connection.cursor() as cursor:
        sql, params = rows.values("id").query.sql_with_params()
        cursor.execute(f"{sql} FOR SHARE", params)


def _acts_as_guardian(person: User, actor: UUID) -> bool:
    """Return whether the actor is a Guardian; False = the person. Others raise PermissionDenied."""
    if actor == person.code:
        return False
    guardian = User.objects.filter(code=actor).first()
    if guardian is None or not may_decide(guardian, person):
        raise PermissionDenied("only the person and their guardian can say yes or no")
    return True


def _require_current_offer(
    person: User, name: str, notice: Notice, profile: LegalProfile | None, now: datetime
) -> None:
    """Raise Refused unless the scope may be offered and `notice` is the current text."""
    try:
        source, _ = split(name)
    except KeyError as error:
        raise Refused("unknown_scope") from error
    require_offered(person.age_band, name, profile)
    if current(group_of(source.name), person.age_band, now=now) != notice:
        raise Refused("stale_notice")


def _choose_verb(
    person: User, name: str, profile: LegalProfile | None, *, by_guardian: bool
) -> str:
    if not needs_two(profile, person.age_band, name):
        if by_guardian:
            raise PermissionDenied("this person decides alone about this")
        return "grant"
    return "guardian_grant" if by_guardian else "assent"


def _require_adapt(
    name: str, scopes: Collection[str], rows: Mapping[str, Grant], verb: str
) -> None:
    adapt = required_scope(name)
    if (
        adapt != name
        and adapt not in scopes
        and not GrantState.from_row(rows[adapt]).approved_at(verb)
    ):
        raise Refused("no_grant", NEEDS_ADAPT)


def _is_settled(row: Grant, verb: str, notice: Notice, now: datetime) -> bool:
    """Return whether this consent exists already and does not expire soon: nothing changes then."""
    since = GrantState.from_row(row).approved_at(verb)
    if since is None or row.notice_id != notice.pk or row.expires_at <= now:
        return False
    return since + LIFETIME[row.learner.age_band] > now + grant_expiry.REMIND


def _may_end(row: Grant, person: User, verb: str, actor: UUID | None) -> bool:
    """Return whether this Grant may be ended by `actor`.

    A Guardian can withdraw only what they were asked about.
    """
    if verb != "guardian_withdraw":
        return True
    if actor is None or not _acts_as_guardian(person, actor):
        raise PermissionDenied("only a guardian can withdraw a guardian's consent")
    return row.guardian_at is not None or row.assent_at is not None


def _has_effect(row: Grant, verb: str) -> bool:
    """Return whether `verb` changes anything.

    A Learner's withdrawal keeps a Guardian's lone approval.
    """
    state = GrantState.from_row(row)
    return state.live or state.assent_at is not None if verb == "withdraw" else state.has_approval


def _lock_or_create(
    person: User, scopes: Collection[str], notice: Notice, now: datetime
) -> dict[str, Grant]:
    """Return the locked rows of `scopes` and the scopes they require, created if missing."""
    names = sorted({*map(required_scope, scopes), *scopes})
    blank = [
        Grant(learner=person, scope=name, notice=notice, granted_at=now, expires_at=now)
        for name in names
    ]
    Grant.objects.bulk_create(blank, ignore_conflicts=True)
    return _lock(person, names)


def _lock(person: User, names: Collection[str]) -> dict[str, Grant]:
    rows = Grant.objects.select_for_update().filter(learner=person, scope__in=names)
    found = {row.scope: row for row in rows.order_by("learner", "scope")}
    for row in found.values():
        row.learner = person
    return found


def _apply_act(row: Grant, act: ConsentAct, notice: Notice | None = None) -> None:
    """Apply one event: a new epoch, recorded in history and audit and sent to open pages."""
    was, notice_id = GrantState.from_row(row), notice.pk if notice else row.notice_id
    event = ConsentEvent.objects.create(
        learner=act.person,
        scope=row.scope,
        epoch=row.epoch + 1,
        verb=act.verb,
        notice_id=notice_id,
        shown=act.shown,
        act=act.id,
        at=act.at,
        expires_at=compute_expiry(was, act.verb, notice_id, act.at, LIFETIME[act.person.age_band]),
    )
    for name, value in asdict(apply_event(was, event)).items():
        setattr(row, name, value)
    row.save(update_fields=[*asdict(was)])
    _announce(row, act)


def _announce(row: Grant, act: ConsentAct) -> None:
    person = act.person
    audit.record(
        f"consent.{act.verb}",
        actor=act.actor,
        subject=person.code,
        public={"scope": row.scope, "epoch": row.epoch},
    )
    push.notify(
        f"learner.{person.code}",
        {
            "type": "consent.changed",
            "scope": row.scope,
            "granted": row.live and not act.paused,
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
