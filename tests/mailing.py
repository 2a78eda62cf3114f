"""Sending what is due in tests, and reading what arrived."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

from django.db import connection
from django.utils import timezone

from accounts.mail import delivery, queue
from courses.email_invitations.mails import INVITATION_MAILS

START = re.compile(r"http://localhost(/accounts/start/\?key=[\w-]+)")


def send(now=None):
    return delivery.send_due(clock=lambda: now or timezone.now(), more=[INVITATION_MAILS])


def ask(person, kind="reset", now=None):
    queue.ask(person, kind, now=now or timezone.now())


def elsewhere(act):
    """What `act` answers in a thread with a connection of its own."""

    def run():
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(timeout=30)


def plain(mail):
    return mail.get_body(("plain",)).get_content()


def html(mail):
    return mail.get_body(("html",)).get_content()


def link_in(mail):
    return START.search(plain(mail))[1]
