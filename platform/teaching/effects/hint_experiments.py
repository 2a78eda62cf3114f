"""Comparison of two wordings of a hint on the effects page.

A learner who pauses sensing or objects is in no comparison, so exact figures would reveal them.
Figures of real people are published once, with noise, in the month after the trial ends. Before
that, the page says only that a hint has two wordings, because more would reveal that a learner
opened it. Simulated people have trials of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from adaptation.effects import hint_ab_trial
from adaptation.effects.proximal_outcome import DETECTABLE_DIFFERENCE
from adaptation.models import WordingTrial
from courses.models import Course, Hint
from emotion.evaluation.statistics import causal_excursion_effect
from estimates.group_figures import disclosure
from estimates.models.group_figures import TEACH
from teaching.effects import interval_chart
from teaching.effects.interval_chart import IntervalChart
from teaching.effects.published_effects import (
    LEANING,
    PERCENT,
    BlurredEffect,
    blur_effect,
    draw_noise,
    list_decided_trials,
    month_after,
    store_effect,
)
from teaching.groups import minimum_group

WAITS: Final = "waits"
SO_FAR: Final = "so_far"
ENDED: Final = "ended"


@dataclass(frozen=True, slots=True)
class WordingCard:
    """One hint with two wordings under comparison; no chart = nothing to draw yet.

    `planned` cases count. More are drawn, at most as many again, so that the end of the trial
    reveals nothing about a single case.
    """

    first: str
    other: str
    planned: int
    state: str = WAITS
    protocol: str = ""
    began_at: datetime | None = None
    learners: str = ""
    simulated: bool = False
    share: int = 0
    said: str = ""
    chart: IntervalChart | None = None

    @property
    def most(self) -> int:
        return 2 * self.planned


def load_cards(course: Course, published: Mapping[UUID, BlurredEffect]) -> list[WordingCard]:
    """Return one card for each hint with two wordings, in the order of the course."""
    hints = Hint.objects.filter(question__course=course).exclude(other_text="")
    hints = hints.prefetch_related("wordings").order_by("question__unit", "question", "position")
    return [_make_card(hint, published) for hint in hints]


def _make_card(hint: Hint, published: Mapping[UUID, BlurredEffect]) -> WordingCard:
    """Return what may be shown of one hint at present."""
    card = WordingCard(
        hint.html, hint.other_html, causal_excursion_effect.needed_decisions(DETECTABLE_DIFFERENCE)
    )
    trials = {trial.simulated: trial for trial in hint.wordings.all()}
    if False in trials and (found := published.get(trials[False].code)):
        return _show_published(card, trials[False], found)
    return (_show_simulated(card, trials[True]) if True in trials else None) or card


def publish_due(now: datetime) -> int:
    """Publish each comparison of real people that ended in an earlier month; return how many."""
    if disclosure.current_floor(TEACH) is None:
        return 0
    ended = WordingTrial.objects.filter(simulated=False, ended_at__isnull=False)
    due = [
        trial
        for trial in ended.exclude(code__in=list_decided_trials()).select_related(
            "hint__question__course"
        )
        if now >= month_after(trial.ended_at or now)
    ]
    for trial in due:
        found = _blurred_effect(trial)
        store_effect(trial.hint.question.course, trial.code, found, biometric=False, now=now)
    return len(due)


def _blurred_effect(trial: WordingTrial) -> BlurredEffect | None:
    """Return the noisy effect over the planned number of cases; None if there are too few."""
    planned = causal_excursion_effect.needed_decisions(DETECTABLE_DIFFERENCE)
    rows = hint_ab_trial.load_cases(trial)[: min(planned, trial.decisions)]
    learners = {row.learner_id for row in rows}
    noise = draw_noise(f"wording|{trial.code}", learners)
    who = minimum_group.select_group(dict.fromkeys(learners, False), noise=noise)
    found = hint_ab_trial.estimate_effect([row for row in rows if row.learner_id in who])
    return None if found is None else blur_effect(found, len(learners), noise, reach=LEANING)


def _show_published(card: WordingCard, trial: WordingTrial, found: BlurredEffect) -> WordingCard:
    """Return the published figures of real people, without the day of the first case."""
    return replace(
        card,
        protocol=_name_protocol(trial),
        state=ENDED,
        learners=minimum_group.format_count(found.people, simulated=False),
        said=_describe(found.low),
        chart=interval_chart.draw_interval(PERCENT * found.low, PERCENT * found.high),
    )


def _show_simulated(card: WordingCard, trial: WordingTrial) -> WordingCard | None:
    """Return the figures of simulated people so far; None if there are too few."""
    rows = hint_ab_trial.load_cases(trial)
    who = minimum_group.select_group({row.learner_id: True for row in rows})
    rows = [row for row in rows if row.learner_id in who]
    if not rows:
        return None
    found, ended = hint_ab_trial.estimate_effect(rows), trial.ended_at is not None
    return replace(
        card,
        protocol=_name_protocol(trial),
        began_at=trial.began_at,
        state=ENDED if ended else SO_FAR,
        learners=minimum_group.format_count(len(rows), simulated=True),
        simulated=True,
        share=round(10 * trial.share),
        said=_describe(found.low if found else 0.0) if ended else "",
        chart=interval_chart.draw_interval(PERCENT * found.low, PERCENT * found.high)
        if found
        else None,
    )


def _name_protocol(trial: WordingTrial) -> str:
    return f"W-{str(trial.code)[:8]}"


def _describe(low: float) -> str:
    if low > 0:
        return _("The second wording helps more.")
    return _("The second wording was not found to help more.")
