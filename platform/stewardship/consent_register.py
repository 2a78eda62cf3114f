"""The register of consents: how many allow what, and one person's history, named by code alone."""

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
class Line:
    """Live Grants of one scope, by age band in the order of AGE_BANDS."""

    stream: str
    purpose: str
    by_band: Sequence[int]
    simulated: int

    @property
    def total(self) -> int:
        return sum(self.by_band)


@dataclass(frozen=True, slots=True)
class Happened:
    at: datetime
    what: str
    stream: str
    purpose: str
    epoch: int
    notice: str
    notice_code: UUID


@dataclass(frozen=True, slots=True)
class Person:
    """One person as a Steward may see them: no name, no address, no guess."""

    code: UUID
    short: str
    age_band: str
    simulated: bool
    active: bool
    since: datetime
    live: tuple[str, ...]
    history: tuple[Happened, ...]


def lines(now: datetime) -> tuple[Line, ...]:
    """One line for each scope that anybody allows now."""
    live = Grant.objects.filter(live=True, expires_at__gt=now, learner__is_active=True)
    bands = {band: Count("id", filter=Q(learner__age_band=band)) for band in AGE_BANDS}
    simulated = Count("id", filter=Q(learner__simulated=True))
    counted = live.values("scope").annotate(simulated=simulated, **bands).order_by("scope")
    return tuple(
        Line(*_words(name), by_band, of_these)
        for name, of_these, *by_band in counted.values_list("scope", "simulated", *AGE_BANDS)
    )


def people_with_grants(now: datetime) -> int:
    live = Grant.objects.filter(live=True, expires_at__gt=now, learner__is_active=True)
    return live.values("learner").distinct().count()


def person(user: User, now: datetime) -> Person:
    live = Grant.objects.filter(learner=user, live=True, expires_at__gt=now).order_by("scope")
    events = ConsentEvent.objects.filter(learner=user).select_related("notice").order_by("-at")
    return Person(
        code=user.code,
        short=short(user.code),
        age_band=str(BANDS[user.age_band]),
        simulated=user.simulated,
        active=user.is_active,
        since=user.created_at,
        live=tuple(", ".join(_words(grant.scope)) for grant in live),
        history=tuple(_happened(event) for event in events),
    )


def short(code: UUID) -> str:
    """How a person is called on these pages."""
    return f"{code.hex[:4]}…{code.hex[-4:]}"


def _happened(event: ConsentEvent) -> Happened:
    stream, purpose = _words(event.scope)
    what, notice = str(VERBS[event.verb]), event.notice
    return Happened(event.at, what, stream, purpose, event.epoch, str(notice), notice.code)


def _words(scope: str) -> tuple[str, str]:
    stream, _, purpose = scope.partition(":")
    return name_of(stream), str(PURPOSE_WORDS[purpose])
