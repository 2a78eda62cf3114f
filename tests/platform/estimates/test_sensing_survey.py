""" "Did being sensed bother you?": asked twice where it applies, sealed, and shown in groups."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent.grants import consent_intervals
from consent.notices import notices
from consent.permits import gate
from courses import completion
from estimates import sensing_survey
from estimates.models import SensingReport
from estimates.sensing_survey import STEPS, SurveyQuestion
from telemetry import sittings
from tests.fixtures import factories
from tests.fixtures.consent import withdraw
from tests.fixtures.users import make

pytestmark = pytest.mark.django_db
SCOPE = "pointer:adapt"
HOUR = timedelta(hours=1)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def published(db, now):
    return notices.publish(now - 24 * HOUR)


@pytest.fixture
def course(mia):
    made = factories.make_course("algebra", title="Algebra")
    for _ in range(4):
        factories.make_reading_unit(made)
    factories.make_enrolment(mia, made)
    return made


def sit(person, course, at):
    unit = course.units.first()
    sitting = sittings.open(person, unit, scenario="course", page=uuid.uuid4(), now=at)
    sittings.touch(sitting.id, at + timedelta(minutes=10))


def do(person, course, units, now):
    for unit in course.units.order_by("position")[:units]:
        completion.mark_done(person, unit, now=now)


def say(person, course, said, now, point="middle"):
    permit = gate.permit(person.code, "course", now=now)
    return sensing_survey.answer(SurveyQuestion(course, point), said, permit, now=now)


@pytest.mark.parametrize(
    ("done", "total", "point"),
    [(0, 4, None), (1, 4, None), (2, 4, "middle"), (3, 4, "middle"), (4, 4, "end"), (0, 0, None)],
)
def test_the_middle_is_half_of_the_units_and_the_end_all_of_them(done, total, point):
    assert sensing_survey.point_of(done, total) == point


def test_only_who_had_sensing_on_while_in_this_course_is_asked(mia, course, allow, now):
    points = {course: "middle"}
    sit(mia, course, now - 3 * HOUR)
    assert sensing_survey.list_due(mia, points) == []
    allow(mia, SCOPE, now=now - 2 * HOUR)
    assert sensing_survey.list_due(mia, points) == []
    sit(mia, course, now - HOUR)
    other = factories.make_course("geometry")
    assert sensing_survey.list_due(mia, {**points, other: "end"}) == [
        SurveyQuestion(course, "middle")
    ]


def test_a_learner_who_withdrew_is_asked_too(mia, course, allow, now):
    allow(mia, SCOPE, now=now - 2 * HOUR)
    sit(mia, course, now - HOUR)
    withdraw(mia, [SCOPE], now=now - HOUR / 2)
    ((begin, end),) = consent_intervals.find_allowed_intervals(mia)
    assert (begin, end) == (now - 2 * HOUR, now - HOUR / 2)
    assert sensing_survey.list_due(mia, {course: "middle"}) == [SurveyQuestion(course, "middle")]


@pytest.mark.parametrize("said", [*STEPS, "none"])
def test_an_answer_or_skipping_ends_the_question_until_the_next_point(
    mia, course, allow, now, said
):
    allow(mia, SCOPE, now=now - 2 * HOUR)
    sit(mia, course, now - HOUR)
    assert say(mia, course, said, now)
    assert not say(mia, course, "very", now)
    assert sensing_survey.list_due(mia, {course: "middle"}) == []
    assert sensing_survey.list_due(mia, {course: "end"}) == [SurveyQuestion(course, "end")]
    row = SensingReport.objects.get()
    assert said.encode() not in bytes(row.sealed)


def test_an_unknown_answer_is_refused(mia, course, now):
    with pytest.raises(ValueError, match="expected one of"):
        say(mia, course, "I cried", now)
    assert not SensingReport.objects.exists()


def counted(people, course, words, now):
    for number, (person, word) in enumerate(zip(people, words, strict=True)):
        say(person, course, word, now + timedelta(seconds=number))
    found = sensing_survey.count_answers(now=now)
    return [(each.people, each.uneasy, each.simulated) for each in found]


@pytest.fixture
def many(db, now):
    return [make(f"person{number}", now=now) for number in range(16)]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        pytest.param(["very"] * 4, (None, None, False), id="under the floor"),
        pytest.param(["very"] * 4 + ["none"] * 9, (None, None, False), id="no answer is none"),
        pytest.param(["very"] * 5, (5, None, False), id="nobody on the other side"),
        pytest.param(["very"] * 5 + ["a_little"] * 5, (10, 5, False), id="enough on both sides"),
        pytest.param(["somewhat"] * 6 + ["a_little"] * 8, (10, None, False), id="whole groups"),
        pytest.param(["quite"] * 8 + ["not_at_all"] * 8, (15, 8, False), id="three groups"),
    ],
)
def test_counts_are_of_whole_groups_and_identify_no_one(demo, many, course, words, shown, now):
    assert counted(many[: len(words)], course, words, now) == [shown]


def test_simulated_people_are_counted_apart_and_marked(demo, many, course, now):
    for person in many[:3]:
        person.simulated = True
        person.save(update_fields=["simulated"])
    assert counted(many[:4], course, ["very", "very", "a_little", "a_little"], now) == [
        (3, 2, True)
    ]


def test_without_a_profile_nothing_is_counted(settings, many, course, now):
    settings.LEGAL_PROFILE = ""
    assert counted(many[:10], course, ["very"] * 10, now) == []


def test_the_start_page_asks_and_who_was_uneasy_is_shown_the_switch(
    client_for, mia, course, allow, now
):
    allow(mia, SCOPE, now=now - 2 * HOUR)
    sit(mia, course, now - HOUR)
    client = client_for(mia)
    assert "Did sensing bother you" not in client.get("/").content.decode()
    do(mia, course, 2, now)
    assert "Did sensing bother you" in client.get("/").content.decode()
    assert client.post("/courses/algebra/sensed/", {"said": "hm"}).status_code == 400
    page = client.post("/courses/algebra/sensed/", {"said": "very"}).content.decode()
    assert 'href="/consents/"' in page
    assert "very" not in page[page.index("<main") : page.index("</main>")]
    assert "Did sensing bother you" not in client.get("/").content.decode()
    do(mia, course, 4, now)
    answer = client.post("/courses/algebra/sensed/", {"said": "none"})
    assert (answer.status_code, answer.url) == (302, "/courses/algebra/")
    assert SensingReport.objects.count() == 2
    client.post("/courses/algebra/sensed/", {"said": "very"})
    assert SensingReport.objects.count() == 2


def test_it_takes_as_many_queries_for_five_courses_as_for_one(mia, course, allow, now):
    def asked(points):
        with CaptureQueriesContext(connection) as found:
            sensing_survey.list_due(mia, points)
        return len(found)

    allow(mia, SCOPE, now=now - 2 * HOUR)
    sit(mia, course, now - HOUR)
    more = {factories.make_course(f"c{n}"): "end" for n in range(4)}
    assert asked({course: "middle"}) == asked({course: "middle", **more}) == 3


def test_the_steward_reads_a_count_or_why_there_is_none(client_for, amir, demo, many, course, now):
    client = client_for(amir)
    assert "No one has been asked yet." in client.get("/steward/consents/").content.decode()
    counted(many[:4], course, ["very"] * 4, now)
    assert "Too few people to show" in client.get("/steward/consents/").content.decode()
