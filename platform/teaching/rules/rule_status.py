"""Status of a Rule in a Course: version, on or off, share; and how to undo a change."""

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

STATUS_CODE: Final = re.compile(r"([0-9]{1,5})_([0-9.]{0,4})_(on|off)")


@dataclass(frozen=True, slots=True)
class RuleStatus:
    """The status of one rule. `version` None = built-in; `share` None = the version's own."""

    rule: str
    number: int
    version: RuleVersion | None
    on: bool
    share: float | None
    chance: float

    @property
    def code(self) -> str:
        """Return the status as used in an address, so that a change can be undone."""
        share = "" if self.share is None else f"{self.share:g}"
        return f"{self.number}_{share}_{'on' if self.on else 'off'}"

    @property
    def words(self) -> str:
        if not self.on:
            text = _("version {number} is off")
        elif self.chance < 1:
            text = _("version {number} is on, {share}")
        else:
            text = _("version {number} is on")
        return text.format(number=self.number, share=format_share(self.chance))


@dataclass(frozen=True, slots=True)
class StatusChange:
    """The new status in words, and the fields that undo the change; no version = no undo."""

    text: str
    version: str
    share: str
    enabled: str


@dataclass(frozen=True, slots=True)
class SavedVersion:
    """One version in the list; `by` and `at` are empty for the built-in one."""

    number: int
    by: str
    at: datetime | None
    on: bool


@dataclass(frozen=True, slots=True)
class ShareOption:
    value: str
    words: str
    chosen: bool


def format_share(share: float) -> str:
    if share == 1:
        return _("every time")
    return _("in {n} of 10 cases, at random").format(n=f"{10 * share:.0f}")


def load_status(course: Course, rule: str) -> RuleStatus | None:
    """Return the status of a rule; None if it is not in this course."""
    rows = CourseRule.objects.filter(course=course, rule=rule).select_related("version")
    row = rows.first()
    built_in = active_rules.shipped_rules().get(rule)
    if row is None:
        chance = built_in.probability if built_in else 1.0
        return RuleStatus(rule, built_in.version, None, True, None, chance) if built_in else None
    found = active_rules.rule_in_force(row)
    if row.version is None and found is None:
        return None
    number = row.version.version if row.version else found.version if found else 0
    chance = found.probability if found else 1.0
    return RuleStatus(rule, number, row.version, row.enabled, row.share, chance)


def describe_change(code: str | None, now: RuleStatus | None) -> StatusChange | None:
    """Return the current status and the fields of the previous one."""
    if code is None or now is None:
        return None
    text = f"{now.words[:1].upper()}{now.words[1:]}"
    found = STATUS_CODE.fullmatch(code)
    if found is None or code == now.code:
        return StatusChange(text, "", "", "")
    return StatusChange(text, found[1], found[2], found[3])


def saved_versions(course: Course, now: RuleStatus, reader: User) -> list[SavedVersion]:
    """Return every version of the rule, newest first; only its own author is named, as "you"."""
    mine = person_ref(reader.code)
    rows = [
        SavedVersion(
            row.version,
            _("by you") if bytes(row.made_by) == mine else _("by a co-teacher"),
            row.made_at,
            row.version == now.number,
        )
        for row in versions.list_saved(course, now.rule)
    ]
    built_in = active_rules.shipped_rules().get(now.rule)
    return (
        [*rows, SavedVersion(built_in.version, "", None, now.version is None)] if built_in else rows
    )


def share_options(now: RuleStatus) -> list[ShareOption]:
    own = [] if now.chance in SHARES else [now.chance]
    return [
        ShareOption(f"{share:g}", format_share(share), share == now.chance)
        for share in (*own, *SHARES)
    ]
