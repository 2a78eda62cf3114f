"""Two requests about one message at the same time: no error, no reply lost, no mail missing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from accounts.models import PendingMail
from messaging import conversations, sending
from messaging.models import Conversation, ConversationReply, TeacherMessage
from messaging.sending import MessageContent
from tests.fixtures.messages import answer

pytestmark = pytest.mark.django_db(transaction=True)


def overlap(first, second):
    """Run `second` while the transaction of `first` is open, and return what it returns."""
    begun, go = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            first()
            begun.set()
            go.wait(20)
        connections.close_all()

    def follow():
        try:
            return second()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        held = pool.submit(hold)
        try:
            assert begun.wait(20)
            following = pool.submit(follow)
            while not (waits_for_a_lock() or following.done()):
                wait([following], 0.05)
        finally:
            go.set()
        held.result(20)
        return following.result(20)


def waits_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return cursor.fetchone()[0]


def undo(letters, row):
    return sending.undo(letters.course, letters.people["ines"], row.id, now=timezone.now())


def test_one_form_sent_twice_at_once_is_one_message(letters):
    id, now = uuid4(), timezone.now()

    def send():
        return sending.send(
            letters.course, letters.people["ines"], MessageContent("Look.", "own_words"),
            [letters.people["mia"]], id=id, audience="picked", card=None, now=now,
        )  # fmt: skip

    assert overlap(send, send).pk == id
    assert (TeacherMessage.objects.count(), Conversation.objects.count()) == (1, 1)


def test_what_is_opened_while_it_is_undone_stays(letters):
    row = letters.write("mia")
    thread = letters.thread("mia")
    undone = overlap(
        lambda: conversations.mark_opened(thread, by_learner=True, now=timezone.now()),
        lambda: undo(letters, row),
    )
    assert (undone.removed, undone.kept) == (0, 1)


def test_a_reply_while_it_is_undone_is_not_lost(letters):
    row = letters.write("mia")
    thread = letters.thread("mia")
    undone = overlap(
        lambda: answer(thread, letters.people["tom"], by_learner=False),
        lambda: undo(letters, row),
    )
    assert (undone.removed, undone.kept) == (0, 1)
    assert ConversationReply.objects.get().conversation == thread


def test_a_mail_that_begins_at_once_leaves_one_for_the_new_message(letters, settings):
    settings.EMAIL_HOST = settings.EMAIL_HOST or "127.0.0.1"
    letters.write("mia")
    mails = PendingMail.objects.filter(kind="message")
    overlap(lambda: mails.update(open_tries=1), lambda: letters.write("mia", "noah", text="More."))
    assert mails.filter(person=letters.people["mia"]).count() == 2
