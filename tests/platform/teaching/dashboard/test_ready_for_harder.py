""" "Ready for harder" is shown only to a Teacher with whom the learner shares it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adaptation.models import Intervention
from estimates import share_access
from estimates.models import Share
from teaching.dashboard.queue import load_now_page
from teaching.roster import class_of
from tests.fixtures.offers import answer, until_offered
from tests.fixtures.users import client_for_person
from tests.platform.teaching.conftest import sit

pytestmark = pytest.mark.django_db
ON = ("pointer:adapt", "pointer:teach")


@pytest.fixture
def mia_got_through(mia, question, allow, now):
    """mia answered correctly after three wrong tries, and R14 offered her a harder question."""
    allow(mia, *ON)
    sitting = sit(mia, question.unit, now)
    for second in (1, 2, 3):
        answer(sitting, question, "999", second)
    answer(sitting, question, question.answer, 4)
    offer, _ = until_offered(sitting)
    assert offer.rule == "R14"
    return offer


def share(course, learner, teacher, now):
    share_access.ask(course, learner, teacher, now=now)
    return share_access.give(Share.objects.get().id, learner, days=1, now=now)


def ready(course, teacher, now):
    found = load_now_page(course, teacher, class_of(course), now=now).ready
    return [(one.who.name, one.skill) for one in found]


def test_without_a_share_nobody_is_named(course, ines, mia_got_through, now):
    assert ready(course, ines, now + timedelta(minutes=1)) == []


def test_with_one_the_teacher_reads_who_and_what(course, mia, ines, mia_got_through, now):
    share(course, mia, ines, now)
    assert ready(course, ines, now + timedelta(minutes=1)) == [("mia", "slope")]
    assert ready(course, ines, now + timedelta(hours=3)) == []


def test_an_ended_share_removes_it_at_the_next_view(course, mia, ines, mia_got_through, now):
    row = share(course, mia, ines, now)
    share_access.close(row.id, mia, now=now)
    assert ready(course, ines, now + timedelta(minutes=1)) == []


def test_an_offer_held_back_at_random_is_shown_to_no_teacher(
    course, mia, ines, mia_got_through, now
):
    share(course, mia, ines, now)
    Intervention.objects.update(delivered=False)
    assert ready(course, ines, now + timedelta(minutes=1)) == []


def test_the_page_says_it_in_plain_words(course, mia, ines, mia_got_through, now, monkeypatch):
    share(course, mia, ines, now)
    monkeypatch.setattr("django.utils.timezone.now", lambda: now + timedelta(minutes=1))
    page = client_for_person(ines).get(f"/teach/{course.slug}/").content.decode()
    assert "mia: ready for harder questions after several tries on <em>slope</em>" in page
