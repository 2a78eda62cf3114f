"""`/teach/<slug>/rules/`: the rules that ship, in words, each with a switch for this course."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

import audit
from accounts.access import require_person
from accounts.models import User
from adaptation.rules import on_in, shipped, switch
from courses.access import course_for_teacher
from courses.models import Course
from interventions.conditions import leaves
from interventions.rules import Rule
from interventions.signals import SIGNALS
from teaching.pages import frame_of, teacher

KIND_WORDS = {
    "hint": "a hint",
    "worked_step": "a worked step",
    "jump_back": "seeing a part again",
    "easier": "an easier question",
    "harder": "a harder question",
    "break": "a break",
    "challenge": "a challenge",
    "message": "a message",
    "adjust": "another pace",
    "ask_teacher": "asking you",
}


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
    on = {rule.id for rule in on_in(course)}
    cards = [card(rule, on=rule.id in on) for rule in shipped().values()]
    context = {"teach": frame_of(course, "rules"), "rules": cards}
    return render(request, "teaching/rules.html", context)


@transaction.atomic
def change(course: Course, rule: str, *, enabled: bool, by: User, now: datetime) -> None:
    """Set a switch and leave a leaf; 404 for a rule that does not ship."""
    if rule not in shipped():
        raise Http404
    switch(course, rule, enabled=enabled, now=now)
    audit.record(
        "rule.change",
        actor=by.code,
        subject=None,
        public={"course": course.slug, "rule": rule.lower(), "enabled": enabled},
    )


def card(rule: Rule, *, on: bool) -> Card:
    return Card(
        id=rule.id,
        version=rule.version,
        title=rule.title,
        on=on,
        waits=rule.explain.waits.format(dwell=f"{rule.dwell_s:g}"),
        offers=" or ".join(KIND_WORDS[kind] for kind in rule.step)
        or "nothing: it keeps other offers back",
        signals=tuple(_signals(rule)),
        chance=f"{rule.probability:.0%}".replace("%", " %") if rule.step else "",
    )


def _signals(rule: Rule) -> list[Signal]:
    names = dict.fromkeys(leaf.signal for leaf, _ in leaves(rule.when))
    return [Signal(SIGNALS[name].label, SIGNALS[name].sources[0]) for name in names]
