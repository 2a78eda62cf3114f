"""The months side by side as a table, so that a change over time can be seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from estimates.self_reports import LEVELS
from learner.journey.months.month_summary import Month
from learner.journey.months.own_words import LEVEL_NAMES
from learner.journey.months.practised_skills import ROSE
from learner.journey.self_reports import WORDS, report_word
from learner.journey.weeks import WeekRow


@dataclass(frozen=True, slots=True)
class Overview:
    """One column for each month, the oldest first."""

    months: tuple[date, ...]
    rows: tuple[WeekRow, ...]


def build_overview(newest_first: Sequence[Month]) -> Overview | None:
    """Build the table; None for fewer than two months, which need no comparison."""
    if len(newest_first) < 2:
        return None
    months = list(reversed(newest_first))
    rows = (*_word_rows(months), *_level_rows(months), *_course_rows(months))
    return Overview(tuple(month.first for month in months), rows)


def _make_row(source: str, name: str, values: Iterable[object]) -> WeekRow:
    return WeekRow(source, name, tuple(str(value) for value in values))


def _word_rows(months: Sequence[Month]) -> Iterator[WeekRow]:
    chosen = {one.label for month in months for one in month.words.counts}
    for label in WORDS:
        if label in chosen:
            counts = (month.words.count(label) for month in months)
            yield _make_row("self", report_word(label), counts)


def _level_rows(months: Sequence[Month]) -> Iterator[WeekRow]:
    given = {one.level for month in months for one in month.words.levels}
    for level in LEVELS:
        if level in given:
            name = _("{level}, average from 1 to 9").format(level=_(LEVEL_NAMES[level]))
            yield _make_row("self", name, (_mean_text(month, level) for month in months))


def _course_rows(months: Sequence[Month]) -> Iterator[WeekRow]:
    shown = (sum(one.shown for one in month.offers) for month in months)
    yield _make_row("course", _("Skills practised"), (len(month.skills) for month in months))
    yield _make_row("course", _("Skills that rose"), map(_count_risen, months))
    yield _make_row("course", _("Suggestions"), shown)
    yield _make_row("course", _("Suggestions accepted"), map(_count_accepted, months))


def _mean_text(month: Month, level: str) -> str:
    found = next((one for one in month.words.levels if one.level == level), None)
    return found.mean_text if found else pgettext("an average of a month", "none")


def _count_risen(month: Month) -> int:
    return sum(skill.change == ROSE for skill in month.skills)


def _count_accepted(month: Month) -> int:
    return sum(one.shown for one in month.offers if one.reaction == "accepted")
