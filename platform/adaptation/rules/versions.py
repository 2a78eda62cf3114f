"""Saving a Rule as a new version of a Course, switching between versions, and back again.

What is saved has passed the loader that checks the catalogue: no version with a flaw in it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext_noop

from accounts.models import User
from adaptation.models import CourseRule, RuleVersion
from adaptation.rules import active_rules
from audit.leaves import person_ref
from courses.models import Course
from interventions.conditions import leaves
from interventions.json_reader import Node
from interventions.rule_lint import words_out_of_place
from interventions.rules import Rule, read
from interventions.signals import SIGNALS

Body = Mapping[str, Any]
LEAST_WAIT_S: Final = 10
MOST_OWN: Final = 999
MOST_LETTERS: Final = 240
AUTHOR: Final = gettext_noop("your teacher")
SHARES: Final = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2)


class NoRoom(ValueError):
    """The site has as many rules of its own as it can name."""


def check(body: Body, *, guesses_allowed: bool) -> Rule:
    """Read a draft as strictly as the catalogue, and a little more; raises RuleError at the place.

    Who waits for a guess waits a while, since most confusion passes by itself; and a signal that
    only a sensor can give is of no use where rules may not read guesses.
    """
    node = Node(dict(body), "rule")
    rule = read(node)
    _check_texts(rule, node)
    sensed = [leaf.signal for leaf, _ in leaves(rule.when) if SIGNALS[leaf.signal].biometric]
    if sensed and rule.step and rule.dwell_s < LEAST_WAIT_S:
        raise node.at("dwell_s").error(f"expected at least {LEAST_WAIT_S} seconds beside a guess")
    only_sensed = [name for name in sensed if SIGNALS[name].sources == ("sensed",)]
    if only_sensed and not guesses_allowed:
        raise node.at("when").error(f"the rules of this site allow no {only_sensed[0]}")
    return rule


def _check_texts(rule: Rule, node: Node) -> None:
    """The name stands in the Why-card as well, and nothing there is longer than one reads."""
    if word := words_out_of_place(rule.title, behaviour_only=False):
        raise node.at("title").error(f"a text for people does not say {word!r} here")
    texts = node.at("explain")
    headings = [texts.at("heading").at(kind) for kind in rule.explain.heading]
    for place in (node.at("title"), texts.at("lead"), texts.at("waits"), *headings):
        if len(place.text()) > MOST_LETTERS:
            raise place.error(f"expected at most {MOST_LETTERS} letters")


@transaction.atomic
def save(
    course: Course,
    rule: str | None,
    body: Body,
    *,
    by: User,
    share: float | None,
    now: datetime,
    guesses_allowed: bool = True,
) -> RuleVersion:
    """Save the next version and make it the one that counts; `rule` None = a new one of its own.

    A `share` switches it on for that share; without one it stays on or off as it was, and a new
    rule is off. Raises RuleError and NoRoom.
    """
    Course.objects.select_for_update().get(pk=course.pk)
    name = rule or _next_name()
    version = next_version(course, name)
    whole = {**body, "id": name, "version": version, "author": AUTHOR}
    check(whole, guesses_allowed=guesses_allowed)
    made = RuleVersion.objects.create(
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
    _set(row, made, row.share if share is None else share, row.enabled or share is not None, now)
    _tell(row, by)
    return made


@transaction.atomic
def choose(
    course: Course,
    rule: str,
    version: int,
    *,
    by: User,
    share: float | None,
    enabled: bool,
    now: datetime,
) -> CourseRule:
    """Put a version in force, an older one as well, for this share; KeyError for none of ours."""
    made = RuleVersion.objects.filter(course=course, rule=rule, version=version).first()
    if made is None and not _ships(rule, version):
        raise KeyError(f"{rule} version {version}")
    if share is not None and share not in SHARES:
        raise KeyError(f"share {share}")
    row = CourseRule.objects.select_for_update().filter(course=course, rule=rule).first()
    row = row or CourseRule(course=course, rule=rule)
    _set(row, made, share, enabled, now)
    _tell(row, by)
    return row


def saved(course: Course, rule: str) -> list[RuleVersion]:
    """The versions this Course made of a rule, the newest first."""
    return list(RuleVersion.objects.filter(course=course, rule=rule).order_by("-version"))


def next_version(course: Course, rule: str) -> int:
    """One more than any version of this rule that ships or was saved in this Course."""
    rows = RuleVersion.objects.filter(course=course, rule=rule)
    ships = active_rules.shipped().get(rule)
    return 1 + max(ships.version if ships else 0, rows.aggregate(most=Max("version"))["most"] or 0)


def _ships(rule: str, version: int) -> bool:
    found = active_rules.shipped().get(rule)
    return found is not None and found.version == version


def _next_name() -> str:
    """Names are the site's, not the Course's: where a rule stands is kept by Learner and name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('adaptation rule names'))")
    own = RuleVersion.objects.filter(rule__startswith="C").values_list("rule", flat=True)
    number = 1 + max((int(name[1:]) for name in own), default=0)
    if number > MOST_OWN:
        raise NoRoom(f"expected at most {MOST_OWN} rules of its own on a site")
    return f"C{number}"


def _set(
    row: CourseRule,
    version: RuleVersion | None,
    share: float | None,
    enabled: bool,
    now: datetime,
) -> None:
    row.version, row.share, row.enabled, row.changed_at = version, share, enabled, now
    row.save()


def _tell(row: CourseRule, by: User) -> None:
    version = row.version.version if row.version else active_rules.shipped()[row.rule].version
    share = "as_written" if row.share is None else f"{row.share:g}"
    active_rules.tell(
        row.course, by, rule=row.rule, enabled=row.enabled, version=version, share=share
    )
