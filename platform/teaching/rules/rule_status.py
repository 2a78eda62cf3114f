"""How a Rule stands in a Course: which version, on or off, for which share; and the way back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from accounts.models import User
from adaptation.models import CourseRule, RuleVersion
from adaptation.rules import active_rules, versions
from adaptation.rules.versions import SHARES
from audit.leaves import person_ref
from courses.models import Course

BEFORE: Final = re.compile(r"([0-9]{1,5})_([0-9.]{0,4})_(on|off)")


@dataclass(frozen=True, slots=True)
class Standing:
    """`version` None = as it ships; `share` None = as the version says."""

    rule: str
    number: int
    version: RuleVersion | None
    on: bool
    share: float | None
    chance: float

    @property
    def code(self) -> str:
        """How an address says what stood before, so that it can be taken back."""
        share = "" if self.share is None else f"{self.share:g}"
        return f"{self.number}_{share}_{'on' if self.on else 'off'}"

    @property
    def words(self) -> str:
        if not self.on:
            said = _("version {number} is off")
        elif self.chance < 1:
            said = _("version {number} is on, {share}")
        else:
            said = _("version {number} is on")
        return said.format(number=self.number, share=share_words(self.chance))


@dataclass(frozen=True, slots=True)
class Before:
    """What was just done, and the fields that take it back; no version = there is no way back."""

    text: str
    version: str
    share: str
    enabled: str


@dataclass(frozen=True, slots=True)
class Saved:
    """One version in the list; `by` and `at` are empty for the one that ships."""

    number: int
    by: str
    at: datetime | None
    on: bool


@dataclass(frozen=True, slots=True)
class Share:
    value: str
    words: str
    chosen: bool


def share_words(share: float) -> str:
    if share == 1:
        return _("every time")
    return _("in {n} of 10 cases, at random").format(n=f"{10 * share:.0f}")


def standing_of(course: Course, rule: str) -> Standing | None:
    """None for a rule this course has not."""
    rows = CourseRule.objects.filter(course=course, rule=rule).select_related("version")
    row = rows.first()
    ships = active_rules.shipped_rules().get(rule)
    if row is None:
        chance = ships.probability if ships else 1.0
        return Standing(rule, ships.version, None, True, None, chance) if ships else None
    found = active_rules.rule_in_force(row)
    if row.version is None and found is None:
        return None
    number = row.version.version if row.version else found.version if found else 0
    chance = found.probability if found else 1.0
    return Standing(rule, number, row.version, row.enabled, row.share, chance)


def before_of(code: str | None, now: Standing | None) -> Before | None:
    """What a change left to say: how the rule stands now, and what it was before."""
    if code is None or now is None:
        return None
    text = f"{now.words[:1].upper()}{now.words[1:]}"
    found = BEFORE.fullmatch(code)
    if found is None or code == now.code:
        return Before(text, "", "", "")
    return Before(text, found[1], found[2], found[3])


def saved_of(course: Course, now: Standing, reader: User) -> list[Saved]:
    """Every version of the rule, the newest first; only to themselves is it said who made one."""
    mine = person_ref(reader.code)
    rows = [
        Saved(
            row.version,
            _("by you") if bytes(row.made_by) == mine else _("by a co-teacher"),
            row.made_at,
            row.version == now.number,
        )
        for row in versions.list_saved(course, now.rule)
    ]
    ships = active_rules.shipped_rules().get(now.rule)
    return [*rows, Saved(ships.version, "", None, now.version is None)] if ships else rows


def shares_of(now: Standing) -> list[Share]:
    own = [] if now.chance in SHARES else [now.chance]
    return [
        Share(f"{share:g}", share_words(share), share == now.chance) for share in (*own, *SHARES)
    ]
