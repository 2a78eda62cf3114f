"""`/teach/<slug>/effects/`: whether each rule offered at random helps, and how sure that is.

Group figures alone, from the floor on. Of simulated people every range before the planned number
of decisions is a range so far. Which offers a real Learner got can depend on what they felt or
said, so figures of real people are published once a Trial, with noise, at the start of the month
after its last decision; and of Rules as they ship alone, whose thresholds no Teacher chose
(docs/adr/0031).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import require_person
from adaptation.effects import proximal_outcome as measured
from adaptation.effects.proximal_outcome import Followed
from adaptation.models import Trial
from adaptation.rules import active_rules
from courses.access import course_for_teacher
from courses.models import Course
from emotion.evaluation.statistics import causal_excursion_effect
from emotion.evaluation.statistics.causal_excursion_effect import Effect
from interventions.rules import Rule
from teaching.class_picture import participants
from teaching.class_picture.noise import NONE, Noise
from teaching.effects import hint_experiments, interval_chart
from teaching.effects.interval_chart import Chart
from teaching.effects.published_effects import (
    EVEN,
    PERCENT,
    BlurredEffect,
    blur_effect,
    count_needed_decisions,
    draw_noise,
    list_decided_trials,
    load_effects,
    month_after,
    store_effect,
)
from teaching.groups import minimum_group
from teaching.layout import frame_of, teacher

SO_FAR, ENDED = "so_far", "ended"
# Nothing of real people yet, and never anything.
WAITS, CLOSED = "waits", "closed"


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
    state: str
    protocol: str = ""
    began_at: datetime | None = None
    planned: int = 0
    points: int = 0
    held: int = 0
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
        _(rule.title) for rule in active_rules.on_in(course) if rule.step and rule.probability == 1
    ]
    published = load_effects(course)
    context = {
        "teach": frame_of(course, "effects"),
        "cards": cards(course, published),
        "always": always,
        "wordings": hint_experiments.cards(course, published),
    }
    return render(request, "teaching/effects.html", context)


def cards(
    course: Course, published: Mapping[UUID, BlurredEffect], *, only: str | None = None
) -> list[Card]:
    """One card for each trial with figures, and for each rule in force that is drawn at random;
    with `only`, those of one rule.

    A trial of real people without figures is not mentioned: that it exists says that a learner met
    the rule's condition.
    """
    on = active_rules.on_in(course)
    titles = {rule.id: _(rule.title) for rule in (*active_rules.shipped().values(), *on)}
    asked = [
        _make_card(trial, titles.get(trial.rule, trial.rule), published.get(trial.code))
        for trial in measured.trials(course)
        if only in (None, trial.rule)
    ]
    found = [each for each in asked if each is not None]
    known = {(each.rule, each.version) for each in found}
    drawn = [rule for rule in on if rule.step and rule.probability < 1 and only in (None, rule.id)]
    return [*found, *(_unknown(rule) for rule in drawn if (rule.id, rule.version) not in known)]


def card_of(course: Course, rule: str | None) -> Card | None:
    """The newest card of one rule; None where it is in no trial."""
    if rule is None:
        return None
    return next(iter(cards(course, load_effects(course), only=rule)), None)


def _unknown(rule: Rule) -> Card:
    """Return the card of a rule drawn at random, whether it has a trial or not."""
    state = WAITS if _ships(rule.id, rule.version) else CLOSED
    held = round(10 * (1 - rule.probability))
    planned = causal_excursion_effect.needed_decisions(
        measured.DIFFERENCE, probability=rule.probability
    )
    return Card(_(rule.title), rule.id, rule.version, state, planned=planned, held=held)


def _ships(rule: str, version: int) -> bool:
    ships = active_rules.shipped().get(rule)
    return ships is not None and ships.version == version


def _make_card(trial: Trial, title: str, published: BlurredEffect | None) -> Card | None:
    """Return the figures of one trial: of real people once published, else of simulated ones."""
    base = Card(
        title=title,
        rule=trial.rule,
        version=trial.version,
        state=SO_FAR,
        protocol=f"{trial.rule}-{trial.version}-{str(trial.code)[:8]}",
        planned=trial.decisions,
        points=_points(
            causal_excursion_effect.detectable_difference(
                trial.decisions, probability=trial.probability
            )
        ),
        held=round(10 * (1 - trial.probability)),
    )
    if published is not None and _ships(trial.rule, trial.version):
        return _show_published(base, published)
    made_up = _keep_group(measured.followed(trial, simulated=True))[: trial.decisions]
    return _filled(base, made_up) if made_up else None


def _filled(base: Card, rows: Sequence[Followed]) -> Card:
    ended = len(rows) >= base.planned
    found = measured.found(rows)
    told = replace(
        base,
        state=ENDED if ended else SO_FAR,
        simulated=rows[0].simulated,
        began_at=rows[0].at,
        decisions=len(rows),
        learners=minimum_group.told(
            len({row.learner for row in rows}), simulated=rows[0].simulated
        ),
    )
    if found is None:
        return told
    right = found.right
    return replace(
        told,
        said=conclusion(right.low, right.high, base.points) if ended else "",
        chart=interval_chart.draw(PERCENT * right.low, PERCENT * right.high),
        beside=(
            Range(_("Time until the next try, difference in seconds"), _words(found.after_s, 1)),
            Range(
                _("Left the course within five minutes, difference in percentage points"),
                _words(found.left, PERCENT),
            ),
        ),
    )


def publish_due(now: datetime) -> int:
    """Publish the effect of each rule of which real decisions are enough; return how many.

    It comes some decisions later than planned, drawn once for the Trial, so that the month says of
    no single decision that it was made.
    """
    if participants.floor() is None:
        return 0
    waiting = Trial.objects.exclude(code__in=list_decided_trials()).select_related("course")
    return sum(_publish(trial, now) for trial in waiting.order_by("pk"))


def _publish(trial: Trial, now: datetime) -> bool:
    """Store what is published of a Trial, once it is due; never of a Teacher's own version."""
    if not _ships(trial.rule, trial.version):
        return False
    rows = measured.followed(trial, simulated=False)
    last = count_needed_decisions(trial.decisions, draw_noise(f"wait|{trial.code}"))
    if len(rows) < last or now < month_after(rows[last - 1].at):
        return False
    counted = rows[: trial.decisions]
    learners = {row.learner for row in counted}
    noise = draw_noise(f"effect|{trial.code}", learners)
    found = measured.found(_keep_group(counted, noise))
    blurred = blur_effect(found.right, len(learners), noise, reach=EVEN) if found else None
    biometric = any(row.biometric for row in counted)
    store_effect(trial.course, trial.code, blurred, biometric=biometric, now=now)
    return True


def _show_published(base: Card, found: BlurredEffect) -> Card:
    """Return what is published of real people, without the day on which one first met the rule."""
    return replace(
        base,
        state=ENDED,
        decisions=base.planned,
        learners=minimum_group.told(found.people, simulated=False),
        said=conclusion(found.low, found.high, base.points),
        chart=interval_chart.draw(PERCENT * found.low, PERCENT * found.high),
    )


def _keep_group(rows: Sequence[Followed], noise: Noise = NONE) -> list[Followed]:
    """Return the decisions about people who may be shown as a group."""
    body = {row.learner for row in rows if row.biometric}
    who = minimum_group.group({row.learner: row.simulated for row in rows}, body, noise)
    return [row for row in rows if row.learner in who]


def _points(share: float) -> int:
    return round(PERCENT * share)


def _words(effect: Effect, unit: int) -> str:
    return interval_chart.words(unit * effect.low, unit * effect.high)


def conclusion(low: float, high: float, points: int) -> str:
    """What a range says once it is final; one that holds zero says neither."""
    if low > 0:
        return _("It helps: the next try is correct more often after the suggestion.")
    if high < 0:
        return _("It does not help: the next try is correct less often after the suggestion.")
    said = _(
        "No difference was found. A difference of {points} percentage points would "
        "probably have been detected."
    )
    return said.format(points=points)
