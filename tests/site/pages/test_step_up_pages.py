"""Pages that require a fresh confirmation: about another person, or leading to permanent changes.

Each is listed, or is an exception with its reason.
"""

from __future__ import annotations

import re
from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Session
from tests.site.pages.test_permission_matrix import FAR_AWAY, TABLE, address_of, clients, world

__all__ = ["clients", "world"]
STAFF = ("amir", "ravi", "ines")
ABOUT_OTHERS = re.compile(r"^/(steward|research|teach)/.*<uuid:")
# Each with a person who may open it.
CONFIRMED_LOOKS = {
    "/accounts/factor/add/": "amir",
    "/accounts/password/": "amir",
    "/research/labels/<uuid:id>/": "ravi",
    "/research/labels/<uuid:id>/agreement/": "ravi",
    "/research/labels/moments/<uuid:id>/": "ravi",
    "/research/snapshots/<uuid:id>/": "ravi",
    "/research/snapshots/<uuid:id>/live/": "ravi",
    "/steward/lti/": "amir",
    "/steward/lti/<uuid:id>/": "amir",
    "/steward/people/": "amir",
    "/steward/people/<uuid:code>/": "amir",
    "/steward/people/<uuid:code>/account/": "amir",
    "/steward/people/<uuid:code>/edit/": "amir",
    "/steward/people/<uuid:code>/factor/": "amir",
    "/steward/people/add/": "amir",
    "/steward/people/export/": "amir",
    "/steward/people/import/": "amir",
    "/steward/people/import/<uuid:id>/": "amir",
    "/steward/people/import/<uuid:id>/errors/": "amir",
    "/steward/people/import/<uuid:id>/rows/<int:number>/": "amir",
    "/steward/profile/change/": "amir",
    "/steward/requests/<uuid:id>/": "amir",
    "/steward/retention/holds/<uuid:id>/": "amir",
    "/steward/site/": "amir",
    "/teach/<slug:slug>/learners/<uuid:code>/": "ines",
}
OPEN_LOOKS = {
    "figures of a training: held-out groups, no person": {
        "/research/runs/<uuid:id>/",
        "/research/runs/<uuid:id>/live/",
    },
    "how far an import of people is: counts, and no person": {
        "/steward/people/import/<uuid:id>/progress/",
    },
    "a study's own facts: title, approval, and the Researchers named in it": {
        "/research/studies/<uuid:id>/",
    },
    "a study's figures as published for whole groups, with minimum sizes and noise": {
        "/research/studies/<uuid:id>/states/",
    },
    "an erasure is over: the page has counts and a proof, and nobody's name or code": {
        "/steward/erasures/<uuid:id>/",
        "/steward/erasures/<uuid:id>/certificate/",
    },
    "grades are a teacher's daily work on course records; nothing sensed is read": {
        "/teach/<slug:slug>/grades/<uuid:learner>/<uuid:unit>/",
        "/teach/<slug:slug>/regrades/<uuid:unit>/",
        "/teach/<slug:slug>/regrades/<uuid:unit>/<uuid:question>/",
    },
    "essays, files and their marks are a teacher's daily work on course records, as grades are": {
        "/teach/<slug:slug>/marking/<uuid:unit>/<uuid:question>/",
        "/teach/<slug:slug>/marks/<uuid:answer>/",
        "/teach/<slug:slug>/marks/<uuid:answer>/files/<uuid:file>/",
    },
    "a group: the names of its learners, as the list of learners has them, and dates": {
        "/teach/<slug:slug>/groups/<uuid:code>/",
        "/teach/<slug:slug>/units/<uuid:code>/groups/<uuid:group>/",
    },
    "an announcement: its text by the teacher who edits it": {
        "/teach/<slug:slug>/announcements/<uuid:id>/",
    },
    "a thread with one learner: what teachers wrote and the answers, as a discussion has them": {
        "/teach/<slug:slug>/messages/<uuid:id>/",
    },
    "a unit, a question or a rule: of people it has counts of whole groups": {
        "/teach/<slug:slug>/items/<uuid:code>/",
        "/teach/<slug:slug>/lessons/<uuid:code>/",
        "/teach/<slug:slug>/rules/replays/<uuid:id>/",
        "/teach/<slug:slug>/units/<uuid:code>/",
        "/teach/<slug:slug>/videos/<uuid:code>/",
    },
}


def asks_for_confirmation(client, address, world):
    with transaction.atomic():
        response = client.get(address_of(address, world), REMOTE_ADDR=FAR_AWAY)
        transaction.set_rollback(True)
    return response.status_code == 302 and response["Location"].startswith(
        reverse("accounts:confirm")
    )


def looks():
    """Return each URL that staff may open, with the first of them who may."""
    for (method, address), row in TABLE.items():
        names = [name for name in (*STAFF, "mia") if row[name] == "in"]
        if method == "GET" and names:
            yield address, names[0]


def test_every_page_that_asks_for_a_fresh_confirmation_is_listed(clients, world):
    Session.objects.update(confirmed_at=timezone.now() - timedelta(hours=1))
    found = {
        address: name
        for address, name in looks()
        if asks_for_confirmation(clients[name], address, world)
    }
    assert found == CONFIRMED_LOOKS


def test_every_staff_page_about_one_person_is_listed():
    about_one = {address for address, _ in looks() if ABOUT_OTHERS.match(address)}
    open_looks = {address for group in OPEN_LOOKS.values() for address in group}
    assert about_one - set(CONFIRMED_LOOKS) == open_looks
