"""The Teacher's page: suggests what is listed, and nothing else."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from peers.models import HelperSkill, PeerPair
from tests.fixtures import factories
from tests.fixtures.peer_pairs import make_pair, offer_help
from tests.fixtures.users import client_for_person, make

pytestmark = pytest.mark.django_db


def test_the_list_names_who_asked_and_who_offered(peers):
    peers.ask()

    page = peers.text("ines", peers.teach_url)

    assert "mia: <span" in page
    assert "Suggest noah" in page
    assert "Asked for help in “Quiz" in page
    assert "1 request for help" in peers.text("ines", f"/teach/{peers.course.slug}/")


def test_a_request_without_a_helper_says_so_and_is_not_counted_on_now(peers):
    peers.choose("mia", wishes=True)
    peers.press("mia")

    assert "No other classmate has offered" in peers.text("ines", peers.teach_url)
    assert "peer-help" not in peers.text("ines", f"/teach/{peers.course.slug}/")


def test_dismissing_takes_the_request_away_until_a_new_press(peers):
    peers.ask()

    assert peers.suggest(dismiss="1").status_code == 302

    assert "No requests" in peers.text("ines", peers.teach_url)
    assert not PeerPair.objects.exists()
    peers.press("mia", ago=timedelta())
    assert "Suggest noah" in peers.text("ines", peers.teach_url)


def test_a_second_suggestion_for_the_same_request_is_refused(peers):
    peers.pair()

    assert peers.suggest().status_code == 404
    assert PeerPair.objects.count() == 1


def test_only_a_listed_helper_can_be_suggested(peers, mallory):
    peers.ask()
    other = factories.make_course("geometry")
    factories.make_enrolment(mallory, other)
    theirs = offer_help(mallory, factories.make_skill(other), now=timezone.now())

    assert peers.suggest(suggest=theirs.pk).status_code == 404
    assert peers.suggest(suggest=uuid.uuid4()).status_code == 404
    assert peers.suggest(suggest="x").status_code == 404
    assert peers.suggest(skill="none").status_code == 404
    assert peers.suggest(wish=uuid.uuid4()).status_code == 404
    assert not PeerPair.objects.exists()


def test_people_of_other_courses_get_no_page(peers, mallory):
    peers.ask()
    other = factories.make_course("geometry")
    teacher = make("otto", now=timezone.now())
    factories.make_enrolment(teacher, other, role="teacher")
    client = client_for_person(teacher)

    assert client.get(peers.teach_url).status_code == 404
    assert client.post(peers.teach_url, {"dismiss": "1"}).status_code == 404
    assert client.get(peers.url).status_code == 404
    for address in (peers.teach_url, peers.url):
        assert peers.client("mallory").get(address).status_code == 404
    assert peers.client("noah").get(peers.teach_url).status_code == 403
    assert peers.client("ines").get(peers.url).status_code == 403
    assert peers.suggest("noah").status_code == 403
    assert not PeerPair.objects.exists()


def test_a_pair_of_others_is_closed_to_the_class_and_the_teacher(peers, mia, noah):
    pair = peers.pair()
    lena = make("lena", now=timezone.now())
    factories.make_enrolment(lena, peers.course)
    make_pair(noah, lena, factories.make_skill(peers.course), now=timezone.now(), state="paired")
    peers.people["lena"] = lena

    for act in ("accept", "decline", "end"):
        assert peers.do("lena", pair, act).status_code == 404
        # The helper does not know of the pair before the learner has accepted it.
        assert peers.do("noah", pair, act).status_code == 404
        assert peers.do("mallory", pair, act).status_code == 404
        assert peers.do("ines", pair, act).status_code == 403
    assert PeerPair.objects.get(pk=pair.pk).state == "suggested"
    assert HelperSkill.objects.count() == 2
