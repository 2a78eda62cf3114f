"""How long the result of a Replay stays valid.

It ends when the site no longer allows it, or after a day; with simulated people also when one of
them withdraws.
"""

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
    """Withdraw consent; the withdrawal counts before any row is removed."""
    grants.freeze(person.code, ["pointer:teach"], now=timezone.now(), verb="withdraw")


def object_to(person):
    restrictions.set_restriction(person, restrictions.OBJECTION, on=True, now=timezone.now())


def pause(person):
    restrictions.set_restriction(person, restrictions.RESTRICTION, on=True, now=timezone.now())


SAYS = "It would have made <span|This rule would have reached between"


def says(page):
    return re.search(SAYS, page) is not None


@pytest.mark.parametrize(
    ("who", "act", "ends"),
    [
        ("simulated_learners", take_back, True),
        ("real_learners", object_to, False),
        ("real_learners", pause, False),
        ("real_learners", take_back, False),
        ("simulated_learners", pause, True),
    ],
)
def test_it_ends_with_its_data_and_reveals_no_withdrawal(teacher, request, who, act, ends):
    """Figures of real people rest on no consent: no withdrawal or objection changes them."""
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
    teacher, real_learners, monkeypatch, word, value
):
    replay_of(teacher)
    tasks.replay_due()

    assert says(part(teacher, Replay.objects.get()))
    monkeypatch.setattr(profiles.LegalProfile, word, property(lambda _: value))

    assert not says(part(teacher, Replay.objects.get()))


@pytest.mark.parametrize("state", ["there", "owed"])
def test_a_withdrawal_removes_finished_and_pending_replays(teacher, simulated_learners, state):
    replay_of(teacher)
    if state == "there":
        tasks.replay_due()
        erasure.withdraw(simulated_learners[0].code, ["pointer:adapt"], now=timezone.now())
    else:
        claimed = worker._claim(timezone.now())
        erasure.withdraw(simulated_learners[0].code, ["pointer:adapt"], now=timezone.now())
        worker._process(claimed, timezone.now)

    assert not Replay.objects.exists()


def test_erasing_an_account_deletes_it(teacher, real_learners):
    replay_of(teacher)
    tasks.replay_due()
    Enrolment.objects.filter(user=real_learners[0]).delete()

    assert forget(real_learners[0].code, None) == 1


def test_other_courses_real_people_and_research_withdrawals_leave_it(
    teacher, simulated_learners, real_learners, mallory
):
    replay_of(teacher)
    assert forget(real_learners[0].code, ["pointer:adapt"]) == 0
    assert forget(mallory.code, ["pointer:adapt"]) == 0
    assert forget(simulated_learners[0].code, ["pointer:research"]) == 0
    assert forget(simulated_learners[0].code, ["pointer:adapt"]) == 1


def test_it_is_stored_for_a_day(teacher, simulated_learners):
    replay_of(teacher)
    tasks.replay_due()

    expiry.delete_expired(now=timezone.now() + timedelta(hours=23))
    assert Replay.objects.exists()
    expiry.delete_expired(now=timezone.now() + timedelta(hours=26))
    assert not Replay.objects.exists()
