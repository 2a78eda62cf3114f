"""`/steward/people/bulk/`: one action for several people, with the reason for each refusal."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.mail import queue
from accounts.models import PendingMail, User
from accounts.people import make_person
from audit.models import Leaf
from audit.queries import leaves_about
from privacy.erasure import erasure
from stewardship.people.queries import PAGE
from tests.fixtures.accounts.people_imports import text_of

pytestmark = pytest.mark.django_db
ADDRESS = "/steward/people/bulk/"


@pytest.fixture
def client(client_for, amir):
    return client_for(amir)


def post(client, act, *people):
    return client.post(ADDRESS, {"act": act, "person": [str(each.code) for each in people]})


def locked() -> set[int]:
    return set(User.objects.filter(is_active=False).values_list("pk", flat=True))


def test_several_people_are_locked_and_unlocked_with_a_leaf_each(client, mia, noah, ines):
    answer = post(client, "lock", mia, noah)
    assert "Done for 2 people." in text_of(answer)
    assert locked() == {mia.pk, noah.pk}
    for person in (mia, noah):
        assert leaves_about(person.code).filter(verb="person.lock").count() == 1

    post(client, "unlock", mia, noah)
    assert locked() == set()
    assert Leaf.objects.filter(verb="person.unlock").count() == 2


def test_people_who_cannot_be_locked_are_listed_and_the_others_are_locked(client, amir, mia):
    answer = post(client, "lock", amir, mia)
    assert answer.status_code == 200
    assert "Done for 1 person." in text_of(answer)
    assert "This is your own account." in text_of(answer)
    assert locked() == {mia.pk}


def test_links_go_to_those_who_can_get_one(client, monkeypatch):
    monkeypatch.setattr(queue, "has_server", lambda: True)
    new = make_person(
        "lena", name="Lena", roles=[], password=None, email="l@s.example", now=timezone.now()
    )
    silent = make_person("tom", name="Tom", roles=[], password=None, now=timezone.now())
    answer = post(client, "link", silent, new)
    assert "Done for 1 person." in text_of(answer)
    assert "no email address" in text_of(answer)
    assert PendingMail.objects.get().person == new


def test_a_person_who_is_being_erased_is_skipped_without_a_name(client, amir, mia):
    erasure.begin(mia.code, actor=amir.code, cause="request", now=timezone.now())
    answer = post(client, "unlock", mia)
    assert answer.status_code == 422
    assert "being erased" in text_of(answer)


def test_no_selection_changes_nothing(client):
    answer = post(client, "lock")
    assert answer.status_code == 422
    assert "No person was selected." in text_of(answer)


def test_an_unknown_act_or_more_than_a_page_is_404(client, mia):
    assert post(client, "erase", mia).status_code == 404
    many = [f"00000000-0000-0000-0000-{number:012}" for number in range(PAGE + 1)]
    assert client.post(ADDRESS, {"act": "lock", "person": many}).status_code == 404


def test_the_list_has_a_box_for_each_person(client, mia):
    page = client.get("/steward/people/").content.decode()
    assert f'form="bulk" name="person" value="{mia.code}"' in page
