"""The Monday mail to Teachers that a summary is ready; it has course titles and no figure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet

from accounts.mail import queue
from accounts.models import PendingMail, User
from accounts.name_order import by_name
from courses.access import courses_taught_by
from courses.models import Enrolment
from courses.weekly_mail import MIN_INTERVAL, is_monday_morning
from teaching.weekly.week_summary import has_real_findings
from telemetry.models import Sitting

KIND: Final = "week_summary"
WEEK: Final = timedelta(days=7)


def queue_due(now: datetime) -> int:
    """Queue this week's mails, on Monday from six in the site's time zone; return their number."""
    if not queue.has_server() or not is_monday_morning(now):
        return 0
    people = list(_find_readers(now))
    queue.queue_mails(people, KIND, now=now)
    return len(people)


def find_reason(person: User, *, now: datetime) -> list[str] | None:
    """Return the titles of courses with parts that were harder than usual; None for no mail."""
    if not person.weekly_mail:
        return None
    courses = by_name(courses_taught_by(person), lambda course: course.title)
    return [course.title for course in courses if has_real_findings(course, now=now)] or None


def _find_readers(now: datetime) -> QuerySet[User]:
    """Return the Teachers who want the mail, and whose courses were visited this week."""
    visits = Sitting.objects.filter(unit__course=OuterRef("course"), began_at__gt=now - WEEK)
    courses = Enrolment.objects.filter(Exists(visits), user=OuterRef("pk"), role="teacher")
    queued = PendingMail.objects.filter(
        person=OuterRef("pk"), kind=KIND, made_at__gt=now - MIN_INTERVAL
    )
    people = User.objects.filter(queue.CAN_BE_MAILED, weekly_mail=True)
    return people.filter(Exists(courses), ~Exists(queued))
