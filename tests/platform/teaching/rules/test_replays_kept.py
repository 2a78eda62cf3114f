"""How long a Replay stands: until a word is taken back, the site says no, or a day is over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from consent import grants, profiles, restrictions
from courses.models import Enrolment
from privacy import erasure, expiry
from teaching import tasks
from teaching.rules.replays import working
from teaching.rules.replays.model import Replay, forget
from tests.platform.teaching.rules.studio_forms import R1, R1_FIELDS, page_of, part, post, replay_of

pytestmark = pytest.mark.django_db


def take_back(person):
    """The word counts before anything is removed."""
    grants.freeze(person.code, ["pointer:teach"], now=timezone.now(), verb="withdraw")


def object_to(person):
    restrictions.switch(person, restrictions.OBJECTION, on=True, now=timezone.now())


@pytest.mark.parametrize("act", [take_back, object_to])
def test_a_word_taken_back_ends_it_at_once(teacher, real, act):
    replay_of(teacher)
    tasks.replay_due()
    row = Replay.objects.get()
    assert "it would have made" in part(teacher, row)

    act(real[0])

    assert "What the last replay was made from has changed" in part(teacher, row)
    assert "it would have made" not in page_of(post(teacher, R1, **R1_FIELDS))


@pytest.mark.parametrize(("word", "says"), [("teacher_aggregate", False), ("floor_people", 7)])
def test_a_site_that_no_longer_allows_figures_of_so_few_shows_none(
    teacher, real, monkeypatch, word, says
):
    replay_of(teacher)
    tasks.replay_due()

    monkeypatch.setattr(profiles.Profile, word, property(lambda _: says))

    assert "it would have made" not in part(teacher, Replay.objects.get())


@pytest.mark.parametrize("state", ["there", "owed"])
def test_a_withdrawal_removes_it_and_what_is_on_its_way(teacher, real, state):
    replay_of(teacher)
    if state == "there":
        tasks.replay_due()
        erasure.withdraw(real[0].code, ["pointer:adapt"], now=timezone.now())
    else:
        claimed = working._claim(timezone.now())
        erasure.withdraw(real[0].code, ["pointer:adapt"], now=timezone.now())
        working._answer(claimed, timezone.now)

    assert not Replay.objects.exists()


def test_an_account_that_goes_takes_it_along(teacher, real):
    replay_of(teacher)
    tasks.replay_due()
    Enrolment.objects.filter(user=real[0]).delete()

    assert forget(real[0].code, None) == 1


def test_another_course_and_a_word_about_research_leave_it(teacher, real, mallory):
    replay_of(teacher)
    assert forget(mallory.code, ["pointer:adapt"]) == 0
    assert forget(real[0].code, ["pointer:research"]) == 0
    assert forget(real[0].code, ["pointer:teach"]) == 1


def test_it_is_kept_for_a_day(teacher, simulated):
    replay_of(teacher)
    tasks.replay_due()

    expiry.let_go(now=timezone.now() + timedelta(hours=23))
    assert Replay.objects.exists()
    expiry.let_go(now=timezone.now() + timedelta(hours=26))
    assert not Replay.objects.exists()
