"""What the learner said in each month: the words chosen, and the averages of the two levels."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import fmean

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from django.utils.translation import ngettext

from accounts.models import User
from consent.permits import gate
from estimates import self_reports
from estimates.self_reports import LEVELS, STEPS, OpenedReport
from learner.journey.months.month_range import MonthRange, month_of
from learner.journey.self_reports import WORDS, report_word

BAR_WIDTH = 180
LEVEL_NAMES = {"valence": noop("Pleasant"), "arousal": noop("Excited")}


@dataclass(frozen=True, slots=True)
class WordCount:
    """How often one word was chosen."""

    label: str
    n: int

    @property
    def word(self) -> str:
        return report_word(self.label)


@dataclass(frozen=True, slots=True)
class LevelMean:
    """The average of one level of SAM, from 1 to 9, over `n` answers."""

    level: str
    mean: float
    n: int

    @property
    def name(self) -> str:
        return _(LEVEL_NAMES[self.level])

    @property
    def mean_text(self) -> str:
        # Rounded first, because Django cuts the digits of a float off.
        return number_format(round(self.mean, 1), decimal_pos=1)

    @property
    def text(self) -> str:
        sentence = ngettext(
            "{mean} of {most}, from {n} answer",
            "{mean} of {most}, on average of {n} answers",
            self.n,
        )
        return sentence.format(mean=self.mean_text, most=STEPS[-1], n=self.n)

    @property
    def width(self) -> int:
        """Return the length of the bar: none at the lowest step, the whole track at the highest."""
        return round(BAR_WIDTH * (self.mean - STEPS[0]) / (STEPS[-1] - STEPS[0]))


@dataclass(frozen=True, slots=True)
class OwnWords:
    """The self-reports of one month; words never chosen are left out."""

    counts: tuple[WordCount, ...] = ()
    levels: tuple[LevelMean, ...] = ()

    def count(self, label: str) -> int:
        """Return how often this word was chosen."""
        return next((each.n for each in self.counts if each.label == label), 0)


def load_own_words(user: User, span: MonthRange, *, now: datetime) -> dict[date, OwnWords]:
    """Return the months with a self-report, by their first day."""
    permit = gate.permit(user.code, "course", now=now)
    found: dict[date, list[OpenedReport]] = defaultdict(list)
    for one in self_reports.reports_since(permit, span.begin):
        if one.at < span.end:
            found[month_of(timezone.localdate(one.at))].append(one)
    return {month: _sum_up(reports) for month, reports in found.items()}


def _sum_up(reports: Sequence[OpenedReport]) -> OwnWords:
    words = Counter(one.label for one in reports if one.label)
    # Equal counts stay in the order of the words, as sorting keeps it.
    ordered = sorted((label for label in WORDS if words[label]), key=lambda each: -words[each])
    return OwnWords(
        counts=tuple(WordCount(label, words[label]) for label in ordered),
        levels=tuple(_average([one.levels for one in reports])),
    )


def _average(reports: Sequence[Mapping[str, int]]) -> list[LevelMean]:
    by_level = {level: [said[level] for said in reports if level in said] for level in LEVELS}
    return [
        LevelMean(level, fmean(steps), len(steps)) for level, steps in by_level.items() if steps
    ]
