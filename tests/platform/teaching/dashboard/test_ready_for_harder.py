"""A Teacher reads "ready for harder" of whoever shares with them, and of nobody else."""

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
def through(mia, question, allow, now):
    """mia, right after three tries that were not; R14 told her so."""
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


def test_without_a_share_nobody_is_named(course, ines, through, now):
    assert ready(course, ines, now + timedelta(minutes=1)) == []


def test_with_one_the_teacher_reads_who_and_what(course, mia, ines, through, now):
    share(course, mia, ines, now)
    assert ready(course, ines, now + timedelta(minutes=1)) == [("mia", "slope")]
    assert ready(course, ines, now + timedelta(hours=3)) == []


def test_ended_it_is_gone_with_the_next_look(course, mia, ines, through, now):
    row = share(course, mia, ines, now)
    share_access.close(row.id, mia, now=now)
    assert ready(course, ines, now + timedelta(minutes=1)) == []


def test_held_back_by_lot_it_is_told_to_nobody(course, mia, ines, through, now):
    share(course, mia, ines, now)
    Intervention.objects.update(delivered=False)
    assert ready(course, ines, now + timedelta(minutes=1)) == []


def test_the_page_says_it_in_plain_words(course, mia, ines, through, now, monkeypatch):
    share(course, mia, ines, now)
    monkeypatch.setattr("django.utils.timezone.now", lambda: now + timedelta(minutes=1))
    page = client_for_person(ines).get(f"/teach/{course.slug}/").content.decode()
    assert "mia: ready for harder questions after several tries on <em>slope</em>" in page
