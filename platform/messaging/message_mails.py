"""E-mails that there is a message: sent once it cannot be undone, without its words."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db.models.functions import Greatest

from accounts.mail import queue
from accounts.models import PendingMail, User
from accounts.name_order import by_name
from courses.models import Course
from messaging import conversations
from messaging.recipients import may_be_mailed

# As long as a mail is tried at most, and as long as its message may have waited before.
RECENT: Final = timedelta(days=2)


def queue_for(people: Collection[User], *, now: datetime, due_at: datetime) -> None:
    """Queue one mail for each who wants it; one that waits moves to `due_at` if that is later.

    It is tried for as long as a new one would be.
    A mail whose sending has begun may have asked for its reason already, so another one follows.
    """
    rows = PendingMail.objects.select_for_update().filter(kind="message", state="waiting")
    unbegun = rows.filter(open_tries=0, person__in=[person.pk for person in people])
    waiting = list(unbegun.order_by("pk"))
    reused = PendingMail.objects.filter(pk__in=[mail.pk for mail in waiting])
    reused.update(made_at=now, due_at=Greatest("due_at", due_at))
    found = may_be_mailed(people).exclude(pk__in=[mail.person_id for mail in waiting])
    queue.queue_mails(list(found), "message", now=now, due_at=due_at)


def find_reason(person: User, *, now: datetime) -> list[str] | None:
    """Return the courses with messages this person has not opened; None for no mail."""
    if person.teacher_messages != "mail":
        return None
    rows = conversations.unread_by(person).filter(last_at__gt=now - RECENT)
    courses = Course.objects.filter(pk__in=rows.values("message__course"))
    return by_name(courses.values_list("title", flat=True), str) or None
