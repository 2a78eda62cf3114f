"""Groups of learners whose course records may be shown together (I-22).

A group is of real people from the floor on, else of simulated ones alone. It is everyone, or the
people who joined before a month or from it on. A month is not offered if fewer than the floor would
be on one side of it, or between it and the month before. Two views then never differ by a few
people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext

from courses.models import Course, Enrolment
from teaching.groups import minimum_group

EVERYBODY = ""
FROM, BEFORE = "from", "before"


@dataclass(frozen=True, slots=True)
class GroupChoice:
    """A selectable group; `key` is its name in an address."""

    key: str
    label: str
    n: int


@dataclass(frozen=True, slots=True)
class BlockedMonth:
    """A month that cannot be selected, and how many people it would reveal.

    These are the people who joined since `between`, or from the month on (`late`), or before it.
    """

    month: str
    n: int
    late: bool
    between: str


@dataclass(frozen=True, slots=True)
class Audience:
    """The learners to show. No `learners` = too few; `floor` = the least number to publish."""

    learners: tuple[int, ...]
    simulated: bool
    floor: int
    chosen: GroupChoice
    choices: tuple[GroupChoice, ...]
    blocked: tuple[BlockedMonth, ...]

    @property
    def n(self) -> int:
        return len(self.learners)

    def is_enough(self, people: int) -> bool:
        """Return whether this number of people may be shown; zero counts as too few."""
        return people >= max(1, self.floor)


def audience_of(course: Course, wanted: str = EVERYBODY) -> Audience:
    """Return the people of `wanted`; none if it is unknown or may not be selected."""
    since, simulated = _join_dates(course)
    floor = minimum_group.group_floor()
    # Split real and simulated people by the same floor. Simulated ones need no protection, but the
    # page should behave as it does with real people.
    groups, blocked = split_by_month(since, floor.people)
    people = groups.get(wanted, frozenset())
    known = {key: GroupChoice(key, label_of(key), len(who)) for key, who in groups.items()}
    return Audience(
        learners=tuple(sorted(people)),
        simulated=simulated,
        floor=floor.simulated if simulated else floor.people,
        chosen=known.get(wanted) or GroupChoice(wanted, label_of(wanted), 0),
        choices=tuple(known.values()),
        blocked=blocked,
    )


def _join_dates(course: Course) -> tuple[dict[int, datetime], bool]:
    """Return when each learner who may be shown joined, and whether they are simulated."""
    rows = Enrolment.objects.filter(course=course, role="learner", user__is_active=True)
    found = {
        pk: (at, simulated) for pk, at, simulated in rows.values_list("user", "since", SIMULATED)
    }
    shown = minimum_group.select_group({pk: simulated for pk, (_, simulated) in found.items()})
    return {pk: found[pk][0] for pk in shown}, any(found[pk][1] for pk in shown)


SIMULATED = "user__simulated"


def split_by_month(
    joined: Mapping[int, datetime], floor: int
) -> tuple[dict[str, frozenset[int]], tuple[BlockedMonth, ...]]:
    """Return every selectable group by key, everyone first, and the blocked months."""
    groups = {EVERYBODY: frozenset(joined)}
    blocked: list[BlockedMonth] = []
    last = ""
    for month in _months(joined.values())[1:]:
        early = frozenset(pk for pk, at in joined.items() if _month_key(at) < month)
        late = groups[EVERYBODY] - early
        new = early - groups.get(f"{BEFORE}-{last}", frozenset())
        few = len(late) if len(late) < floor else len(new)
        if few < floor:
            is_late = len(late) < floor
            between = "" if is_late or not last else month_name(last)
            blocked.append(BlockedMonth(month_name(month), few, is_late, between))
            continue
        groups[f"{BEFORE}-{month}"], groups[f"{FROM}-{month}"] = early, late
        last = month
    return groups, tuple(blocked)


def complement_key(key: str) -> str:
    """Return the key of all other learners."""
    side, _, month = key.partition("-")
    return f"{FROM if side == BEFORE else BEFORE}-{month}"


def label_of(key: str) -> str:
    side, _, month = key.partition("-")
    if side not in (FROM, BEFORE):
        return gettext("All learners")
    from_it = side == FROM
    said = gettext("Joined from {month} on") if from_it else gettext("Joined before {month}")
    return said.format(month=month_name(month))


def month_name(month: str) -> str:
    """Return "November 2026" for 2026-11; any other text unchanged."""
    try:
        return date_format(datetime.strptime(month, "%Y-%m"), "F Y")
    except ValueError:
        return month


def _months(times: Iterable[datetime]) -> Sequence[str]:
    return sorted({_month_key(at) for at in times})


def _month_key(at: datetime) -> str:
    return f"{at:%Y-%m}"
