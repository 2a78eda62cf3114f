"""`/teach/<slug>/effects/`: whether each randomised rule helps, and how certain that is.

It shows group figures alone, above the floor. Of simulated people, an interval before the planned
number of decisions is marked "so far". The offers a real Learner got can depend on what they felt
or reported. Figures of real people are therefore published once per Trial, with noise, at the start
of the month after its last decision. They are published only of built-in Rules, whose thresholds no
Teacher chose (docs/adr/0031).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import current_user, require_person
from adaptation.effects import proximal_outcome as measured
from adaptation.effects.proximal_outcome import MeasuredDecision
from adaptation.models import Trial
from adaptation.rules import active_rules
from charts.exports import find_export
from charts.figure import Figure
from courses.access import course_for_teacher
from courses.models import Course
from emotion.evaluation.statistics import causal_excursion_effect
from emotion.evaluation.statistics.causal_excursion_effect import Effect
from estimates.group_figures import disclosure
from estimates.group_figures.noise import NO_NOISE, Noise
from estimates.models.group_figures import TEACH
from interventions.rules import Rule
from teaching.effects import hint_experiments, interval_chart
from teaching.effects.effects_figure import build_effects
from teaching.effects.hint_experiments import WordingCard
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
from teaching.effects.trial_card import (
    CLOSED,
    ENDED,
    SO_FAR,
    WAITS,
    SecondaryResult,
    TrialCard,
)
from teaching.groups import minimum_group
from teaching.layout import frame_of


@require_safe
@require_person
def effects(request: HttpRequest, slug: str) -> HttpResponse:
    """Show every trial of the course, and the rules that always fire and so are in no trial.

    `?figure=effects` with `?as=svg` or `?as=csv` returns the figure of all of them.
    """
    course = course_for_teacher(current_user(request), slug)
    file = find_export(request, course.slug, lambda: _build_figures(course))
    return file or render(request, "teaching/effects.html", _page_context(course))


def _page_context(course: Course) -> dict[str, object]:
    always = [
        _(rule.title)
        for rule in active_rules.list_active(course)
        if rule.step and rule.probability == 1
    ]
    cards, wordings = _load_both(course)
    return {
        "teach": frame_of(course, "effects"),
        "cards": cards,
        "figure": build_effects(cards, wordings),
        "always": always,
        "wordings": wordings,
    }


def _build_figures(course: Course) -> list[Figure]:
    figure = build_effects(*_load_both(course))
    return [figure] if figure else []


def _load_both(course: Course) -> tuple[list[TrialCard], list[WordingCard]]:
    published = load_effects(course)
    return load_cards(course, published), hint_experiments.load_cards(course, published)


def load_cards(
    course: Course, published: Mapping[UUID, BlurredEffect], *, only: str | None = None
) -> list[TrialCard]:
    """Return a card for each trial with figures and each randomised rule in force.

    With `only`, return those of one rule. A trial of real people without figures is left out,
    because its existence reveals that a learner met the rule's condition.
    """
    on = active_rules.list_active(course)
    titles = {rule.id: _(rule.title) for rule in (*active_rules.shipped_rules().values(), *on)}
    cards = [
        _make_card(trial, titles.get(trial.rule, trial.rule), published.get(trial.code))
        for trial in measured.list_trials(course)
        if only in (None, trial.rule)
    ]
    found = [each for each in cards if each is not None]
    known = {(each.rule, each.version) for each in found}
    drawn = [rule for rule in on if rule.step and rule.probability < 1 and only in (None, rule.id)]
    return [
        *found,
        *(_card_without_trial(rule) for rule in drawn if (rule.id, rule.version) not in known),
    ]


def newest_card(course: Course, rule: str | None) -> TrialCard | None:
    """Return the newest card of one rule; None if it is in no trial."""
    if rule is None:
        return None
    return next(iter(load_cards(course, load_effects(course), only=rule)), None)


def _card_without_trial(rule: Rule) -> TrialCard:
    """Return the card of a randomised rule, whether it has a trial or not."""
    state = WAITS if _is_shipped_version(rule.id, rule.version) else CLOSED
    held = round(10 * (1 - rule.probability))
    planned = causal_excursion_effect.needed_decisions(
        measured.DETECTABLE_DIFFERENCE, probability=rule.probability
    )
    return TrialCard(_(rule.title), rule.id, rule.version, state, planned=planned, held=held)


def _is_shipped_version(rule: str, version: int) -> bool:
    ships = active_rules.shipped_rules().get(rule)
    return ships is not None and ships.version == version


def _make_card(trial: Trial, title: str, published: BlurredEffect | None) -> TrialCard | None:
    """Return the figures of one trial: of real people once published, else of simulated ones."""
    base = TrialCard(
        title=title,
        rule=trial.rule,
        version=trial.version,
        state=SO_FAR,
        protocol=f"{trial.rule}-{trial.version}-{str(trial.code)[:8]}",
        planned=trial.decisions,
        points=_percentage_points(
            causal_excursion_effect.detectable_difference(
                trial.decisions, probability=trial.probability
            )
        ),
        held=round(10 * (1 - trial.probability)),
    )
    if published is not None and _is_shipped_version(trial.rule, trial.version):
        return _show_published(base, published)
    simulated = _keep_group(measured.load_measured(trial, simulated=True))[: trial.decisions]
    return _fill_simulated(base, simulated) if simulated else None


def _fill_simulated(base: TrialCard, rows: Sequence[MeasuredDecision]) -> TrialCard:
    ended = len(rows) >= base.planned
    found = measured.estimate_effects(rows)
    card = replace(
        base,
        state=ENDED if ended else SO_FAR,
        simulated=rows[0].simulated,
        began_at=rows[0].at,
        decisions=len(rows),
        learners=minimum_group.format_count(
            len({row.learner for row in rows}), simulated=rows[0].simulated
        ),
    )
    if found is None:
        return card
    right = found.right
    return replace(
        card,
        said=describe_conclusion(right.low, right.high, base.points) if ended else "",
        chart=interval_chart.draw_interval(PERCENT * right.low, PERCENT * right.high),
        secondary=(
            SecondaryResult(
                _("Time until the next try, difference in seconds"),
                _format_effect(found.after_s, 1),
            ),
            SecondaryResult(
                _("Left the course within five minutes, difference in percentage points"),
                _format_effect(found.left, PERCENT),
            ),
        ),
    )


def publish_due(now: datetime) -> int:
    """Publish the effect of each rule with enough real decisions; return how many.

    The number needed exceeds the plan by a random amount, drawn once per Trial, so that the month
    of publication does not reveal that a single decision was made.
    """
    if disclosure.current_floor(TEACH) is None:
        return 0
    waiting = Trial.objects.exclude(code__in=list_decided_trials()).select_related("course")
    return sum(_publish(trial, now) for trial in waiting.order_by("pk"))


def _publish(trial: Trial, now: datetime) -> bool:
    """Store the result of a Trial once it is due; never for a Teacher's own version of a rule."""
    if not _is_shipped_version(trial.rule, trial.version):
        return False
    rows = measured.load_measured(trial, simulated=False)
    last = count_needed_decisions(trial.decisions, draw_noise(f"wait|{trial.code}"))
    if len(rows) < last or now < month_after(rows[last - 1].at):
        return False
    counted = rows[: trial.decisions]
    learners = {row.learner for row in counted}
    noise = draw_noise(f"effect|{trial.code}", learners)
    found = measured.estimate_effects(_keep_group(counted, noise))
    blurred = blur_effect(found.right, len(learners), noise, reach=EVEN) if found else None
    biometric = any(row.biometric for row in counted)
    store_effect(trial.course, trial.code, blurred, biometric=biometric, now=now)
    return True


def _show_published(base: TrialCard, found: BlurredEffect) -> TrialCard:
    """Return the published figures of real people, without the day of the first decision."""
    return replace(
        base,
        state=ENDED,
        decisions=base.planned,
        learners=minimum_group.format_count(found.people, simulated=False),
        said=describe_conclusion(found.low, found.high, base.points),
        chart=interval_chart.draw_interval(PERCENT * found.low, PERCENT * found.high),
    )


def _keep_group(
    rows: Sequence[MeasuredDecision], noise: Noise = NO_NOISE
) -> list[MeasuredDecision]:
    """Return the decisions about people who may be shown as a group."""
    body = {row.learner for row in rows if row.biometric}
    who = minimum_group.select_group({row.learner: row.simulated for row in rows}, body, noise)
    return [row for row in rows if row.learner in who]


def _percentage_points(share: float) -> int:
    return round(PERCENT * share)


def _format_effect(effect: Effect, unit: int) -> str:
    return interval_chart.format_interval(unit * effect.low, unit * effect.high)


def describe_conclusion(low: float, high: float, points: int) -> str:
    """Return the conclusion of a final interval; one that contains zero is inconclusive."""
    if low > 0:
        return _("It helps: the next try is correct more often after the suggestion.")
    if high < 0:
        return _("It does not help: the next try is correct less often after the suggestion.")
    text = _(
        "No difference was found. A difference of {points} percentage points would "
        "probably have been detected."
    )
    return text.format(points=points)
