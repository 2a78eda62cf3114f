"""How long a Replay stands: until the site says no, or a day is over; of simulated people also
until one takes back a word."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from consent.grants import grants
from consent.legal_profiles import profiles
from consent.permits import restrictions
from courses.models import Enrolment
from privacy.erasure import erasure
from privacy.retention import expiry
from teaching import tasks
from teaching.rules.replays import worker
from teaching.rules.replays.models import Replay, forget
from tests.platform.teaching.rules.studio_forms import R1, R1_FIELDS, page_of, part, post, replay_of

pytestmark = pytest.mark.django_db


def take_back(person):
    """The word counts before anything is removed."""
    grants.freeze(person.code, ["pointer:teach"], now=timezone.now(), verb="withdraw")


def object_to(person):
    restrictions.switch(person, restrictions.OBJECTION, on=True, now=timezone.now())


def pause(person):
    restrictions.switch(person, restrictions.RESTRICTION, on=True, now=timezone.now())


SAYS = "It would have made <span|This rule would have reached between"


def says(page):
    return re.search(SAYS, page) is not None


@pytest.mark.parametrize(
    ("who", "act", "ends"),
    [
        ("simulated", take_back, True),
        ("real", object_to, False),
        ("real", pause, False),
        ("real", take_back, False),
        ("simulated", pause, True),
    ],
)
def test_it_ends_with_what_it_was_made_from_and_tells_nothing_of_a_withdrawal(
    teacher, request, who, act, ends
):
    """Figures of real people rest on no consent: no withdrawal and no objection changes them."""
    learners = request.getfixturevalue(who)
    replay_of(teacher)
    tasks.replay_due()
    row = Replay.objects.get()
    before = part(teacher, row)
    assert says(before)

    act(learners[0])

    after = part(teacher, row)
    assert ("The data behind the last replay has changed" in after) == ends
    assert (after == before) != ends
    assert says(page_of(post(teacher, R1, **R1_FIELDS))) != ends


@pytest.mark.parametrize(("word", "value"), [("teacher_aggregate", False), ("floor_people", 7)])
def test_a_site_that_no_longer_allows_figures_of_so_few_shows_none(
    teacher, real, monkeypatch, word, value
):
    replay_of(teacher)
    tasks.replay_due()

    assert says(part(teacher, Replay.objects.get()))
    monkeypatch.setattr(profiles.Profile, word, property(lambda _: value))

    assert not says(part(teacher, Replay.objects.get()))


@pytest.mark.parametrize("state", ["there", "owed"])
def test_a_withdrawal_removes_it_and_what_is_on_its_way(teacher, simulated, state):
    replay_of(teacher)
    if state == "there":
        tasks.replay_due()
        erasure.withdraw(simulated[0].code, ["pointer:adapt"], now=timezone.now())
    else:
        claimed = worker._claim(timezone.now())
        erasure.withdraw(simulated[0].code, ["pointer:adapt"], now=timezone.now())
        worker._process(claimed, timezone.now)

    assert not Replay.objects.exists()


def test_an_account_that_goes_takes_it_along(teacher, real):
    replay_of(teacher)
    tasks.replay_due()
    Enrolment.objects.filter(user=real[0]).delete()

    assert forget(real[0].code, None) == 1


def test_another_course_real_people_and_a_word_about_research_leave_it(
    teacher, simulated, real, mallory
):
    replay_of(teacher)
    assert forget(real[0].code, ["pointer:adapt"]) == 0
    assert forget(mallory.code, ["pointer:adapt"]) == 0
    assert forget(simulated[0].code, ["pointer:research"]) == 0
    assert forget(simulated[0].code, ["pointer:adapt"]) == 1


def test_it_is_kept_for_a_day(teacher, simulated):
    replay_of(teacher)
    tasks.replay_due()

    expiry.let_go(now=timezone.now() + timedelta(hours=23))
    assert Replay.objects.exists()
    expiry.let_go(now=timezone.now() + timedelta(hours=26))
    assert not Replay.objects.exists()
