from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from telemetry.models import Sitting
from tests.fixtures.exams import make_test
from tests.fixtures.factories import make_enrolment, make_unit

pytestmark = pytest.mark.django_db
URL = "/api/v1/sittings/"


@pytest.fixture
def unit(mia):
    unit = make_unit()
    make_enrolment(mia, unit.course)
    return unit


def begin(client, where, **fields):
    asked = {"unit": str(where.code), "page": str(uuid.uuid4()), **fields}
    return client.post(URL, asked, content_type="application/json")


def test_a_learner_begins_a_sitting_of_a_unit(client_for, mia, unit):
    answer = begin(client_for(mia), unit, scenario="course")
    assert answer.status_code == 201
    sitting = Sitting.objects.get()
    assert answer.json()["sitting"] == str(sitting.id)
    assert 0 <= answer.json()["now"] < 5
    assert (sitting.learner, sitting.unit, sitting.scenario) == (mia, unit, "course")


def test_the_scenario_need_not_be_named(client_for, mia, unit):
    assert begin(client_for(mia), unit).status_code == 201
    assert Sitting.objects.get().scenario == "course"


@pytest.mark.parametrize("scenario", ["practice", "graded"])
def test_a_page_does_not_choose_the_scenario_of_its_unit(client_for, mia, unit, scenario):
    answer = begin(client_for(mia), unit, scenario=scenario)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"
    assert f"expected course or discussion, got {scenario}" in str(answer.json())
    assert not Sitting.objects.exists()


@pytest.mark.parametrize("scenario", ["course", "practice", "discussion"])
def test_a_graded_test_cannot_have_another_scenario(client_for, mia, scenario):
    test = make_test(mia)
    assert begin(client_for(mia), test, scenario=scenario).status_code == 400
    assert begin(client_for(mia), test).status_code == 201
    assert Sitting.objects.get().scenario == "graded"


def test_the_discussion_of_a_unit_has_its_own_sitting_on_the_same_page(client_for, mia, unit):
    page = str(uuid.uuid4())
    for scenario in ("course", "discussion"):
        assert begin(client_for(mia), unit, scenario=scenario, page=page).status_code == 201
    assert Sitting.objects.get(ended_at=None).scenario == "discussion"
    assert Sitting.objects.exclude(ended_at=None).get().scenario == "course"


def test_a_unit_that_opens_later_has_no_sitting_yet(client_for, mia, unit):
    unit.opens_at = timezone.now() + timedelta(minutes=5)
    unit.save()
    assert begin(client_for(mia), unit).status_code == 403
    assert not Sitting.objects.exists()


def test_asking_twice_for_one_page_begins_one_sitting(client_for, mia, unit):
    page = str(uuid.uuid4())
    first, second = (begin(client_for(mia), unit, page=page).json() for _ in range(2))
    assert first["sitting"] == second["sitting"]


def test_a_stranger_gets_404_and_a_visitor_401(client_for, client, mallory, unit):
    assert begin(client_for(mallory), unit).status_code == 404
    assert begin(client, unit).status_code == 401
    assert not Sitting.objects.exists()


def test_the_teacher_of_the_course_gets_403(client_for, ines, unit):
    make_enrolment(ines, unit.course, role="teacher")
    assert begin(client_for(ines), unit).status_code == 403


@pytest.mark.parametrize("fields", [{"page": "mine"}, {"scenario": "exam"}, {"unit": ""}])
def test_an_invalid_request_gets_400_with_a_code(client_for, mia, unit, fields):
    answer = begin(client_for(mia), unit, **fields)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"


@pytest.mark.parametrize("scenario", ["course", "discussion"])
def test_a_video_on_another_site_has_no_sitting(client_for, mia, unit, scenario):
    answer = begin(client_for(mia), make_unit(unit.course, kind="external"), scenario=scenario)
    assert answer.status_code == 400
    assert "the video is on another site" in str(answer.json())
    assert not Sitting.objects.exists()
