"""What pages say of published states and results: a week, its skills, and each state in words.

Cells are read through the disclosure layer alone. A skill without figures is not named: that it has
a cell would reveal that someone is sensed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import QuerySet
from django.http import Http404
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.name_order import by_name
from courses.models import Course, Skill
from courses.navigation import NavItem
from estimates.group_figures import disclosure
from estimates.group_figures.differences import (
    FEWER,
    MORE,
    NO_DIFFERENCE,
    StateResult,
    results_of,
)
from estimates.group_figures.proportions import BAND, Picture
from estimates.group_figures.weekly_cells import KIND
from estimates.label_names import heading_of, name_of
from estimates.models import AFFECT_LABELS, Cell, Publication

STAMP_FORMAT = "%Y%m%d"


@dataclass(frozen=True, slots=True)
class StateLine:
    """One state of a skill; `finding` says in words how it went together with results.

    `points` is the interval of the difference; "" = too few people.
    """

    name: str
    result: StateResult
    finding: str
    points: str


@dataclass(frozen=True, slots=True)
class SkillResults:
    """The figures of a skill in a week; no `skill` = all skills of the course that have figures."""

    skill: Skill | None
    picture: Picture
    floor: int

    @property
    def name(self) -> str:
        return self.skill.name if self.skill else _("All skills below")

    @property
    def people(self) -> str:
        """Return the number of people: a band, or of simulated ones the exact number."""
        found = self.picture
        if found.simulated:
            return str(found.n) if found.cells == 1 else _("{n} or more").format(n=found.n)
        return f"{found.n}–{found.n + (BAND - 1) * found.cells}"

    @property
    def lines(self) -> tuple[StateLine, ...]:
        """Return the states in their usual order; none = the estimates were not sure."""
        by_label = {each.label: each for each in results_of(self.picture, self.floor)}
        return tuple(
            _make_line(label, by_label[label]) for label in AFFECT_LABELS if label in by_label
        )


def load_results(weeks: Collection[Publication], audience: str) -> Mapping[int, list[SkillResults]]:
    """Return the skills with figures for this audience by course, in alphabetical order."""
    cells = Cell.objects.filter(publication__in=weeks, publication__audience=audience, kind=KIND)
    rows = list(cells.select_related("skill"))
    seen = disclosure.read_cells(rows, audience)
    named = [(cell.skill, seen[cell.pk]) for cell in rows if cell.skill]
    found: dict[int, list[SkillResults]] = {}
    for skill, figures in by_name(named, lambda each: each[0].name):
        if figures.picture:
            results = SkillResults(skill, figures.picture, figures.floor)
            found.setdefault(skill.course_id, []).append(results)
    return found


def list_weeks(courses: QuerySet[Course] | Collection[Course], audience: str) -> list[Publication]:
    """Return the ended weeks of these courses that have figures, newest first."""
    shown = Cell.objects.filter(kind=KIND, n__isnull=False).values("publication")
    rows = Publication.objects.filter(
        course__in=courses, audience=audience, since__isnull=False, at__isnull=False
    )
    return list(rows.filter(pk__in=shown).order_by("-since"))


def read_week(text: str) -> datetime:
    """Return the start of the week named in an address. Raises Http404."""
    try:
        return datetime.strptime(text, STAMP_FORMAT).replace(tzinfo=UTC)
    except ValueError as error:
        raise Http404 from error


def link_weeks(
    weeks: Iterable[Publication], chosen: Publication | None, page: str
) -> list[NavItem]:
    """Return a link per week to this page; several courses can have the same week."""
    by_begin = {week.since: week for week in weeks}
    return [
        NavItem(
            caption_of(week),
            f"{page}?week={stamp(week)}",
            chosen is not None and chosen.since == begin,
        )
        for begin, week in by_begin.items()
    ]


def stamp(week: Publication) -> str:
    """Return the week as used in an address: 20261116."""
    return f"{week.since:{STAMP_FORMAT}}"


def caption_of(week: Publication | None) -> str:
    if week is None or week.since is None or week.at is None:
        return _("This week so far")
    return _("{begin} to {end}").format(
        begin=date_format(week.since, "j F"), end=date_format(week.quarter, "j F")
    )


def _make_line(label: str, result: StateResult) -> StateLine:
    found = result.difference
    points = _("{low} to {high}").format(low=found.low, high=found.high) if found else ""
    return StateLine(heading_of(label), result, _describe(result), points.replace("-", "−"))


def _describe(found: StateResult) -> str:
    words: Mapping[str, str] = {
        MORE: _("More correct answers with {state} than otherwise."),
        FEWER: _("Fewer correct answers with {state} than otherwise."),
        NO_DIFFERENCE: _("No difference was found. It could be up to {points} points."),
    }
    said = words.get(found.finding, _("Too few people with {state} to compare."))
    return said.format(state=name_of(found.label), points=found.most)
