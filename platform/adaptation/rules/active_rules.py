"""The Rules in force in a Course, with version and share, and the switch of each."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache, lru_cache
from types import MappingProxyType

from django.db import transaction

import audit
from accounts.models import User
from adaptation.models import CourseRule
from courses.models import Course
from interventions import catalogue
from interventions.json_reader import Node, RuleError
from interventions.rules import Rule, read_rule

logger = logging.getLogger(__name__)


@cache
def shipped_rules() -> Mapping[str, Rule]:
    """Return the catalogue, read once per process."""
    return MappingProxyType({rule.id: rule for rule in catalogue.load()})


def find_rules_with_help(name: str) -> list[str]:
    """Return the identities of the built-in rules that offer this named help."""
    return [rule.id for rule in shipped_rules().values() if name in rule.help.values()]


def list_active(course: Course) -> tuple[Rule, ...]:
    """Return the rules that act in this Course: built-in ones and its own, without those off.

    Each is in the version that is on, with the probability set by its Teacher.
    """
    return list_active_each([course])[course.pk]


def list_active_each(courses: Collection[Course]) -> dict[int, tuple[Rule, ...]]:
    """Return the rules of several Courses by primary key, in one query."""
    rows: dict[int, dict[str, CourseRule]] = {course.pk: {} for course in courses}
    for row in CourseRule.objects.filter(course__in=rows).select_related("version"):
        rows[row.course_id][row.rule] = row
    return {course: _select_active(set_) for course, set_ in rows.items()}


def _select_active(rows: Mapping[str, CourseRule]) -> tuple[Rule, ...]:
    untouched = [rule for name, rule in shipped_rules().items() if name not in rows]
    switched = [rule_in_force(row) for row in rows.values() if row.enabled]
    found = [*untouched, *(rule for rule in switched if rule is not None)]
    return tuple(sorted(found, key=lambda rule: rule.id))


def list_course_rules(course: Course) -> list[CourseRule]:
    """Return what the Teachers of this Course set, in the order of the rules."""
    rows = CourseRule.objects.filter(course=course).select_related("version")
    return list(rows.order_by("rule"))


def rule_in_force(row: CourseRule) -> Rule | None:
    """Return the version that is on with the share set; None if it may not run."""
    if row.version is None:
        rule = shipped_rules().get(row.rule)
    else:
        rule = read_body(json.dumps(row.version.body, sort_keys=True))
    if rule is None or row.share is None:
        return rule
    return replace(rule, probability=row.share)


@lru_cache(maxsize=1024)
def read_body(text: str) -> Rule | None:
    """Return a version's Rule; None where current checks refuse one saved under older checks."""
    try:
        return read_rule(Node(json.loads(text), "version"))
    except RuleError as flaw:
        logger.exception("rule.unusable", extra={"flaw": str(flaw)})
        return None


@transaction.atomic
def switch_rule(course: Course, rule: str, *, enabled: bool, by: User, now: datetime) -> None:
    """Set a Teacher's switch and record it in the audit; KeyError for an unknown rule."""
    row = CourseRule.objects.select_for_update().filter(course=course, rule=rule).first()
    if row is None:
        row = CourseRule(course=course, rule=shipped_rules()[rule].id)
    row.enabled, row.changed_at = enabled, now
    row.save()
    record_change(course, by, rule=rule, enabled=enabled)


def record_change(course: Course, by: User, *, rule: str, **what: object) -> None:
    """Record a change of a rule in the audit, in its transaction."""
    public = {"course": course.slug, "rule": rule.lower(), **what}
    audit.record("rule.change", actor=by.code, subject=None, public=public)
