"""`/teach/<slug>/rules/`: built-in rules and the course's own, in words, each with a switch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import current_user, require_person
from accounts.models import User
from adaptation.rules.active_rules import (
    list_course_rules,
    rule_in_force,
    shipped_rules,
    switch_rule,
)
from courses.access import course_for_teacher
from courses.models import Course
from courses.percent_text import format_percent
from interventions.conditions import walk_comparisons
from interventions.rules import Rule
from interventions.signals import SIGNALS
from teaching.layout import frame_of
from teaching.rules.sentence_builder import KINDS, join_or


@dataclass(frozen=True, slots=True)
class RuleSignal:
    """One signal of a rule, and its source."""

    label: str
    source: str


@dataclass(frozen=True, slots=True)
class RuleCard:
    id: str
    version: int
    title: str
    on: bool
    waits: str
    offers: str
    signals: tuple[RuleSignal, ...]
    chance: str


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def rule_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the list; a POST of `rule` and `enabled` (on, off) sets one switch."""
    course = course_for_teacher(current_user(request), slug)
    if request.method == "POST":
        rule, enabled = request.POST.get("rule", ""), request.POST.get("enabled") == "on"
        set_switch(course, rule, enabled=enabled, by=current_user(request), now=timezone.now())
        return redirect("teaching:rules", slug=slug)
    cards = rule_cards(course)
    context = {"teach": frame_of(course, "rules"), "rules": cards}
    return render(request, "teaching/rules.html", context)


def set_switch(course: Course, rule: str, *, enabled: bool, by: User, now: datetime) -> None:
    """Set a switch; 404 for a rule that is not in this course."""
    try:
        switch_rule(course, rule, enabled=enabled, by=by, now=now)
    except KeyError as unknown:
        raise Http404 from unknown


def rule_cards(course: Course) -> list[RuleCard]:
    """Return built-in and own rules as they act in this course, sorted by id."""
    rows = {row.rule: row for row in list_course_rules(course)}
    untouched = [
        make_card(rule, on=True) for name, rule in shipped_rules().items() if name not in rows
    ]
    switched = [(row, rule_in_force(row)) for row in rows.values()]
    cards = [*untouched, *(make_card(rule, on=row.enabled) for row, rule in switched if rule)]
    return sorted(cards, key=lambda one: (one.id[0] != "C", int(one.id[1:])))


def make_card(rule: Rule, *, on: bool) -> RuleCard:
    return RuleCard(
        id=rule.id,
        version=rule.version,
        title=_(rule.title),
        on=on,
        waits=_(rule.explain.waits).format(dwell=f"{rule.dwell_s:g}"),
        offers=join_or([str(KINDS[kind]) for kind in rule.step])
        or _("nothing: it holds back other suggestions"),
        signals=tuple(_signals(rule)),
        chance=format_percent(100 * rule.probability) if rule.step else "",
    )


def _signals(rule: Rule) -> list[RuleSignal]:
    names = dict.fromkeys(leaf.signal for leaf, _ in walk_comparisons(rule.when))
    return [RuleSignal(_(SIGNALS[name].label), SIGNALS[name].sources[0]) for name in names]
