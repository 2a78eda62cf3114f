"""E-mails about new announcements: queued when they become visible, without their words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from accounts.mail import queue
from accounts.models import PendingMail, User
from accounts.name_order import by_name
from courses.access import courses_learnt_by
from courses.models import Course
from discussion.announcements import queries
from discussion.models import Announcement
from work_queue.due_rows import lock_free

# As long as a mail is tried at most, and as long as its announcement may have waited before.
RECENT: Final = timedelta(days=2)


@transaction.atomic
def queue_due(*, now: datetime) -> int:
    """Queue one mail for each Learner of newly visible announcements; return their number."""
    due = Announcement.objects.filter(shows_at__lte=now, mailed_at=None, withdrawn_at=None)
    rows = lock_free(due)
    Announcement.objects.filter(pk__in=[row.pk for row in rows]).update(mailed_at=now)
    courses = {row.course_id for row in rows if row.shows_at > now - RECENT}
    waiting = PendingMail.objects.filter(kind="announcement", state="waiting")
    people = User.objects.filter(
        queue.CAN_BE_MAILED,
        announcement_mail=True,
        enrolments__role="learner",
        enrolments__course__in=courses,
        enrolments__course__preview_of=None,
    ).exclude(pk__in=waiting.values("person"))
    found = list(people.distinct())
    queue.queue_mails(found, "announcement", now=now)
    return len(found)


def find_reason(person: User, *, now: datetime) -> list[str] | None:
    """Return the courses with new announcements this person has not seen; None for no mail."""
    if not person.announcement_mail:
        return None
    shown = queries.visible_announcements(now=now).filter(
        shows_at__gt=now - RECENT, course__in=courses_learnt_by(person)
    )
    courses = Course.objects.filter(announcements__in=queries.unread(shown, person).order_by())
    return by_name(courses.distinct().values_list("title", flat=True), str) or None
