"""`/teach/<slug>/rules/`: what ships and what the course made, in words, each with a switch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import require_person
from accounts.models import User
from adaptation.rules.active_rules import as_switched, rows_of, shipped, switch
from courses.access import course_for_teacher
from courses.models import Course
from courses.percent_text import format_percent
from interventions.conditions import leaves
from interventions.rules import Rule
from interventions.signals import SIGNALS
from teaching.layout import frame_of, teacher
from teaching.rules.sentence_builder import KINDS, either


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing a rule looks at, and where that comes from."""

    label: str
    source: str


@dataclass(frozen=True, slots=True)
class Card:
    id: str
    version: int
    title: str
    on: bool
    waits: str
    offers: str
    signals: tuple[Signal, ...]
    chance: str


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def rules(request: HttpRequest, slug: str) -> HttpResponse:
    """The list; a POST of `rule` and `enabled` (on, off) sets one switch."""
    course = course_for_teacher(teacher(request), slug)
    if request.method == "POST":
        rule, enabled = request.POST.get("rule", ""), request.POST.get("enabled") == "on"
        change(course, rule, enabled=enabled, by=teacher(request), now=timezone.now())
        return redirect("teaching:rules", slug=slug)
    cards = cards_of(course)
    context = {"teach": frame_of(course, "rules"), "rules": cards}
    return render(request, "teaching/rules.html", context)


def change(course: Course, rule: str, *, enabled: bool, by: User, now: datetime) -> None:
    """Set a switch; 404 for a rule that this course has not."""
    try:
        switch(course, rule, enabled=enabled, by=by, now=now)
    except KeyError as unknown:
        raise Http404 from unknown


def cards_of(course: Course) -> list[Card]:
    """What ships and what this course made, each as it would act here; the order of the names."""
    rows = {row.rule: row for row in rows_of(course)}
    untouched = [card(rule, on=True) for name, rule in shipped().items() if name not in rows]
    switched = [(row, as_switched(row)) for row in rows.values()]
    cards = [*untouched, *(card(rule, on=row.enabled) for row, rule in switched if rule)]
    return sorted(cards, key=lambda one: (one.id[0] != "C", int(one.id[1:])))


def card(rule: Rule, *, on: bool) -> Card:
    return Card(
        id=rule.id,
        version=rule.version,
        title=_(rule.title),
        on=on,
        waits=_(rule.explain.waits).format(dwell=f"{rule.dwell_s:g}"),
        offers=either([str(KINDS[kind]) for kind in rule.step])
        or _("nothing: it holds back other suggestions"),
        signals=tuple(_signals(rule)),
        chance=format_percent(100 * rule.probability) if rule.step else "",
    )


def _signals(rule: Rule) -> list[Signal]:
    names = dict.fromkeys(leaf.signal for leaf, _ in leaves(rule.when))
    return [Signal(_(SIGNALS[name].label), SIGNALS[name].sources[0]) for name in names]
