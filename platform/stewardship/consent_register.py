"""The consent register: counts per scope, and one person's history, identified by code only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import AGE_BANDS, User
from consent.models import ConsentEvent, Grant
from consent.stream_labels import name_of
from stewardship.legal_profile.summary import PURPOSE_WORDS

VERBS = {
    "grant": _("Switched on"),
    "assent": _("Agreed, together with a guardian"),
    "guardian_grant": _("A guardian agreed"),
    "withdraw": _("Switched off"),
    "guardian_withdraw": _("A guardian said no"),
    "expire": _("Expired"),
    "stale": _("Ended: the text or the rules had changed"),
    "forbid": _("Ended: the legal profile changed and no longer allows it"),
    "forget_last": _("Continued, with the last 10 minutes deleted"),
}
BANDS = {"adult": _("adult"), "teen": _("teen"), "child": _("child")}


@dataclass(frozen=True, slots=True)
class ScopeCounts:
    """Live Grants of one scope, by age band in the order of AGE_BANDS."""

    stream: str
    purpose: str
    by_band: Sequence[int]
    simulated: int

    @property
    def total(self) -> int:
        return sum(self.by_band)


@dataclass(frozen=True, slots=True)
class ConsentHistoryEntry:
    at: datetime
    what: str
    stream: str
    purpose: str
    epoch: int
    notice: str
    notice_code: UUID


@dataclass(frozen=True, slots=True)
class PersonConsents:
    """One person as a Steward may see them: no name, no address, no estimate."""

    code: UUID
    short: str
    age_band: str
    simulated: bool
    active: bool
    since: datetime
    live: tuple[str, ...]
    history: tuple[ConsentHistoryEntry, ...]


def load_scope_counts(now: datetime) -> tuple[ScopeCounts, ...]:
    """Return one line for each scope that anyone allows now."""
    live = Grant.objects.filter(live=True, expires_at__gt=now, learner__is_active=True)
    bands = {band: Count("id", filter=Q(learner__age_band=band)) for band in AGE_BANDS}
    simulated = Count("id", filter=Q(learner__simulated=True))
    counted = live.values("scope").annotate(simulated=simulated, **bands).order_by("scope")
    return tuple(
        ScopeCounts(*_scope_words(name), by_band, n_simulated)
        for name, n_simulated, *by_band in counted.values_list("scope", "simulated", *AGE_BANDS)
    )


def people_with_grants(now: datetime) -> int:
    live = Grant.objects.filter(live=True, expires_at__gt=now, learner__is_active=True)
    return live.values("learner").distinct().count()


def load_person_consents(user: User, now: datetime) -> PersonConsents:
    live = Grant.objects.filter(learner=user, live=True, expires_at__gt=now).order_by("scope")
    events = ConsentEvent.objects.filter(learner=user).select_related("notice").order_by("-at")
    return PersonConsents(
        code=user.code,
        short=short_code(user.code),
        age_band=str(BANDS[user.age_band]),
        simulated=user.simulated,
        active=user.is_active,
        since=user.created_at,
        live=tuple(", ".join(_scope_words(grant.scope)) for grant in live),
        history=tuple(_history_entry(event) for event in events),
    )


def short_code(code: UUID) -> str:
    """Return the short form of a person code, as shown on these pages."""
    return f"{code.hex[:4]}…{code.hex[-4:]}"


def _history_entry(event: ConsentEvent) -> ConsentHistoryEntry:
    stream, purpose = _scope_words(event.scope)
    what, notice = str(VERBS[event.verb]), event.notice
    return ConsentHistoryEntry(
        event.at, what, stream, purpose, event.epoch, str(notice), notice.code
    )


def _scope_words(scope: str) -> tuple[str, str]:
    stream, _, purpose = scope.partition(":")
    return name_of(stream), str(PURPOSE_WORDS[purpose])
