"""Groups and Learners as the pages about groups list them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from accounts.name_order import by_name
from courses import learner_groups
from courses.models import Course, Enrolment, GroupDates, LearnerGroup
from teaching.roster import PersonFace, load_faces


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group, how many Learners it has, and for how many units it has dates of its own."""

    group: LearnerGroup
    n: int
    dates: int


@dataclass(frozen=True, slots=True)
class GroupedLearner:
    """One Learner to choose, and their group."""

    who: PersonFace
    group: LearnerGroup | None


@dataclass(frozen=True, slots=True)
class GroupRoster:
    """The groups of a course and all its Learners, by name."""

    lines: tuple[GroupLine, ...]
    learners: tuple[GroupedLearner, ...]

    @property
    def without(self) -> list[GroupedLearner]:
        """Return the Learners without a group."""
        return [each for each in self.learners if each.group is None]

    def members_of(self, group: LearnerGroup) -> list[GroupedLearner]:
        return [each for each in self.learners if each.group == group]

    def others_than(self, group: LearnerGroup) -> list[GroupedLearner]:
        """Return the Learners who could be added: first those without a group."""
        others = [each for each in self.learners if each.group not in (None, group)]
        return [*self.without, *others]


def load_roster(course: Course) -> GroupRoster:
    """Load the groups and Learners of a course, in a fixed number of queries."""
    groups = by_name(learner_groups.list_groups(course), lambda group: group.name)
    by_pk = {group.pk: group for group in groups}
    faces = load_faces(course)
    rows = Enrolment.objects.filter(course=course, role="learner", user__in=faces)
    learners = [
        GroupedLearner(faces[user], by_pk.get(group or 0))
        for user, group in rows.values_list("user", "group")
    ]
    sizes = Counter(each.group.pk for each in learners if each.group)
    in_use = GroupDates.objects.filter(group__in=groups, unit__position__isnull=False)
    dates = Counter(in_use.values_list("group", flat=True))
    return GroupRoster(
        lines=tuple(GroupLine(group, sizes[group.pk], dates[group.pk]) for group in groups),
        learners=tuple(by_name(learners, lambda each: each.who.name)),
    )


def list_own_dates(group: LearnerGroup) -> list[GroupDates]:
    """Return the dates of this group that differ from those of the class, in order of the units."""
    rows = GroupDates.objects.filter(group=group, unit__position__isnull=False)
    return list(rows.select_related("unit").order_by("unit__position"))
