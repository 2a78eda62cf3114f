"""Inviting by e-mail in tests: the Teacher's form, the link of the mail, what a person types."""

from __future__ import annotations

import re
from dataclasses import replace

from accounts import site_facts
from tests.mailing import plain
from tests.platform.accounts.test_site_facts import FACTS

PEOPLE = "/teach/algebra/people/"
PAGE = "/invited/"
LENA = "lena.fischer@northfield.example"
PASSWORD = "a new battery staple"
LINK = re.compile(r"(/invited/\?key=[\w-]+)")


def allow(new_accounts="invitations", domains=(), now=None):
    """Record who lets new people in, as a Steward's form would."""
    facts = replace(FACTS, new_accounts=new_accounts, email_domains=tuple(domains))
    site_facts.record(facts, by=None, now=now)
    site_facts.remember(facts, seconds=3600)
    return facts


def invite(client, typed=LENA):
    return client.post(f"{PEOPLE}email/", {"typed": typed})


def act(client, invitation, act):
    return client.post(f"{PEOPLE}email/", {"id": str(invitation.id), "act": act})


def link_of(mail):
    return LINK.search(plain(mail))[1]


def links_on(response):
    return LINK.findall(response.content.decode())


def key_of(link):
    return link.partition("key=")[2]


def new_learner(link, **changes):
    told = {
        "act": "create",
        "key": key_of(link),
        "name": "Lena Fischer",
        "login": LENA,
        "born": "1990-05-01",
        "new": PASSWORD,
        "again": PASSWORD,
    }
    return {**told, **changes}
