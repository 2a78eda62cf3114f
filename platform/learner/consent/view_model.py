"""The consent page as data: a row a group, a switch a purpose, and why something is off."""

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
from learner.consent.disclosure_text import Told, banner, heads, kept, rules, told
from learner.consent.labels import Words, begun, purpose_names, title_of, words_of
from learner.consent.status import GUARDIAN, Situation, situation

__all__ = ["Page", "Row", "Switch", "page_for"]

# Heart rate from skin colour stands inside the camera's row and is offered as help for oneself.
INSIDE_CAMERA = "skin"


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch: `value` is what the form sends; `off_because` closes it; `keep` its hint, also
    where there is little room."""

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
class Row:
    """One group. `blocked` stands instead of switches where nothing can be switched on; `changed`
    says since when another text has put it on hold; `ends` when it runs out, where that is soon."""

    group: str
    words: Words
    told: Told | None
    switches: tuple[Switch, ...]
    blocked: str
    article: str
    changed: datetime | None
    ends: datetime | None
    inside: Row | None


@dataclass(frozen=True, slots=True)
class Page:
    """What the template shows; `heads` stand over the columns."""

    rows: tuple[Row, ...]
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
    def every_row(self) -> list[Row]:
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
    def changed(self) -> list[Row]:
        return [row for row in self.every_row if row.changed]

    @property
    def ending(self) -> list[Row]:
        return [row for row in self.every_row if row.ends]

    @property
    def told(self) -> str:
        on, waiting = self.count, len(self.waiting)
        if not waiting:
            return _("{n} switched on.").format(n=on) if on else _("Nothing is switched on.")
        if not on:
            return _("Nothing is switched on, {waiting} waiting.").format(waiting=waiting)
        return _("{n} switched on, {waiting} waiting.").format(n=on, waiting=waiting)


def page_for(person: User, now: datetime) -> Page:
    """Everything the page shows this person now."""
    here = situation(person, now)
    profile = here.profile
    pairs = [(group, each) for group in GROUPS for each in purposes_of(group)]
    since = [here.said(*each, "assent") for each in pairs if here.waits(*each)]
    shared = here.shared_groups if here.together else []
    return Page(
        rows=tuple(_row(here, group) for group in GROUPS if group != INSIDE_CAMERA),
        profile=profile,
        heads=heads(profile, *GROUPS),
        rules=rules(profile),
        banner=banner(profile),
        minor=person.age_band != "adult",
        together=here.together,
        guardians=here.guardians if here.together else "",
        shared=", ".join(title_of(group) for group in shared),
        waiting_since=min((at for at in since if at), default=None),
    )


def _row(here: Situation, group: str) -> Row:
    blocked, article = _blocked(here, group)
    purposes = purposes_on_page(group)
    switches = () if blocked else tuple(_switch(here, group, each) for each in purposes)
    ends = [here.ends(group, each) for each in purposes]
    return Row(
        group=group,
        words=words_of(group),
        told=told(here, group),
        switches=switches,
        blocked=blocked,
        article=article,
        changed=_changed(here, group),
        ends=min((end for end in ends if end), default=None),
        inside=_row(here, INSIDE_CAMERA) if group == "camera" and not blocked else None,
    )


def purposes_on_page(group: str) -> tuple[str, ...]:
    """Those that have a switch."""
    return purposes_of(group)[:1] if group == INSIDE_CAMERA else purposes_of(group)


def _changed(here: Situation, group: str) -> datetime | None:
    """Since when the text of this group is another than the one that was agreed to."""
    notice = here.notice(group)
    if notice is None or all(
        here.code(group, each) != "stale_notice" for each in purposes_of(group)
    ):
        return None
    return notice.effective_from


def _blocked(here: Situation, group: str) -> tuple[str, str]:
    """Why nothing of this group can be switched on, and the article that says so."""
    if here.is_open(group):
        return "", ""
    first = first_scope(group)
    refusal = here.refusal(first)
    article = here.profile.reason(first).article if here.profile else ""
    return (refusal.why if refusal else ""), _(article)


def _switch(here: Situation, group: str, purpose: str) -> Switch:
    words = purpose_names()[purpose]
    name = scopes_of(group, purpose)[0]
    refusal = here.refusal(name)
    return Switch(
        value=f"{group}.{purpose}",
        purpose=purpose,
        name=f"{title_of(group)}, {words}",
        label=begun(words),
        on=here.is_on(group, purpose),
        waits=here.waits(group, purpose),
        keep=refusal is None and here.heard(group, purpose),
        hint=refusal.why if refusal else _hint(here, group, purpose),
        off_because=refusal.why if refusal else "",
        leans=required_scope(name) != name,
    )


def _hint(here: Situation, group: str, purpose: str) -> str:
    if here.code(group, purpose) == "stale_notice":
        return _("Text changed")
    if here.code(group, purpose) == "expired":
        return _("Consent expired")
    if here.two(group) and (hint := _hint_of_two(here, group, purpose)):
        return hint
    if purpose == first_purpose(group):
        return kept(here.profile, group)
    return _("Optional") if here.is_on(group, "adapt") else _("Needs “Help for me”")


def _hint_of_two(here: Situation, group: str, purpose: str) -> str:
    """Who of the two has said what."""
    name = here.guardians or _(GUARDIAN)
    if here.is_on(group, purpose):
        return _("You and {name}: yes").format(name=name)
    if here.waits(group, purpose):
        return _("You: yes. {name}: not yet").format(name=name)
    if here.said(group, purpose, "guardian_grant"):
        return _("{name}: yes. You: not yet").format(name=name)
    if at := here.declined(group, purpose):
        day = date_format(timezone.localtime(at), "MONTH_DAY_FORMAT")
        return _("{name}: no, on {day}").format(name=name, day=day)
    return _("Needs {name}, too").format(name=name) if purpose == first_purpose(group) else ""
