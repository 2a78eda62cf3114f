"""Set the dates of a unit for a group, and check them against those of the class.

Both are checked with the unit locked, so that two Teachers cannot set dates that do not fit.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

import audit
from accounts.models import User
from courses.learner_groups import lock_group
from courses.models import Course, GroupDates, LearnerGroup, Unit


def list_group_dates(course: Course) -> QuerySet[GroupDates]:
    """Return the dates of all groups of a course that are not deleted."""
    return GroupDates.objects.filter(group__course=course, group__deleted_at=None)


def find_conflict(unit: Unit, opens_at: datetime | None, due_at: datetime | None) -> str | None:
    """Return why these dates of the class do not fit those of a group; None if they fit.

    A deleted group counts while it has dates, because it may be restored with them.
    """
    for own in unit.group_dates.select_related("group"):
        opens, due = own.opens_at or opens_at, own.due_at or due_at
        if opens and due and opens >= due:
            return _name_conflict(own.group)
    return None


def _name_conflict(group: LearnerGroup) -> str:
    if group.deleted_at is None:
        text = _("For the group “{name}”, it would open after it is due. Change its dates.")
    else:
        text = _(
            "The deleted group “{name}” can still be restored, and it would open there after it is "
            "due. Try again later."
        )
    return text.format(name=group.name)


@transaction.atomic
def set_dates(
    group: LearnerGroup,
    unit: Unit,
    *,
    opens_at: datetime | None,
    due_at: datetime | None,
    by: User,
) -> str | None:
    """Set the dates of a group and record a leaf; return why they cannot be set, if so.

    A date that is None is that of the class. Raises Http404 if the group was deleted.
    """
    lock_group(group)
    class_ = Unit.objects.select_for_update().get(pk=unit.pk)
    opens, due = opens_at or class_.opens_at, due_at or class_.due_at
    if opens and due and opens >= due:
        return _("“Opens” must be before “Due”. An empty field means the date of the class.")
    if opens_at or due_at:
        dates = {"opens_at": opens_at, "due_at": due_at}
        GroupDates.objects.update_or_create(group=group, unit=unit, defaults=dates)
    else:
        GroupDates.objects.filter(group=group, unit=unit).delete()
    public = {"course": group.course.slug, "unit": unit.code, "group": group.code, "what": "dates"}
    audit.record("course.edit", actor=by.code, subject=None, public=public)
    return None
