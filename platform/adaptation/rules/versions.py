"""Versions of a Course's Rules: saving a new one, and switching between them.

What is saved has passed the loader that checks the catalogue, so no stored version has a flaw.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_noop

from accounts.models import User
from adaptation.models import CourseRule, RuleVersion
from adaptation.rules import active_rules
from audit.leaves import person_ref
from courses.models import Course
from interventions.conditions import walk_comparisons
from interventions.json_reader import Node
from interventions.rule_lint import find_forbidden_words
from interventions.rules import Rule, read_rule
from interventions.signals import SIGNALS
from work_queue.turns import wait_for_turn

Body = Mapping[str, Any]
MIN_WAIT_S: Final = 10
MAX_OWN_RULES: Final = 999
MAX_LETTERS: Final = 240
AUTHOR: Final = gettext_noop("your teacher")
SHARES: Final = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2)


class NoRuleNameLeft(ValueError):
    """The site has used all names for rules of its own."""


def check_draft(body: Body, *, guesses_allowed: bool) -> Rule:
    """Check a draft as the catalogue is checked, and a little more; raises RuleError with the path.

    A rule that reads an estimate must wait for some seconds, since most confusion passes by itself.
    A signal from sensors alone is useless where rules may not read estimates.
    """
    node = Node(dict(body), "rule")
    rule = read_rule(node)
    _check_texts(rule, node)
    sensed = [
        leaf.signal for leaf, _ in walk_comparisons(rule.when) if SIGNALS[leaf.signal].biometric
    ]
    if sensed and rule.step and rule.dwell_s < MIN_WAIT_S:
        raise node.member("dwell_s").error(
            f"expected at least {MIN_WAIT_S} seconds with an estimate"
        )
    only_sensed = [name for name in sensed if SIGNALS[name].sources == ("sensed",)]
    if only_sensed and not guesses_allowed:
        raise node.member("when").error(f"the rules of this site allow no {only_sensed[0]}")
    return rule


def _check_texts(rule: Rule, node: Node) -> None:
    """Check title and texts, which are shown in the Why-card, for words and length."""
    if word := find_forbidden_words(rule.title, behaviour_only=False):
        raise node.member("title").error(f"a text for people does not say {word!r} here")
    texts = node.member("explain")
    headings = [texts.member("heading").member(kind) for kind in rule.explain.heading]
    for place in (node.member("title"), texts.member("lead"), texts.member("waits"), *headings):
        if len(place.text()) > MAX_LETTERS:
            raise place.error(f"expected at most {MAX_LETTERS} letters")


@transaction.atomic
def save_version(
    course: Course,
    rule: str | None,
    body: Body,
    *,
    by: User,
    share: float | None,
    now: datetime,
    guesses_allowed: bool = True,
) -> RuleVersion:
    """Save the next version and put it in force; `rule` None = a new rule of the course's own.

    A `share` switches it on with that share. Without one it stays on or off as before, and a new
    rule is off. Raises RuleError and NoRoom.
    """
    Course.objects.select_for_update().get(pk=course.pk)
    name = rule or _next_name()
    version = next_version(course, name)
    whole = {**body, "id": name, "version": version, "author": AUTHOR}
    check_draft(whole, guesses_allowed=guesses_allowed)
    saved = RuleVersion.objects.create(
        course=course,
        rule=name,
        version=version,
        body=whole,
        made_by=person_ref(by.code),
        made_at=now,
    )
    row = CourseRule.objects.filter(course=course, rule=name).first()
    if row is None:
        row = CourseRule(course=course, rule=name, enabled=rule is not None)
    _set_version(
        row, saved, row.share if share is None else share, row.enabled or share is not None, now
    )
    _record_change(row, by)
    return saved


@transaction.atomic
def choose_version(
    course: Course,
    rule: str,
    version: int,
    *,
    by: User,
    share: float | None,
    enabled: bool,
    now: datetime,
) -> CourseRule:
    """Put a version in force with this share; KeyError for an unknown version or share."""
    saved = RuleVersion.objects.filter(course=course, rule=rule, version=version).first()
    if saved is None and not _is_shipped(rule, version):
        raise KeyError(f"{rule} version {version}")
    if share is not None and share not in SHARES:
        raise KeyError(f"share {share}")
    row = CourseRule.objects.select_for_update().filter(course=course, rule=rule).first()
    row = row or CourseRule(course=course, rule=rule)
    _set_version(row, saved, share, enabled, now)
    _record_change(row, by)
    return row


def list_saved(course: Course, rule: str) -> list[RuleVersion]:
    """Return the versions this Course made of a rule, the newest first."""
    return list(RuleVersion.objects.filter(course=course, rule=rule).order_by("-version"))


def next_version(course: Course, rule: str) -> int:
    """Return one more than any built-in or saved version of this rule."""
    rows = RuleVersion.objects.filter(course=course, rule=rule)
    ships = active_rules.shipped_rules().get(rule)
    return 1 + max(ships.version if ships else 0, rows.aggregate(most=Max("version"))["most"] or 0)


def _is_shipped(rule: str, version: int) -> bool:
    found = active_rules.shipped_rules().get(rule)
    return found is not None and found.version == version


def _next_name() -> str:
    """Return the next name; names are unique on the site because states are stored by name."""
    wait_for_turn("adaptation rule names")
    own = RuleVersion.objects.filter(rule__startswith="C").values_list("rule", flat=True)
    number = 1 + max((int(name[1:]) for name in own), default=0)
    if number > MAX_OWN_RULES:
        raise NoRuleNameLeft(f"expected at most {MAX_OWN_RULES} rules of its own on a site")
    return f"C{number}"


def _set_version(
    row: CourseRule,
    version: RuleVersion | None,
    share: float | None,
    enabled: bool,
    now: datetime,
) -> None:
    row.version, row.share, row.enabled, row.changed_at = version, share, enabled, now
    row.save()


def _record_change(row: CourseRule, by: User) -> None:
    version = row.version.version if row.version else active_rules.shipped_rules()[row.rule].version
    share = "as_written" if row.share is None else f"{row.share:g}"
    active_rules.record_change(
        row.course, by, rule=row.rule, enabled=row.enabled, version=version, share=share
    )
