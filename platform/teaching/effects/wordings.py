"""Two wordings of a hint, as the effects page tells of them: which helps more, if that is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from adaptation.effects import wordings
from adaptation.models import WordingShown, WordingTrial
from courses.models import Course
from emotion.evaluate.excursion import Effect
from teaching.effects import chart, group
from teaching.effects.chart import Chart
from teaching.picture import shares

PERCENT = 100


@dataclass(frozen=True, slots=True)
class WordingCard:
    """One hint of which two wordings are compared; no chart = nothing to draw yet."""

    first: str
    other: str
    protocol: str
    began_at: datetime
    planned: int
    ended: bool
    cases: int = 0
    learners: str = ""
    simulated: bool = False
    share: int = 0
    said: str = ""
    chart: Chart | None = None


def cards(course: Course) -> list[WordingCard]:
    """One card a hint, the first begun first."""
    return [card(trial) for trial in wordings.trials(course)]


def card(trial: WordingTrial) -> WordingCard:
    """What may be said of one trial by now."""
    rows = wordings.counted(trial)
    who = group.group({row.learner_id: row.learner.simulated for row in rows})
    rows = [row for row in rows if row.learner_id in who]
    base = WordingCard(
        first=trial.hint.html,
        other=trial.hint.other_html,
        protocol=f"W-{str(trial.code)[:8]}",
        began_at=trial.began_at,
        planned=trial.decisions,
        ended=trial.ended_at is not None,
    )
    return _filled(base, rows, trial.share) if rows else base


def _filled(base: WordingCard, rows: list[WordingShown], share: float) -> WordingCard:
    simulated, found = rows[0].learner.simulated, wordings.effect(rows)
    told = replace(
        base,
        cases=len(rows) if simulated else shares.band(len(rows)),
        learners=group.told(len(rows), simulated=simulated),
        simulated=simulated,
        share=round(10 * share),
        said=_conclusion(found) if base.ended else "",
    )
    if found is None:
        return told
    return replace(told, chart=chart.draw(PERCENT * found.low, PERCENT * found.high))


def _conclusion(found: Effect | None) -> str:
    if found is not None and found.low > 0:
        return _("The second wording helps more, and everybody reads it now.")
    return _("The second wording was not found to help more. Everybody reads the first.")
