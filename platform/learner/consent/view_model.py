"""The consent page as data: a row per group, a switch per purpose, and why something is off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from consent.legal_profiles.profiles import LegalProfile
from consent.scopes import required_scope
from consent.stream_groups import GROUPS, first_purpose, first_scope, purposes_of, scopes_of
from learner.consent.disclosure_text import (
    Disclosure,
    audience_by_purpose,
    banner_text,
    build_disclosure,
    retention_text,
    rules_text,
)
from learner.consent.labels import GroupWords, capitalise, purpose_names, title_of, words_of
from learner.consent.status import GUARDIAN, Situation, load_situation

__all__ = ["ConsentPage", "ConsentRow", "Switch", "build_page"]

# Heart rate from skin colour is part of the camera's row and has the purpose "adapt" only.
INSIDE_CAMERA = "skin"


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch.

    `value` is what the form sends. `off_because` disables it. `keep` keeps its hint visible on
    narrow screens.
    """

    value: str
    purpose: str
    name: str
    label: str
    on: bool
    waits: bool
    keep: bool
    hint: str
    off_because: str
    leans: bool

    @property
    def state(self) -> str:
        if self.waits:
            return _("Waiting")
        return _("On") if self.on else _("Off")


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """One group.

    `blocked` replaces the switches if nothing can be switched on. `changed` is the time since which
    a new text has put it on hold. `ends` is when it expires, if soon.
    """

    group: str
    words: GroupWords
    disclosure: Disclosure | None
    switches: tuple[Switch, ...]
    blocked: str
    article: str
    changed: datetime | None
    ends: datetime | None
    inside: ConsentRow | None


@dataclass(frozen=True, slots=True)
class ConsentPage:
    """Everything the template shows; `heads` are the column heads."""

    rows: tuple[ConsentRow, ...]
    profile: LegalProfile | None
    heads: Mapping[str, str]
    rules: str
    banner: str
    minor: bool
    together: bool
    guardians: str
    shared: str
    waiting_since: datetime | None

    @property
    def every_row(self) -> list[ConsentRow]:
        return [*self.rows, *(row.inside for row in self.rows if row.inside)]

    @property
    def switches(self) -> list[Switch]:
        return [switch for row in self.every_row for switch in row.switches]

    @property
    def count(self) -> int:
        return sum(switch.on for switch in self.switches)

    @property
    def waiting(self) -> list[Switch]:
        return [switch for switch in self.switches if switch.waits]

    @property
    def changed(self) -> list[ConsentRow]:
        return [row for row in self.every_row if row.changed]

    @property
    def ending(self) -> list[ConsentRow]:
        return [row for row in self.every_row if row.ends]

    @property
    def summary(self) -> str:
        on, waiting = self.count, len(self.waiting)
        if not waiting:
            return _("{n} switched on.").format(n=on) if on else _("Nothing is switched on.")
        if not on:
            return _("Nothing is switched on, {waiting} waiting.").format(waiting=waiting)
        return _("{n} switched on, {waiting} waiting.").format(n=on, waiting=waiting)


def build_page(person: User, now: datetime) -> ConsentPage:
    """Return everything the page shows this person now."""
    here = load_situation(person, now)
    profile = here.profile
    pairs = [(group, each) for group in GROUPS for each in purposes_of(group)]
    since = [here.agreed_at(*each, "assent") for each in pairs if here.is_waiting(*each)]
    shared = here.shared_groups if here.has_shared_groups else []
    return ConsentPage(
        rows=tuple(_make_row(here, group) for group in GROUPS if group != INSIDE_CAMERA),
        profile=profile,
        heads=audience_by_purpose(profile, *GROUPS),
        rules=rules_text(profile),
        banner=banner_text(profile),
        minor=person.age_band != "adult",
        together=here.has_shared_groups,
        guardians=here.guardians if here.has_shared_groups else "",
        shared=", ".join(title_of(group) for group in shared),
        waiting_since=min((at for at in since if at), default=None),
    )


def _make_row(here: Situation, group: str) -> ConsentRow:
    blocked, article = _blocked_reason(here, group)
    purposes = purposes_on_page(group)
    switches = () if blocked else tuple(_make_switch(here, group, each) for each in purposes)
    ends = [here.expires_soon_at(group, each) for each in purposes]
    return ConsentRow(
        group=group,
        words=words_of(group),
        disclosure=build_disclosure(here, group),
        switches=switches,
        blocked=blocked,
        article=article,
        changed=_changed_since(here, group),
        ends=min((end for end in ends if end), default=None),
        inside=_make_row(here, INSIDE_CAMERA) if group == "camera" and not blocked else None,
    )


def purposes_on_page(group: str) -> tuple[str, ...]:
    """Return the purposes that have a switch."""
    return purposes_of(group)[:1] if group == INSIDE_CAMERA else purposes_of(group)


def _changed_since(here: Situation, group: str) -> datetime | None:
    """Return since when the group's text differs from the one that was agreed to."""
    notice = here.notice(group)
    if notice is None or all(
        here.refusal_code(group, each) != "stale_notice" for each in purposes_of(group)
    ):
        return None
    return notice.effective_from


def _blocked_reason(here: Situation, group: str) -> tuple[str, str]:
    """Return why nothing of this group can be switched on, and the legal article for it."""
    if here.may_ask(group):
        return "", ""
    first = first_scope(group)
    refusal = here.refusal(first)
    article = here.profile.reason(first).article if here.profile else ""
    return (refusal.why if refusal else ""), _(article)


def _make_switch(here: Situation, group: str, purpose: str) -> Switch:
    words = purpose_names(group)[purpose]
    name = scopes_of(group, purpose)[0]
    refusal = here.refusal(name)
    return Switch(
        value=f"{group}.{purpose}",
        purpose=purpose,
        name=f"{title_of(group)}, {words}",
        label=capitalise(words),
        on=here.is_on(group, purpose),
        waits=here.is_waiting(group, purpose),
        keep=refusal is None and here.is_decided(group, purpose),
        hint=refusal.why if refusal else _hint(here, group, purpose),
        off_because=refusal.why if refusal else "",
        leans=required_scope(name) != name,
    )


def _hint(here: Situation, group: str, purpose: str) -> str:
    if here.refusal_code(group, purpose) == "stale_notice":
        return _("Text changed")
    if here.refusal_code(group, purpose) == "expired":
        return _("Consent expired")
    if here.needs_both(group) and (hint := _both_parties_hint(here, group, purpose)):
        return hint
    if purpose == first_purpose(group):
        return retention_text(here.profile, group)
    return _("Optional") if here.is_on(group, "adapt") else _("Needs “Help for me”")


def _both_parties_hint(here: Situation, group: str, purpose: str) -> str:
    """Say which of the two has agreed or declined."""
    name = here.guardians or _(GUARDIAN)
    if here.is_on(group, purpose):
        return _("You and {name}: yes").format(name=name)
    if here.is_waiting(group, purpose):
        return _("You: yes. {name}: not yet").format(name=name)
    if here.agreed_at(group, purpose, "guardian_grant"):
        return _("{name}: yes. You: not yet").format(name=name)
    if at := here.declined_at(group, purpose):
        day = date_format(timezone.localtime(at), "MONTH_DAY_FORMAT")
        return _("{name}: no, on {day}").format(name=name, day=day)
    return _("Needs {name}, too").format(name=name) if purpose == first_purpose(group) else ""
