"""Two wordings of a hint, as the effects page tells of them: which helps more, if that is known.

Who pauses or objects is in no comparison, so exact figures would tell who does. Those of real
people are published once, in the month after the end, with noise. Before, the page says of a hint
only that it has two wordings, because more would tell that a learner opened it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from adaptation.effects import wordings
from adaptation.effects.proximal import DIFFERENCE
from adaptation.models import WordingShown, WordingTrial
from courses.models import Course, Hint
from emotion.evaluate import excursion
from emotion.evaluate.excursion import Effect
from teaching.effects import chart, group
from teaching.effects.chart import Chart
from teaching.effects.publishing import PERCENT, blur_effect, draw_noise, month_after
from teaching.picture import taking_part

WAITS: Final = "waits"
SO_FAR: Final = "so_far"
ENDED: Final = "ended"


@dataclass(frozen=True, slots=True)
class WordingCard:
    """One hint of which two wordings are compared; no chart = nothing to draw yet.

    `planned`: so many cases count. Some more are drawn, at most as many again, so that the end
    tells of none of them.
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
    chart: Chart | None = None

    @property
    def most(self) -> int:
        return 2 * self.planned


def cards(course: Course, *, now: datetime) -> list[WordingCard]:
    """Return one card for each hint with two wordings, in the order of the course."""
    hints = Hint.objects.filter(question__course=course).exclude(other_text="")
    hints = hints.select_related("wordings").order_by("question__unit", "question", "position")
    return [card(hint, now=now) for hint in hints]


def card(hint: Hint, *, now: datetime) -> WordingCard:
    """Return what may be said of one hint by now."""
    base = WordingCard(hint.html, hint.other_html, excursion.needed(DIFFERENCE))
    trial: WordingTrial | None = getattr(hint, "wordings", None)
    if trial is None:
        return base
    rows = wordings.counted(trial)
    real = [row for row in rows if not row.learner.simulated]
    made_up = [row for row in rows if row.learner.simulated]
    return _publish(base, trial, real, now) or _show_simulated(base, trial, made_up) or base


def _publish(
    base: WordingCard, trial: WordingTrial, rows: list[WordingShown], now: datetime
) -> WordingCard | None:
    """Return the figures of the planned number of real people; None before they are published."""
    if trial.ended_at is None or taking_part.floor() is None or now < month_after(trial.ended_at):
        return None
    counted = rows[: base.planned]
    learners = {row.learner_id for row in counted}
    noise = draw_noise(f"wording|{trial.code}", learners)
    who = group.group(dict.fromkeys(learners, False), noise=noise)
    found = wordings.effect([row for row in counted if row.learner_id in who])
    if found is None:
        return None
    effect, people = blur_effect(found, len(learners), noise)
    return replace(
        _name_trial(base, trial),
        state=ENDED,
        learners=group.told(people, simulated=False),
        said=_describe(effect),
        chart=_draw(effect),
    )


def _show_simulated(
    base: WordingCard, trial: WordingTrial, rows: list[WordingShown]
) -> WordingCard | None:
    """Return the figures of simulated people so far; None of too few."""
    who = group.group({row.learner_id: True for row in rows})
    rows = [row for row in rows if row.learner_id in who]
    if not rows:
        return None
    found, ended = wordings.effect(rows), trial.ended_at is not None
    return replace(
        _name_trial(base, trial),
        state=ENDED if ended else SO_FAR,
        learners=group.told(len(rows), simulated=True),
        simulated=True,
        share=round(10 * trial.share),
        said=_describe(found) if ended else "",
        chart=_draw(found) if found else None,
    )


def _name_trial(base: WordingCard, trial: WordingTrial) -> WordingCard:
    return replace(base, protocol=f"W-{str(trial.code)[:8]}", began_at=trial.began_at)


def _draw(effect: Effect) -> Chart:
    return chart.draw(PERCENT * effect.low, PERCENT * effect.high)


def _describe(effect: Effect | None) -> str:
    if effect is not None and effect.low > 0:
        return _("The second wording helps more.")
    return _("The second wording was not found to help more.")
