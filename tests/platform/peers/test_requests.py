"""Requests come from what Learners pressed and ticked, and helpers from what they ticked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from adaptation.models import Intervention
from adaptation.offers import outcomes
from estimates.models import MasteryEstimate
from peers.models import PeerPair
from peers.requests import list_requests
from telemetry import events, sittings
from tests.fixtures import factories
from tests.fixtures.peer_pairs import make_pair, offer_help, wish_help
from tests.fixtures.users import make

pytestmark = pytest.mark.django_db


def listed(peers):
    return list_requests(peers.course, now=timezone.now())


def classmate(peers, name, *skills):
    person = make(name, now=timezone.now())
    factories.make_enrolment(person, peers.course)
    for skill in skills:
        offer_help(person, skill, now=timezone.now())
    return person


def helpers_of(request):
    return [offer.enrolment.user for offer in request.helpers]


def test_a_press_without_the_tick_is_no_request(peers):
    peers.press("mia")

    assert listed(peers) == []


def test_a_tick_without_a_press_is_no_request(peers):
    peers.choose("mia", wishes=True)

    assert listed(peers) == []


def test_got_it_takes_the_request_off_the_list(peers):
    peers.ask()
    assert len(listed(peers)) == 1

    peers.press("mia", "got_it", ago=timedelta())

    assert listed(peers) == []


def test_accepting_ask_my_teacher_is_a_request(peers, mia):
    wish_help(mia, peers.skill, now=timezone.now())
    now = timezone.now()
    page = sittings.open(mia, peers.quiz, scenario="course", page=factories.new_code(), now=now)
    offer = Intervention.objects.create(
        sitting=page, learner=mia, rule="R1", version=1, cut=2, kind="ask_teacher", probability=1,
        delivered=True, sealed=b"", decided_at=now,
    )  # fmt: skip
    assert listed(peers) == []

    outcomes.record(offer.code, "accepted", page, now=now)

    assert [request.skill for request in listed(peers)] == [peers.skill]


@pytest.mark.parametrize(("ago", "stands"), [(timedelta(days=6), 1), (timedelta(days=8), 0)])
def test_a_request_is_listed_for_a_week(peers, mia, ago, stands):
    wish_help(mia, peers.skill, now=timezone.now())
    peers.press("mia", ago=ago)

    assert len(listed(peers)) == stands


def test_the_skill_is_that_of_the_question_worked_on(peers, mia):
    other = factories.make_skill(peers.course, "shares")
    question = factories.make_question(peers.quiz, skills=[other])
    wish_help(mia, other, now=timezone.now())
    page = peers.press("mia", "answer", ref=question.code, ago=timedelta(minutes=2))
    events.store(page, factories.new_code(), 2.0, "stuck", None, None, timezone.now())

    assert [request.skill for request in listed(peers)] == [other]


def test_no_one_helps_themselves(peers, mia):
    offer_help(mia, peers.skill, now=timezone.now())
    wish_help(mia, peers.skill, now=timezone.now())
    peers.press("mia")

    (request,) = listed(peers)
    assert request.helpers == ()


def test_three_helpers_with_the_fewest_open_pairs_come_first(peers, mia):
    lena, amy, ben, cem = (classmate(peers, name) for name in ("lena", "amy", "ben", "cem"))
    busy = {lena: 2, amy: 0, ben: 3, cem: 1}
    for person, count in busy.items():
        offer_help(person, peers.skill, now=timezone.now())
        for _ in range(count):
            asked = classmate(peers, f"asked-{person.pk}-{_}")
            skill = factories.make_skill(peers.course)
            make_pair(asked, person, skill, now=timezone.now())
            make_pair(asked, person, factories.make_skill(peers.course), now=timezone.now(),
                      state="ended")  # fmt: skip
    wish_help(mia, peers.skill, now=timezone.now())
    peers.press("mia")

    (request,) = listed(peers)

    assert helpers_of(request) == [amy, cem, lena]


def test_a_helper_who_did_not_work_out_is_not_suggested_again(peers, noah):
    pair = peers.pair()
    assert listed(peers) == []
    lena = classmate(peers, "lena", peers.skill)

    peers.do("mia", pair, "decline")

    (request,) = listed(peers)
    assert helpers_of(request) == [lena]


def test_after_a_pair_only_a_new_press_is_a_request(peers):
    pair = peers.pair()
    PeerPair.objects.filter(pk=pair.pk).update(state="ended", due_at=None)
    assert listed(peers) == []

    peers.press("mia", ago=timedelta())

    assert len(listed(peers)) == 1


def test_another_course_gives_neither_requests_nor_helpers(peers, mia, noah):
    other = factories.make_course("geometry")
    for person in (mia, noah):
        factories.make_enrolment(person, other)
    skill = factories.make_skill(other)
    quiz = factories.make_quiz_unit(other, skill=skill)
    quiz.skills.add(skill)
    offer_help(noah, skill, now=timezone.now())
    wish_help(mia, peers.skill, now=timezone.now())
    peers.press("mia", unit=quiz)
    assert listed(peers) == []

    peers.press("mia")

    (request,) = listed(peers)
    assert request.helpers == ()


def test_no_estimate_is_read_for_the_list(peers, django_assert_max_num_queries):
    peers.ask()
    tables = {MasteryEstimate._meta.db_table, "estimates_affectestimate", "estimates_selfreport"}

    with django_assert_max_num_queries(12) as queries:
        assert len(listed(peers)) == 1

    asked = " ".join(query["sql"] for query in queries)
    assert [table for table in tables if table in asked] == []
