"""`/teach/<slug>/effects/`: whether each rule that is offered by lot helps, and how sure that is.

Group figures alone, from the floor on. Until the number of decisions that was fixed at the start,
every range is a range so far.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import require_person
from adaptation.effects import proximal as measured
from adaptation.effects.proximal import Followed
from adaptation.models import Trial
from adaptation.rules import in_force
from courses.access import course_for_teacher
from courses.models import Course
from emotion.evaluate import excursion
from emotion.evaluate.excursion import Effect
from teaching.effects import chart, group, wordings
from teaching.effects.chart import Chart
from teaching.pages import frame_of, teacher

FEW, SO_FAR, ENDED = "few", "so_far", "ended"
PERCENT = 100


@dataclass(frozen=True, slots=True)
class Range:
    """One thing that may have come out differently, and its range in words."""

    title: str
    range: str


@dataclass(frozen=True, slots=True)
class Card:
    """One trial as it may be shown; no chart = nothing to draw yet."""

    title: str
    rule: str
    version: int
    protocol: str
    began_at: datetime
    planned: int
    points: int
    held: int
    state: str
    simulated: bool = False
    decisions: int = 0
    learners: str = ""
    said: str = ""
    chart: Chart | None = None
    beside: tuple[Range, ...] = ()


@require_safe
@require_person
def effects(request: HttpRequest, slug: str) -> HttpResponse:
    """Every trial of the course; and which rules are in none, since they come every time."""
    course = course_for_teacher(teacher(request), slug)
    always = [
        _(rule.title) for rule in in_force.on_in(course) if rule.step and rule.probability == 1
    ]
    context = {
        "teach": frame_of(course, "effects"),
        "cards": cards(course),
        "always": always,
        "wordings": wordings.cards(course),
        "floor": group.floor().people,
    }
    return render(request, "teaching/effects.html", context)


def cards(course: Course) -> list[Card]:
    """One card a trial, the newest version of a rule first."""
    titles = {rule.id: rule.title for rule in in_force.on_in(course)}
    titles = {**{name: rule.title for name, rule in in_force.shipped().items()}, **titles}
    return [card(trial, _(titles.get(trial.rule, trial.rule))) for trial in measured.trials(course)]


def card_of(course: Course, rule: str | None, title: str) -> Card | None:
    """The newest trial of one rule; None where there was none."""
    trials = [trial for trial in measured.trials(course) if trial.rule == rule]
    return card(trials[0], title) if trials else None


def card(trial: Trial, title: str) -> Card:
    """What may be said of one trial by now."""
    rows = _shown(measured.followed(trial))[: trial.decisions]
    base = Card(
        title=title,
        rule=trial.rule,
        version=trial.version,
        protocol=f"{trial.rule}-{trial.version}-{str(trial.code)[:8]}",
        began_at=trial.began_at,
        planned=trial.decisions,
        points=_points(excursion.detectable(trial.decisions, probability=trial.probability)),
        held=round(10 * (1 - trial.probability)),
        state=FEW,
    )
    return _filled(base, rows) if rows else base


def _filled(base: Card, rows: Sequence[Followed]) -> Card:
    ended = len(rows) >= base.planned
    found = measured.found(rows)
    told = replace(
        base,
        state=ENDED if ended else SO_FAR,
        simulated=rows[0].simulated,
        decisions=len(rows),
        learners=group.told(len({row.learner for row in rows}), simulated=rows[0].simulated),
    )
    if found is None:
        return told
    right = found.right
    return replace(
        told,
        said=conclusion(right, base.points) if ended else "",
        chart=chart.draw(PERCENT * right.low, PERCENT * right.high),
        beside=(
            Range(_("Seconds until the next try"), _words(found.after_s, 1)),
            Range(_("Left the course within five minutes, in points"), _words(found.left, PERCENT)),
        ),
    )


def _shown(rows: Sequence[Followed]) -> list[Followed]:
    """The decisions about people who may be shown as a group."""
    body = {row.learner for row in rows if row.biometric}
    who = group.group({row.learner: row.simulated for row in rows}, body)
    return [row for row in rows if row.learner in who]


def _points(share: float) -> int:
    return round(PERCENT * share)


def _words(effect: Effect, unit: int) -> str:
    return chart.words(unit * effect.low, unit * effect.high)


def conclusion(effect: Effect, points: int) -> str:
    """What a range says once it is final; one that holds zero says neither."""
    if effect.low > 0:
        return _("It helps: the next try is right more often after the offer.")
    if effect.high < 0:
        return _("It does not help: the next try is right less often after the offer.")
    said = _("No difference was found. One of {points} points would probably have been seen.")
    return said.format(points=points)
