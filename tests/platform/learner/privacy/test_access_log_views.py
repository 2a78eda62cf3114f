"""The access log: each individual view is one Leaf and one line, by role, never by name (I-20)."""

from __future__ import annotations

import re

import pytest
from django.db import transaction

import audit
from audit.models import Leaf
from audit.queries import leaves_about
from consent.grants import grants
from learner.privacy import access_log_views
from privacy.erasure import erasure
from tests.fixtures.factories import make_course, make_enrolment

pytestmark = pytest.mark.django_db
EMPTY = "No one has viewed anything about you."


def text_of(client, path="/my-data/looked/"):
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def page(client_for, mia):
    """mia's access log; `page.rows()` returns the lines of the table as sentences."""
    client = client_for(mia)

    def text(path="/my-data/looked/"):
        return text_of(client, path)

    def rows(path="/my-data/looked/"):
        found = re.findall(r'<td><span class="\w+">([^<]*)</span> ([^<]*)</td>', text(path))
        return [f"{who} {what}" for who, what in found]

    text.client, text.rows = client, rows
    return text


def look(verb, actor, subject, **public):
    with transaction.atomic():
        code = actor.code if actor else None
        audit.record(verb, actor=code, subject=subject.code, public=public)


def test_an_empty_log_says_so(page):
    assert EMPTY in page()
    assert "/my-data/looked/" in page("/my-data/")


def test_a_steward_who_opens_a_person_is_one_line_by_role_and_not_by_name(
    page, client_for, amir, mia
):
    client_for(amir).get(f"/steward/people/{mia.code}/")
    assert page.rows() == ["A data steward opened your consent record"]
    for trace in ("amir", str(amir.code), amir.code.hex):
        assert trace not in page()


def test_each_opened_view_of_a_person_is_exactly_one_leaf(allow, client_for, amir, mia, now):
    allow(mia, "pointer:adapt")
    done = erasure.withdraw(mia.code, ["pointer:adapt"], now=now)
    client = client_for(amir)
    paths = {
        f"/steward/people/{mia.code}/": "consents",
        f"/steward/people/{mia.code}/factor/": "factor",
        f"/steward/erasures/{done.id}/": "erasure",
    }
    for path, what in paths.items():
        before = set(leaves_about(mia.code).values_list("id", flat=True))
        assert client.get(path).status_code == 200
        (leaf,) = leaves_about(mia.code).exclude(id__in=before)
        assert (leaf.verb, leaf.public) == ("steward.view", f"what={what}")


def test_a_form_that_shows_the_person_again_is_a_view_again(client_for, amir, mia):
    client = client_for(amir)
    client.post(f"/steward/people/{mia.code}/erase/", {"word": "no"})
    assert [leaf.verb for leaf in leaves_about(mia.code)][:1] == ["steward.view"]


@pytest.mark.parametrize("path", ["consents/", "erasures/", "audit/", "", "consents/?code=nothing"])
def test_a_page_about_many_people_logs_no_access(client_for, amir, mia, path):
    before = leaves_about(mia.code).count()
    client_for(amir).get(f"/steward/{path}")
    assert leaves_about(mia.code).count() == before


def test_the_class_queue_logs_no_access(client_for, ines, mia):
    course = make_course()
    make_enrolment(ines, course, role="teacher")
    make_enrolment(mia, course)
    before = Leaf.objects.count()
    for path in ("", "queue/", "board/"):
        assert client_for(ines).get(f"/teach/{course.slug}/{path}").status_code == 200
    assert Leaf.objects.count() == before


def test_an_erased_person_gets_no_new_salt_by_being_looked_up(client_for, amir, mia, now):
    from vault.keystore import open_keystore

    done = erasure.erase(mia.code, actor=mia.code, cause="request", now=now)
    assert client_for(amir).get(f"/steward/erasures/{done.id}/").status_code == 200
    assert open_keystore().key_ids(mia.code) == []


def test_own_actions_are_attributed_to_you(page, mia, amir):
    look("export.make", mia, mia)
    look("export.read", amir, mia)
    look("export.make", None, mia)
    assert page.rows() == [
        "The site administrator created a copy of everything about you",
        "A data steward opened a copy of everything about you",
        "You created a copy of everything about you",
    ]


def test_a_teacher_is_named_by_role(page, mia, ines):
    look("teacher.view", ines, mia)
    assert page.rows() == ["A teacher opened what you share"]


def test_an_access_without_its_own_text_is_still_listed(page, mia, amir):
    look("steward.view", amir, mia, what="something_new")
    assert page.rows() == ["A data steward opened your record"]


def test_acts_that_are_no_access_are_not_listed(page, mia, amir, noah):
    look("person.sign_in", mia, mia)
    look("steward.view", amir, noah)
    assert EMPTY in page()


def test_older_entries_are_a_link_away_each_once(page, mia, amir):
    for _ in range(access_log_views.PAGE_SIZE + 5):
        look("steward.view", amir, mia)
    assert len(page.rows()) == access_log_views.PAGE_SIZE
    (older,) = re.findall(r'href="(/my-data/looked/\?after=[^"]+)"', page())
    assert len(page.rows(older)) == 5
    assert "?after=" not in page(older)


def test_entries_of_the_same_time_are_each_on_one_page(page, mia, amir):
    for _ in range(access_log_views.PAGE_SIZE + 5):
        look("steward.view", amir, mia)
    from django.db import connection

    with connection.as_owner():
        Leaf.objects.update(at=Leaf.objects.latest("at").at)
    first = access_log_views.load_access_log(mia)
    second = access_log_views.load_access_log(mia, Leaf.objects.get(id=first.older))
    assert (len(first.entries), len(second.entries)) == (access_log_views.PAGE_SIZE, 5)


def test_a_page_after_the_leaf_of_another_is_a_404(page, mia, amir, noah):
    look("steward.view", amir, noah)
    other = leaves_about(noah.code).filter(verb="steward.view").get()
    path = f"/my-data/looked/?after={other.id}"
    assert page.client.get(path).status_code == 404
    assert page.client.get("/my-data/looked/?after=no").status_code == 200


def test_every_logged_verb_has_words():
    from audit.verbs import VERBS

    assert set(access_log_views.LOGGED_VERBS) <= set(VERBS)
    for verb in VERBS:
        if verb.endswith((".view", ".read")) or verb.startswith("share."):
            assert (verb, "") in access_log_views.ACTION_WORDS


def test_an_own_withdrawal_is_not_logged(page, allow, mia, now):
    allow(mia, "pointer:adapt")
    erasure.withdraw(mia.code, list(grants.ALL)[:1], now=now)
    assert EMPTY in page()
