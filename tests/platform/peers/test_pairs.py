"""A pair's life: one answer at a time, an end for each cause, and the database's own rules."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from courses import enrolment
from peers import pairs
from peers.models import HelperSkill, PeerHelpWish, PeerPair
from peers.tasks import end_pairs
from privacy.erasure import erasure
from tests.fixtures import factories
from tests.fixtures.peer_pairs import make_pair
from tests.fixtures.users import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def paired(peers, mia, noah):
    return make_pair(mia, noah, peers.skill, now=timezone.now(), state="paired")


def states():
    return list(PeerPair.objects.order_by("suggested_at").values_list("state", flat=True))


@pytest.mark.parametrize("steps", [("mia",), ("mia", "noah")])
def test_a_no_of_either_looks_the_same(peers, steps):
    pair = peers.pair()
    *accepting, last = steps
    for who in accepting:
        peers.do(who, pair, "accept")

    assert peers.do(last, pair, "decline").status_code == 302

    pair.refresh_from_db()
    assert (pair.state, pair.due_at) == ("declined", None)
    page = peers.text("ines", peers.teach_url)
    assert "not taken up" in page
    assert "declined" not in page
    assert all("Your pairs" not in peers.text(who) for who in ("mia", "noah"))


def test_the_teacher_cannot_see_whose_answer_is_missing(peers):
    pair = peers.pair()
    _, _, before = peers.text("ines", peers.teach_url).partition('id="made-h"')

    peers.do("mia", pair, "accept")

    _, _, after = peers.text("ines", peers.teach_url).partition('id="made-h"')
    assert "waiting for answers" in before
    assert before.partition("</section>")[0] == after.partition("</section>")[0]


def test_open_pages_hear_of_each_step(peers, mia, noah, monkeypatch):
    peers.ask()
    heard = []
    monkeypatch.setattr("push.notify", lambda group, hint: heard.append((group, hint["type"])))

    peers.suggest()
    pair = PeerPair.objects.get()
    peers.do("mia", pair, "accept")
    peers.do("noah", pair, "accept")
    peers.do("noah", pair, "end")

    course = (f"course.{peers.course.slug}", "teaching.changed")
    first, second = ((f"learner.{person.code}", "pair.changed") for person in (mia, noah))
    assert heard == [course, first, course, second, course, first, course]


@pytest.mark.parametrize("who", ["mia", "noah"])
def test_either_ends_a_pair_with_one_press(peers, paired, who):
    assert peers.do(who, paired, "end").status_code == 302

    assert states() == ["ended"]
    assert "noah helps you" not in peers.text("mia")
    assert "You help mia" not in peers.text("noah")


def test_accepting_twice_or_ending_too_early_is_refused(peers):
    pair = peers.pair()

    assert peers.do("mia", pair, "end").status_code == 404
    assert peers.do("mia", pair, "accept").status_code == 302
    assert peers.do("mia", pair, "accept").status_code == 404
    assert peers.do("mia", pair, "explode").status_code == 400
    assert states() == ["wanted"]


def test_a_pair_expires_after_14_days(peers, paired, mia):
    late = paired.due_at + timedelta(seconds=1)

    assert pairs.open_pairs(mia, [peers.course], now=paired.due_at - timedelta(seconds=1)).exists()
    assert not pairs.open_pairs(mia, [peers.course], now=late).exists()
    with pytest.raises(Http404):
        pairs.end(mia, peers.course, paired.pk, now=late)
    assert paired.due_at - paired.suggested_at == timedelta(days=14)


@pytest.mark.parametrize(("state", "end"), [("paired", "ended"), ("wanted", "declined")])
def test_the_sweep_ends_what_is_due_and_nothing_else(peers, mia, noah, state, end):
    skills = [factories.make_skill(peers.course) for _ in range(2)]
    now = timezone.now()
    make_pair(mia, noah, skills[0], now=now - timedelta(days=14, seconds=1), state=state)
    make_pair(mia, noah, skills[1], now=now - timedelta(days=13), state=state)

    end_pairs()

    assert states() == [end, state]


@pytest.mark.parametrize("who", ["mia", "noah"])
def test_leaving_the_course_ends_the_pair_at_once(peers, paired, who, ines):
    enrolment.remove(peers.course, peers.people[who], "learner", by=ines)

    assert states() == []


@pytest.mark.parametrize("who", ["mia", "noah"])
def test_unticking_ends_the_pair_at_once(peers, paired, who):
    assert peers.choose(who).status_code == 302

    assert states() == []


def test_unticking_one_skill_leaves_the_pairs_of_another(peers, paired, mia, noah):
    other = factories.make_skill(peers.course, "shares")
    make_pair(mia, noah, other, now=timezone.now(), state="paired")

    peers.choose("noah", helps=["shares"])

    assert list(PeerPair.objects.values_list("skill__slug", flat=True)) == ["shares"]


@pytest.mark.parametrize("who", ["mia", "noah"])
def test_an_erased_account_leaves_no_row(peers, paired, who):
    person = peers.people[who]

    erasure.erase(person.code, actor=None, cause="request", now=timezone.now())

    assert states() == []
    assert not PeerHelpWish.objects.filter(enrolment__user=person).exists()
    assert not HelperSkill.objects.filter(enrolment__user=person).exists()


@pytest.mark.parametrize("state", ["suggested", "wanted", "paired"])
def test_the_database_takes_one_open_pair_for_each_learner_and_skill(peers, mia, noah, state):
    other = make("lena", now=timezone.now())
    factories.make_enrolment(other, peers.course)
    first = make_pair(mia, noah, peers.skill, now=timezone.now(), state=state)

    with pytest.raises(IntegrityError, match="one_open"), transaction.atomic():
        make_pair(mia, other, peers.skill, now=timezone.now())
    PeerPair.objects.filter(pk=first.pk).update(state="ended", due_at=None)
    make_pair(mia, other, peers.skill, now=timezone.now())
    assert states() == ["ended", "suggested"]


def test_the_database_refuses_to_pair_someone_with_themselves(peers, mia):
    with pytest.raises(IntegrityError, match="peers_peerpair_self"), transaction.atomic():
        make_pair(mia, mia, peers.skill, now=timezone.now())


@pytest.mark.parametrize(("state", "due"), [("paired", False), ("ended", True), ("odd", True)])
def test_the_database_refuses_an_open_pair_without_an_end(peers, paired, state, due):
    due_at = paired.due_at if due else None
    with pytest.raises(IntegrityError), transaction.atomic():
        PeerPair.objects.filter(pk=paired.pk).update(state=state, due_at=due_at)
