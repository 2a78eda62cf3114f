"""Whose course records a page may show together, and why some of them may not be chosen (I-22).

Real people from the floor on, else simulated ones by themselves. Everybody, or who joined before
or from the first of a month on; a month at which fewer than the floor would stand on one side, or
between it and the month before, is not offered: two views then never differ by a few.
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
class Choice:
    """A group that may be chosen; `key` is how an address names it."""

    key: str
    label: str
    n: int


@dataclass(frozen=True, slots=True)
class Blocked:
    """A month at which nobody may be parted, and how many would be told by it: those who joined
    since `between`, or from the month on (`late`), or before it."""

    month: str
    n: int
    late: bool
    between: str


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is shown. No `learners` = too few; `floor` = how many make a number of them."""

    learners: tuple[int, ...]
    simulated: bool
    floor: int
    chosen: Choice
    choices: tuple[Choice, ...]
    blocked: tuple[Blocked, ...]

    @property
    def n(self) -> int:
        return len(self.learners)

    def enough(self, people: int) -> bool:
        """Whether a number of so many may be told; nobody is too few, never zero."""
        return people >= max(1, self.floor)


def audience_of(course: Course, wanted: str = EVERYBODY) -> Audience:
    """The people of `wanted`; who may not be chosen, or is not known, shows nobody."""
    since, simulated = _joined(course)
    floor = minimum_group.floor()
    # Months are parted by the same number of people whoever they are; who is made up needs no
    # hiding, but the page shall do with them what it does with real ones.
    groups, blocked = parted(since, floor.people)
    people = groups.get(wanted, frozenset())
    known = {key: Choice(key, label_of(key), len(who)) for key, who in groups.items()}
    return Audience(
        learners=tuple(sorted(people)),
        simulated=simulated,
        floor=floor.simulated if simulated else floor.people,
        chosen=known.get(wanted) or Choice(wanted, label_of(wanted), 0),
        choices=tuple(known.values()),
        blocked=blocked,
    )


def _joined(course: Course) -> tuple[dict[int, datetime], bool]:
    """Since when each person who may be shown learns here, and whether all of them are made up."""
    rows = Enrolment.objects.filter(course=course, role="learner", user__is_active=True)
    found = {pk: (at, made_up) for pk, at, made_up in rows.values_list("user", "since", SIMULATED)}
    shown = minimum_group.group({pk: made_up for pk, (_, made_up) in found.items()})
    return {pk: found[pk][0] for pk in shown}, any(found[pk][1] for pk in shown)


SIMULATED = "user__simulated"


def parted(
    joined: Mapping[int, datetime], floor: int
) -> tuple[dict[str, frozenset[int]], tuple[Blocked, ...]]:
    """Every group that may be chosen by its key, everybody first, and the months that part none."""
    groups = {EVERYBODY: frozenset(joined)}
    blocked: list[Blocked] = []
    last = ""
    for month in _months(joined.values())[1:]:
        early = frozenset(pk for pk, at in joined.items() if _month(at) < month)
        late = groups[EVERYBODY] - early
        fresh = early - groups.get(f"{BEFORE}-{last}", frozenset())
        few = len(late) if len(late) < floor else len(fresh)
        if few < floor:
            is_late = len(late) < floor
            between = "" if is_late or not last else named(last)
            blocked.append(Blocked(named(month), few, is_late, between))
            continue
        groups[f"{BEFORE}-{month}"], groups[f"{FROM}-{month}"] = early, late
        last = month
    return groups, tuple(blocked)


def other_of(key: str) -> str:
    """The key of everybody else."""
    side, _, month = key.partition("-")
    return f"{FROM if side == BEFORE else BEFORE}-{month}"


def label_of(key: str) -> str:
    side, _, month = key.partition("-")
    if side not in (FROM, BEFORE):
        return gettext("All learners")
    from_it = side == FROM
    said = gettext("Joined from {month} on") if from_it else gettext("Joined before {month}")
    return said.format(month=named(month))


def named(month: str) -> str:
    """ "November 2026" of 2026-11; as it stands where it is none."""
    try:
        return date_format(datetime.strptime(month, "%Y-%m"), "F Y")
    except ValueError:
        return month


def _months(times: Iterable[datetime]) -> Sequence[str]:
    return sorted({_month(at) for at in times})


def _month(at: datetime) -> str:
    return f"{at:%Y-%m}"
