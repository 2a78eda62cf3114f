"""Sending what is due in tests, and reading what arrived."""

from __future__ import annotations

import re

from django.utils import timezone

from accounts.mail import delivery, queue

START = re.compile(r"http://localhost(/accounts/start/\?key=[\w-]+)")


def send(now=None):
    return delivery.send_due(clock=lambda: now or timezone.now())


def ask(person, kind="reset", now=None):
    queue.ask(person, kind, now=now or timezone.now())


def plain(mail):
    return mail.get_body(("plain",)).get_content()


def html(mail):
    return mail.get_body(("html",)).get_content()


def link_in(mail):
    return START.search(plain(mail))[1]
