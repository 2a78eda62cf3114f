"""Changing Grants: the only module that does, and each change is an event (I-6).

What an event makes of a Grant says `consent.grants.grant_reducer`; who has to say yes,
`consent.grants.guardian_consent` (I-5). Whoever changes Grants locks them first by `SELECT … ORDER
BY learner, scope FOR UPDATE`: so each write of sensed rows is wholly before the change or refused
after it, and no two deadlock.
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
from consent.grants.grant_reducer import ENDINGS, FORGET_LAST, NO, State, after, ends_at
from consent.grants.guardian_consent import may_decide, takes_two
from consent.legal_profiles import profiles
from consent.legal_profiles.profiles import Profile
from consent.models import ConsentEvent, Grant, Notice, Restriction, ShownText
from consent.notices import shown_texts
from consent.notices.notices import current
from consent.permits.errors import Refused
from consent.permits.gate import offered
from consent.scopes import GRANT_SCOPES, KEPT_SCOPES, PURPOSES, leans_on, scope, split
from consent.stream_groups import group_of

ALL = GRANT_SCOPES
LIFE = {"adult": timedelta(days=365), "teen": timedelta(days=365), "child": timedelta(days=30)}
STILL_CLEARING = noop("The data collected before is still being deleted. Try again in a moment.")
NEEDS_ADAPT = noop("Switch on “Help for me” for the same type of data first.")


@dataclass(frozen=True, slots=True)
class Act:
    """One press of a button: who pressed, when, and what stood before them."""

    person: User
    verb: str
    actor: UUID | None
    at: datetime
    id: UUID
    shown: ShownText | None = None
    paused: bool = False  # by the person: a page that hears of it starts nothing


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
    """Say yes to `scopes`, as told by `notice`: all of them or none. Raises Refused.

    The person says it for themselves; their Guardian says the other half where two have to.
    `shown` is all that stood before them as they said it; nothing given, the notice alone did.
    """
    person = _locked_person(subject)
    by_guardian = _speaks_as_guardian(person, actor)
    if not person.is_active:
        raise Refused("account_gone")
    profile = profiles.current(now=now)
    for name in scopes:
        _check(person, name, notice, profile, now)
    verbs = {name: _verb(person, name, profile, by_guardian=by_guardian) for name in scopes}
    rows = _locked(person, scopes, notice, now)
    if any(row.clearing for row in rows.values()):
        raise Refused("unavailable", STILL_CLEARING)
    for name in scopes:
        _needs_adapt(name, scopes, rows, verbs[name])
    changed = [name for name in sorted(scopes) if not _stands(rows[name], verbs[name], notice, now)]
    text = shown_texts.keep(shown or notice.body, now) if changed else None
    pressed = act or uuid.uuid4()
    for name in changed:
        _advance(rows[name], Act(person, verbs[name], actor, now, pressed, text), notice)
    return [rows[name] for name in changed]


def freeze(
    subject: UUID,
    scopes: Iterable[str],
    *,
    now: datetime,
    verb: str = "withdraw",
    actor: UUID | None = None,
) -> list[str]:
    """Switch `scopes` off, and with a Stream's adapt all of its purposes. Answers which were on.

    For `privacy.erasure.erasure`, inside its transaction: it also removes what was taken, and until
    it says `cleared` no new yes is given. An ending by itself ends only what is over by then.
    """
    with transaction.atomic():
        person = _locked_person(subject)
        if verb in ENDINGS:
            scopes = grant_expiry.over(person, verb, now).intersection(scopes)
        rows = _lock(person, _with_dependants(scopes))
        rows = {name: row for name, row in rows.items() if _may_fall(row, person, verb, actor)}
        by = actor or (subject if verb in NO else None)
        act = Act(person, verb, by, now, uuid.uuid4())
        frozen = [row for row in rows.values() if _moves(row, verb)]
        on = [row.scope for row in frozen if row.live]
        for row in frozen:
            _advance(row, act)
        kept = rows.keys() & set(KEPT_SCOPES)
        Grant.objects.filter(learner=person, scope__in=kept).update(clearing=True)
    return on


def clearing(subject: UUID) -> set[str]:
    """The scopes of which something may still be left to remove."""
    rows = Grant.objects.filter(learner__code=subject, clearing=True)
    return set(rows.values_list("scope", flat=True))


def cleared(subject: UUID, scopes: Collection[str]) -> None:
    """What was taken under `scopes` is gone: a new yes may be given again."""
    Grant.objects.filter(learner__code=subject, scope__in=scopes).update(clearing=False)


def pass_epochs(subject: UUID, past: Mapping[str, int], *, now: datetime) -> None:
    """Bring Grants past the epochs they had before the database was restored, event by event."""
    with transaction.atomic():
        person = _locked_person(subject)
        act = Act(person, "withdraw", subject, now, uuid.uuid4())
        for row in _lock(person, list(past)).values():
            while row.epoch <= past[row.scope]:
                _advance(row, act)


def move_on(subject: UUID, scopes: Collection[str], *, now: datetime) -> dict[str, int]:
    """A new epoch for what is on among `scopes`, under the same yes; the epochs that begin.

    For `privacy.recent_deletion`, inside its transaction: what was captured before is refused.
    """
    with transaction.atomic():
        person = _locked_person(subject)
        paused = Restriction.objects.filter(learner=person, kind="restriction").exists()
        act = Act(person, FORGET_LAST, subject, now, uuid.uuid4(), paused=paused)
        rows = [row for row in _lock(person, scopes).values() if row.live]
        for row in rows:
            _advance(row, act)
    return {row.scope: row.epoch for row in rows}


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


def _speaks_as_guardian(person: User, actor: UUID) -> bool:
    """False: the person speaks for themselves. Anybody else but a Guardian is turned away."""
    if actor == person.code:
        return False
    guardian = User.objects.filter(code=actor).first()
    if guardian is None or not may_decide(guardian, person):
        raise PermissionDenied("only the person and their guardian can say yes or no")
    return True


def _check(person: User, name: str, notice: Notice, profile: Profile | None, now: datetime) -> None:
    """May this person be asked for this scope, and was it the text of today that they saw?"""
    try:
        source, _ = split(name)
    except KeyError as error:
        raise Refused("unknown_scope") from error
    offered(person.age_band, name, profile)
    if current(group_of(source.name), person.age_band, now=now) != notice:
        raise Refused("stale_notice")


def _verb(person: User, name: str, profile: Profile | None, *, by_guardian: bool) -> str:
    if not takes_two(profile, person.age_band, name):
        if by_guardian:
            raise PermissionDenied("this person decides alone about this")
        return "grant"
    return "guardian_grant" if by_guardian else "assent"


def _needs_adapt(name: str, scopes: Collection[str], rows: Mapping[str, Grant], verb: str) -> None:
    adapt = leans_on(name)
    if adapt != name and adapt not in scopes and not State.of(rows[adapt]).said(verb):
        raise Refused("no_grant", NEEDS_ADAPT)


def _stands(row: Grant, verb: str, notice: Notice, now: datetime) -> bool:
    """Return whether this yes was said already and is not about to run out: then nothing changes."""
    said = State.of(row).said(verb)
    if said is None or row.notice_id != notice.pk or row.expires_at <= now:
        return False
    return said + LIFE[row.learner.age_band] > now + grant_expiry.REMIND


def _may_fall(row: Grant, person: User, verb: str, actor: UUID | None) -> bool:
    """A Guardian takes back only what they were asked about; the site, what is over."""
    if verb != "guardian_withdraw":
        return True
    if actor is None or not _speaks_as_guardian(person, actor):
        raise PermissionDenied("only a guardian can take back a guardian's yes")
    return row.guardian_at is not None or row.assent_at is not None


def _moves(row: Grant, verb: str) -> bool:
    """Return whether `verb` changes anything; the Learner's no leaves a Guardian's lone yes as it is."""
    state = State.of(row)
    return state.live or state.assent_at is not None if verb == "withdraw" else state.held


def _locked(
    person: User, scopes: Collection[str], notice: Notice, now: datetime
) -> dict[str, Grant]:
    """The rows of `scopes` and of those they lean on, made where missing, locked."""
    names = sorted({*map(leans_on, scopes), *scopes})
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


def _advance(row: Grant, act: Act, notice: Notice | None = None) -> None:
    """One event: the epoch moves, and history, audit and open pages learn of it."""
    was, told = State.of(row), notice.pk if notice else row.notice_id
    event = ConsentEvent.objects.create(
        learner=act.person,
        scope=row.scope,
        epoch=row.epoch + 1,
        verb=act.verb,
        notice_id=told,
        shown=act.shown,
        act=act.id,
        at=act.at,
        expires_at=ends_at(was, act.verb, told, act.at, LIFE[act.person.age_band]),
    )
    for name, value in asdict(after(was, event)).items():
        setattr(row, name, value)
    row.save(update_fields=[*asdict(was)])
    _tell(row, act)


def _tell(row: Grant, act: Act) -> None:
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
