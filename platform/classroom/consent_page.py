"""The consent page as data: a row a group, a switch a purpose, and why something is off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from classroom.consent_words import PURPOSE_NAMES, WORDS, Words
from consent import notices, profiles
from consent.gate import Answers, offered, permits
from consent.groups import GROUPS
from consent.models import Notice
from consent.profiles import NO_PROFILE, Profile
from consent.refusal import Refused
from consent.scopes import GRANT_SCOPES, PURPOSES, scope

# Heart rate from skin colour stands inside the camera's row and is offered as help for oneself.
INSIDE_CAMERA = "skin"
FLOOR_WORDS = {5: "Five", 10: "Ten"}


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch: `value` is what the form sends; `off_because` closes it."""

    value: str
    name: str
    label: str
    on: bool
    hint: str
    off_because: str
    leans: bool

    @property
    def state(self) -> str:
        return "On" if self.on else "Off"


@dataclass(frozen=True, slots=True)
class Row:
    """One group. `blocked` stands instead of switches where nothing can be switched on."""

    group: str
    words: Words
    notice: Notice | None
    switches: tuple[Switch, ...]
    blocked: str
    article: str
    inside: Row | None


@dataclass(frozen=True, slots=True)
class Page:
    """What the template shows; `floor` and `research` head the columns."""

    rows: tuple[Row, ...]
    profile: Profile | None
    no_profile: str
    floor: str
    research: str
    minor: bool

    @property
    def count(self) -> int:
        shown = [*self.rows, *(row.inside for row in self.rows if row.inside)]
        return sum(switch.on for row in shown for switch in row.switches)

    @property
    def told(self) -> str:
        return f"{self.count} switched on." if self.count else "Nothing is switched on."


@dataclass(frozen=True, slots=True)
class Situation:
    """A person, what the gate says about them now, and the law of this site."""

    person: User
    answers: Answers
    profile: Profile | None
    now: datetime

    def offered(self, group: str, purpose: str) -> list[str]:
        """The scopes behind one switch that this site may ask this person for."""
        names = [scope(stream, purpose) for stream in GROUPS[group]]
        return [name for name in names if self.refusal(name) is None]

    def refusal(self, name: str) -> Refused | None:
        try:
            offered(self.person.age_band, name)
        except Refused as refusal:
            return refusal
        return None

    def is_on(self, group: str, purpose: str) -> bool:
        """Whether all that is offered of the group is allowed and in force."""
        names = self.offered(group, purpose)
        return bool(names) and all(name in self.answers.granted for name in names)


def situation(person: User, now: datetime) -> Situation:
    answers = permits(person.code, GRANT_SCOPES, now=now)
    return Situation(person, answers, profiles.current(), now)


def page_for(person: User, now: datetime) -> Page:
    """Everything the page shows this person now."""
    here = situation(person, now)
    profile = here.profile
    floor = profile.floor_people if profile else 10
    studied = profile is not None and any("research" in each for each in profile.allow.values())
    return Page(
        rows=tuple(_row(here, group) for group in GROUPS if group != INSIDE_CAMERA),
        profile=profile,
        no_profile="" if profile else NO_PROFILE,
        floor=f"{FLOOR_WORDS.get(floor, floor)} or more together, no names",
        research="Under a code" if studied else "No study here",
        minor=person.age_band != "adult",
    )


def _row(here: Situation, group: str) -> Row:
    notice = notices.current(group, here.person.age_band, now=here.now)
    blocked, article = _blocked(here, group)
    purposes = PURPOSES[:1] if group == INSIDE_CAMERA else PURPOSES
    switches = () if blocked else tuple(_switch(here, group, each) for each in purposes)
    inside = _row(here, INSIDE_CAMERA) if group == "camera" and not blocked else None
    return Row(group, WORDS[group], notice, switches, blocked, article, inside)


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
        hint=refusal.why if refusal else _hint(here, group, purpose),
        off_because=refusal.why if refusal else "",
        leans=purpose != "adapt",
    )


def _hint(here: Situation, group: str, purpose: str) -> str:
    if purpose == "adapt":
        return f"Kept {here.profile.retention.blocks} days" if here.profile else ""
    return "Optional" if here.is_on(group, "adapt") else "Needs “for me”"
