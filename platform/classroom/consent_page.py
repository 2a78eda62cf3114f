"""The consent page as data: a row a group, a switch a purpose, and why something is off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from classroom.consent_situation import GUARDIAN, Situation, situation
from classroom.consent_told import Told, banner, heads, kept, rules, told
from classroom.consent_words import PURPOSE_NAMES, WORDS, Words
from consent.groups import GROUPS
from consent.profiles import Profile
from consent.scopes import PURPOSES, scope

__all__ = ["Page", "Row", "Switch", "page_for"]

# Heart rate from skin colour stands inside the camera's row and is offered as help for oneself.
INSIDE_CAMERA = "skin"


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch: `value` is what the form sends; `off_because` closes it; `keep` its hint, also
    where there is little room."""

    value: str
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
            return "Waiting"
        return "On" if self.on else "Off"


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
    profile: Profile | None
    heads: Mapping[str, str]
    rules: str
    banner: str
    minor: bool
    together: bool
    guardians: str
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
        on = f"{self.count} switched on" if self.count else "Nothing is switched on"
        return f"{on}, {len(self.waiting)} waiting." if self.waiting else f"{on}."


def page_for(person: User, now: datetime) -> Page:
    """Everything the page shows this person now."""
    here = situation(person, now)
    profile = here.profile
    pairs = [(group, each) for group in GROUPS for each in PURPOSES if here.waits(group, each)]
    since = [here.said(group, each, "assent") for group, each in pairs]
    return Page(
        rows=tuple(_row(here, group) for group in GROUPS if group != INSIDE_CAMERA),
        profile=profile,
        heads=heads(profile, *GROUPS),
        rules=rules(profile),
        banner=banner(profile),
        minor=person.age_band != "adult",
        together=here.together,
        guardians=here.guardians if here.together else "",
        waiting_since=min((at for at in since if at), default=None),
    )


def _row(here: Situation, group: str) -> Row:
    blocked, article = _blocked(here, group)
    purposes = PURPOSES[:1] if group == INSIDE_CAMERA else PURPOSES
    switches = () if blocked else tuple(_switch(here, group, each) for each in purposes)
    ends = [here.ends(group, each) for each in purposes]
    return Row(
        group=group,
        words=WORDS[group],
        told=told(here, group),
        switches=switches,
        blocked=blocked,
        article=article,
        changed=_changed(here, group),
        ends=min((end for end in ends if end), default=None),
        inside=_row(here, INSIDE_CAMERA) if group == "camera" and not blocked else None,
    )


def _changed(here: Situation, group: str) -> datetime | None:
    """Since when the text of this group is another than the one that was agreed to."""
    notice = here.notice(group)
    if notice is None or all(here.code(group, each) != "stale_notice" for each in PURPOSES):
        return None
    return notice.effective_from


def _blocked(here: Situation, group: str) -> tuple[str, str]:
    """Why nothing of this group can be switched on, and the article that says so."""
    if here.offered(group, "adapt"):
        return "", ""
    first = scope(GROUPS[group][0], "adapt")
    refusal = here.refusal(first)
    article = here.profile.reason(first).article if here.profile else ""
    return (refusal.why if refusal else ""), article


def _switch(here: Situation, group: str, purpose: str) -> Switch:
    words = PURPOSE_NAMES[purpose]
    refusal = here.refusal(scope(GROUPS[group][0], purpose))
    return Switch(
        value=f"{group}.{purpose}",
        name=f"{WORDS[group].title}, {words}",
        label=words.capitalize(),
        on=here.is_on(group, purpose),
        waits=here.waits(group, purpose),
        keep=refusal is None and here.heard(group, purpose),
        hint=refusal.why if refusal else _hint(here, group, purpose),
        off_because=refusal.why if refusal else "",
        leans=purpose != "adapt",
    )


def _hint(here: Situation, group: str, purpose: str) -> str:
    if here.code(group, purpose) == "stale_notice":
        return "Text changed"
    if here.code(group, purpose) == "expired":
        return "Your yes has run out"
    if here.two(group) and (hint := _hint_of_two(here, group, purpose)):
        return hint
    if purpose == "adapt":
        return kept(here.profile)
    return "Optional" if here.is_on(group, "adapt") else "Needs “for me”"


def _hint_of_two(here: Situation, group: str, purpose: str) -> str:
    """Who of the two has said what."""
    name = here.guardians or GUARDIAN
    if here.is_on(group, purpose):
        return f"You and {name}: yes"
    if here.waits(group, purpose):
        return f"You: yes. {name}: not yet"
    if here.said(group, purpose, "guardian_grant"):
        return f"{name}: yes. You: not yet"
    if at := here.declined(group, purpose):
        return f"{name}: no, on {at:%-d %B}"
    return f"Needs {name}, too" if purpose == "adapt" else ""
