"""The weekly mail about due dates: queued on Monday morning, written when it is sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.mail import queue
from accounts.models import PendingMail, User
from accounts.site import site_facts
from courses import completion
from courses.calendar_feeds import load_due_dates
from courses.completion import NO_PROGRESS
from courses.models import Enrolment, Extra, GroupDates, Unit

MONDAY: Final = 0
MORNING: Final = 6
WEEK: Final = timedelta(days=7)
# Shorter than a week, so that a late mail does not suppress that of the next Monday.
MIN_INTERVAL: Final = timedelta(days=5)
MOST_LINES: Final = 30


def ask_due(now: datetime) -> int:
    """Queue this week's mails, on Monday from six in the site's time zone; return their number."""
    if not queue.has_server() or not is_monday_morning(now):
        return 0
    mails = [
        PendingMail(person_id=pk, kind="due_dates", made_at=now, due_at=now)
        for pk in _find_readers(now).values_list("pk", flat=True)
    ]
    return len(PendingMail.objects.bulk_create(mails, batch_size=1000))


def is_monday_morning(now: datetime) -> bool:
    """Return whether it is Monday from six in the site's time zone, until midnight."""
    here = now.astimezone(site_facts.current().zone)
    return here.weekday() == MONDAY and here.hour >= MORNING


def find_reason(person: User, *, now: datetime) -> list[str] | None:
    """Return the lines of the mail; None where it is not wanted, or nothing is due."""
    lines = write_lines(person, now=now) if person.weekly_mail else []
    return lines or None


def write_lines(person: User, *, now: datetime) -> list[str]:
    """Return a line for each unit that is due within a week and not done, in order."""
    coming = [row for row in load_due_dates(person, now=now) if now < row[1] <= now + WEEK]
    states = completion.load_progress_in(person, {unit.course for unit, _due in coming})
    left = [row for row in coming if not states.get(row[0].pk, NO_PROGRESS).done]
    words = _("{day}: {unit} ({course})")
    lines = [
        words.format(day=_write_day(due), unit=unit.title, course=unit.course.title)
        for unit, due in left[:MOST_LINES]
    ]
    more = len(left) - len(lines)
    return [*lines, _("and {n} more").format(n=more)] if more else lines


def _find_readers(now: datetime) -> QuerySet[User]:
    """Return the learners who want the mail, have an e-mail address and may have work due."""
    soon = Q(due_at__gt=now, due_at__lte=now + WEEK)
    units = Unit.objects.filter(soon, position__isnull=False, course=OuterRef("course"))
    courses = Enrolment.objects.filter(Exists(units), user=OuterRef("pk"), role="learner")
    later = Extra.objects.filter(soon, learner=OuterRef("pk"), undone_at=None)
    of_group = GroupDates.objects.filter(
        soon, group__enrolments__user=OuterRef("pk"), group__deleted_at=None
    )
    asked = PendingMail.objects.filter(
        person=OuterRef("pk"), kind="due_dates", made_at__gt=now - MIN_INTERVAL
    )
    people = User.objects.filter(queue.CAN_BE_MAILED, weekly_mail=True)
    return people.filter(
        Q(Exists(courses)) | Q(Exists(later)) | Q(Exists(of_group)), ~Exists(asked)
    )


def _write_day(due: datetime) -> str:
    return date_format(timezone.localtime(due), _("l, j F, H:i"))
