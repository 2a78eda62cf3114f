from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from courses.models.unit import KINDS
from telemetry import sittings, windows
from telemetry.models import Sitting, Window
from tests.fixtures.factories import NOW, make_unit, make_user

pytestmark = pytest.mark.django_db


def opened(**changes):
    asked = {"scenario": "course", "page": uuid.uuid4(), "now": NOW, **changes}
    learner = asked.pop("learner", None) or make_user()
    unit = asked.pop("unit", None) or make_unit()
    return sittings.open(learner, unit, **asked)


def test_the_same_page_gets_the_same_sitting_again():
    mia, unit, page = make_user(), make_unit(), uuid.uuid4()
    first = opened(learner=mia, unit=unit, page=page)
    again = opened(learner=mia, unit=unit, page=page, now=NOW + timedelta(minutes=1))
    assert again == first
    assert again.began_at == NOW


def test_another_page_gets_its_own_sitting():
    mia, unit = make_user(), make_unit()
    assert opened(learner=mia, unit=unit) != opened(learner=mia, unit=unit)


def test_a_page_open_for_twelve_hours_starts_a_new_sitting():
    mia, unit, page = make_user(), make_unit(), uuid.uuid4()
    first = opened(learner=mia, unit=unit, page=page)
    later = NOW + sittings.LONGEST
    second = opened(learner=mia, unit=unit, page=page, now=later)
    first.refresh_from_db()
    assert second != first
    assert first.ended_at == later


def test_a_sitting_is_found_by_its_own_learner_only():
    sitting = opened()
    assert sittings.open_for(sitting.learner, sitting.id, NOW) == sitting
    assert sittings.open_for(make_user(), sitting.id, NOW) is None


def test_sittings_of_a_class_share_their_unit_object():
    unit = make_unit()
    class_ = [opened(unit=unit) for _ in range(3)]
    asked = [(each.learner, each.id) for each in class_]
    found = sittings.open_for_each(asked, NOW)
    assert [found[each].learner for each in asked] == [learner for learner, _ in asked]
    assert len({id(each.unit) for each in found.values()}) == 1
    assert found[asked[0]].unit == unit


def test_a_pause_applies_to_the_learner_s_next_page():
    mia = make_user()
    first = opened(learner=mia)
    sittings.pause(first, True)
    second = opened(learner=mia, now=NOW + timedelta(minutes=1))
    assert second.paused
    assert not opened(now=NOW + timedelta(minutes=1)).paused
    sittings.pause(second, False)
    assert not opened(learner=mia, now=NOW + timedelta(minutes=2)).paused


def test_a_pause_applies_to_an_earlier_page_that_is_opened_again():
    mia, unit, page = make_user(), make_unit(), uuid.uuid4()
    first = opened(learner=mia, unit=unit, page=page)
    second = opened(learner=mia, now=NOW + timedelta(minutes=1))
    sittings.pause(second, True)
    again = opened(learner=mia, unit=unit, page=page, now=NOW + timedelta(minutes=2))
    assert again == first
    first.refresh_from_db()
    assert first.paused


def test_opening_a_page_again_ends_no_pause():
    mia, unit, page = make_user(), make_unit(), uuid.uuid4()
    sittings.pause(opened(learner=mia, unit=unit, page=page), True)
    sittings.pause(opened(learner=mia, now=NOW + timedelta(minutes=1)), False)
    assert opened(learner=mia, unit=unit, page=page, now=NOW + timedelta(minutes=2)).paused


def test_a_pause_of_an_old_page_is_forgotten():
    mia = make_user()
    sittings.pause(opened(learner=mia), True)
    assert not opened(learner=mia, now=NOW + sittings.IDLE_AFTER).paused


def test_a_page_reopened_after_twelve_hours_stays_paused():
    mia, unit, page = make_user(), make_unit(), uuid.uuid4()
    sittings.pause(opened(learner=mia, unit=unit, page=page), True)
    assert opened(learner=mia, unit=unit, page=page, now=NOW + sittings.LONGEST).paused


def test_a_closed_sitting_is_not_found_any_more():
    sitting = opened()
    sittings.close(sitting, now=NOW + timedelta(seconds=40))
    assert sittings.open_for(sitting.learner, sitting.id, NOW + timedelta(seconds=41)) is None


def test_closing_deletes_windows_that_had_not_begun():
    sitting = opened()
    windows.fall_due(sitting.id, 0.0, NOW)
    sittings.close(sitting, now=NOW + timedelta(seconds=12))
    begun = [windows.span(cut)[0] for cut in Window.objects.values_list("cut", flat=True)]
    assert begun
    assert max(begun) <= 12


def test_the_sweep_closes_idle_and_old_sittings_only():
    silent, old, live = opened(), opened(), opened()
    now = NOW + sittings.LONGEST + timedelta(minutes=1)
    Sitting.objects.filter(id=old.id).update(active_at=now)
    Sitting.objects.filter(id=live.id).update(active_at=now, began_at=now - timedelta(hours=1))
    assert sittings.close_stale(now) == 2
    still = set(Sitting.objects.filter(ended_at=None).values_list("id", flat=True))
    assert still == {live.id}
    silent.refresh_from_db()
    assert silent.ended_at == NOW + sittings.LONGEST


def test_touching_never_moves_activity_back():
    sitting = opened()
    sittings.touch(sitting.id, NOW + timedelta(seconds=9))
    sittings.touch(sitting.id, NOW + timedelta(seconds=3))
    sitting.refresh_from_db()
    assert sitting.active_at == NOW + timedelta(seconds=9)


def test_pausing_is_remembered():
    sitting = opened()
    sittings.pause(sitting, True)
    sitting.refresh_from_db()
    assert sitting.paused


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_unit_is_sat_as_a_course(kind):
    assert sittings.scenario_of(make_unit(kind=kind)) == "course"


def test_a_scenario_outside_the_list_is_refused_by_the_database():
    with pytest.raises(IntegrityError), transaction.atomic():
        opened(scenario="an exam")


def test_nothing_is_sensed_around_a_video_on_another_site():
    unit = make_unit(kind="external")
    assert sittings.scenarios_of(unit) == ()
    sitting = opened(unit=unit)
    assert sittings.may_be_silent(sitting)
    assert sittings.senses_nothing(sitting, NOW)
    assert not sittings.may_be_silent(opened())
    assert not sittings.senses_nothing(opened(), NOW)
