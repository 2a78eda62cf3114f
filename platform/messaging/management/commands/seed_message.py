"""`seed_message FILE`: write the demo's message to the class and its replies, if there is none."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from accounts import people
from accounts.models import User
from courses.models import Course
from messaging import conversations, sending
from messaging.models import TeacherMessage
from messaging.recipients import find_recipients
from messaging.sending import MessageContent

# One in this many has not opened it yet.
UNREAD_EVERY = 4
OPENED_AFTER = timedelta(hours=1)


class Command(BaseCommand):
    help = "Write the message of a file and its replies, as the people named there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *_args: Any, **options: Any) -> None:
        content = json.loads(options["file"].read_text())
        course = Course.objects.filter(slug=content["course"]).first()
        teacher = people.find_by_login(content["who"])
        if course is None or teacher is None or TeacherMessage.objects.exists():
            return
        write_message(course, teacher, content, now=timezone.now())


@transaction.atomic
def write_message(
    course: Course, teacher: User, content: Mapping[str, Any], *, now: datetime
) -> TeacherMessage:
    """Send the message and its replies, dated back as the file says."""
    at = now - timedelta(days=content["days_ago"])
    readers = find_recipients(course, content["audience"], (), None).people
    sent = sending.send(
        course,
        teacher,
        _make_content(course, content),
        readers,
        id=uuid4(),
        audience=content["audience"],
        card=None,
        now=at,
    )
    _open_threads(sent, at)
    for thread in content["threads"]:
        _write_replies(sent, thread, at)
    return sent


def _make_content(course: Course, content: Mapping[str, Any]) -> MessageContent:
    return MessageContent(
        text=content["text"],
        start=content["start"],
        unit=course.units.filter(ref=content["video"]).first(),
        begin_s=content["begin_s"],
        end_s=content["end_s"],
        question=course.questions.filter(ref=content["question"]).first(),
    )


def _open_threads(sent: TeacherMessage, at: datetime) -> None:
    """Have most simulated Learners open the message; the demo's other people do so themselves."""
    rows = sent.conversations.filter(learner__simulated=True).order_by("learner")
    for number, row in enumerate(rows, 1):
        if number % UNREAD_EVERY:
            conversations.mark_opened(row, by_learner=True, now=at + OPENED_AFTER)


def _write_replies(sent: TeacherMessage, content: Mapping[str, Any], at: datetime) -> None:
    """Write the replies in the thread of one simulated Learner, if they are in the class."""
    learner = people.find_by_login(content["learner"])
    rows = conversations.with_message(sent.conversations.filter(learner__simulated=True))
    thread = rows.filter(learner=learner).first()
    if thread is None:
        return
    for reply in content["replies"]:
        by_learner = not reply.get("by_teacher", False)
        author = thread.learner if by_learner else thread.message.author
        if author is None:
            raise LookupError("expected the author of the message")
        sending.reply(
            thread,
            author,
            by_learner=by_learner,
            id=uuid4(),
            text=reply["text"],
            now=at + timedelta(hours=reply["after_h"]),
        )
