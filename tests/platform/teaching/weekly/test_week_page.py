"""The week's summary names at most three parts with their evidence, across the course's lessons."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from estimates.models import Cell, Publication
from teaching.weekly import summary_mails, week_summary
from telemetry.models import Sitting
from tests.fixtures import class_activity, factories
from tests.fixtures.users import make
from tests.platform.teaching.dashboard.test_course_answers import hard_chapter  # noqa: F401

pytestmark = pytest.mark.django_db
WEEK = "/teach/algebra/week/"


@pytest.fixture
def teacher(client_for, course, ines, settings):
    settings.LEGAL_PROFILE = "demo"
    return client_for(ines)


def read(response):
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_a_hard_part_is_named_with_its_evidence_and_a_way_to_change_it(
    teacher,
    hard_chapter,  # noqa: F811
    video,
):
    response = teacher.get(WEEK)
    said, page = read(response), response.content.decode()
    assert "Add a question after “Find the pair”" in said
    assert "“Find the pair” (0:25–0:50) was harder than usual." in said
    assert "22 of 30 learners replayed it" in said
    assert f"/teach/algebra/lessons/{video.code}/?part=c1" in page
    assert f"/author/courses/algebra/questions/new/?unit={video.code}&amp;t=50" in page


def test_a_lesson_that_was_not_opened_for_seven_days_is_not_in_it(
    course,
    ines,
    hard_chapter,  # noqa: F811
):
    now = timezone.now()
    assert len(week_summary.load_week_summary(course, now=now).items) == 1
    assert week_summary.load_week_summary(course, now=now + timedelta(days=7)).items == ()


def test_the_hardest_of_all_lessons_comes_first_and_the_rest_is_counted(
    course,
    hard_chapter,  # noqa: F811
    monkeypatch,
):
    """A second lesson, where all of the people replayed a part."""
    harder = factories.make_video_unit(course)
    harder.video.chapters = [
        {"start": 25 * at, "end": 25 * at + 25, "title": f"Part {at}"} for at in range(4)
    ]
    harder.video.save(update_fields=["chapters"])
    class_activity.watch(hard_chapter, harder, at=timezone.now() - timedelta(days=1), back=(53, 70))
    found = week_summary.load_week_summary(course, now=timezone.now())
    assert [item.finding.part.title for item in found.items] == ["Part 2", "Find the pair"]
    assert (found.lessons, found.more) == (2, 0)
    monkeypatch.setattr(week_summary, "MOST_ITEMS", 1)
    found = week_summary.load_week_summary(course, now=timezone.now())
    assert [item.finding.part.title for item in found.items] == ["Part 2"]
    assert found.more == 1


def test_only_the_lessons_that_most_people_opened_are_compared(
    teacher,
    course,
    hard_chapter,  # noqa: F811
    monkeypatch,
):
    class_activity.watch(
        hard_chapter[:20], factories.make_video_unit(course), at=timezone.now() - timedelta(days=1)
    )
    monkeypatch.setattr(week_summary, "MOST_LESSONS", 1)
    found = week_summary.load_week_summary(course, now=timezone.now())
    assert [item.finding.part.title for item in found.items] == ["Find the pair"]
    assert (found.lessons, found.others) == (1, 1)
    assert "The lesson that was opened most was compared." in read(teacher.get(WEEK))


def test_a_lesson_opened_again_is_in_it_with_all_counts_so_far(
    teacher,
    course,
    hard_chapter,  # noqa: F811
    video,
):
    now = timezone.now()
    Sitting.objects.update(began_at=now - timedelta(days=30))
    assert "Too few people to say." in read(teacher.get(WEEK))
    Sitting.objects.filter(learner__in=hard_chapter[:6]).update(began_at=now - timedelta(days=1))
    said = read(teacher.get(WEEK))
    assert "with all counts so far" in said
    assert "22 of 30 learners replayed it" in said


def test_findings_about_simulated_learners_say_so(
    teacher,
    course,
    ines,
    hard_chapter,  # noqa: F811
):
    assert "This week simulated" not in read(teacher.get(WEEK))
    course.enrolments.filter(role="learner").exclude(user__in=hard_chapter).delete()
    User.objects.filter(pk__in=[person.pk for person in hard_chapter]).update(simulated=True)
    assert "This week simulated" in read(teacher.get(WEEK))
    assert "simulated" in read(teacher.get("/teach/algebra/")).split("What went wrong")[2][:80]
    assert summary_mails.find_reason(ines, now=timezone.now()) is None


@pytest.fixture
def confused(course, video, settings):
    """Publish eight quarters in which the second chapter confused more than the others."""
    settings.LEGAL_PROFILE = "demo"
    now = timezone.now()
    for quarter in range(8):
        made = Publication.objects.create(
            course=course, quarter=now - timedelta(hours=quarter + 1), at=now
        )
        for chapter, share in enumerate((15, 60, 15, 15)):
            Cell.objects.create(
                publication=made, unit=video, chapter=chapter, at=now, floor=5, n=60,
                labels=["CONFUSION"], shares=[share], unsure=5,
            )  # fmt: skip


def load_counting(course):
    """Return how many queries read estimates, and the summary."""
    with CaptureQueriesContext(connection) as asked:
        found = week_summary.load_week_summary(course, now=timezone.now())
    return sum("estimates_" in query["sql"] for query in asked), found


def test_published_estimates_explain_a_part_and_are_loaded_once(
    course,
    hard_chapter,  # noqa: F811
    confused,
):
    queries, found = load_counting(course)
    (item,) = found.items
    assert [line.title for line in item.finding.evidence if line.look == "sensed"] == [
        "Confusion, estimated"
    ]
    another = factories.make_video_unit(course)
    class_activity.watch(hard_chapter, another, at=timezone.now() - timedelta(days=1))
    with_two, found = load_counting(course)
    assert found.lessons == 2
    assert with_two == queries


def test_the_reason_of_the_mail_ends_with_the_first_finding(
    course,
    hard_chapter,  # noqa: F811
):
    now = timezone.now()
    with CaptureQueriesContext(connection) as alone:
        assert week_summary.has_real_findings(course, now=now)
    another = factories.make_video_unit(course)
    class_activity.watch(hard_chapter[:20], another, at=now - timedelta(days=1))
    with CaptureQueriesContext(connection) as both:
        assert week_summary.has_real_findings(course, now=now)
    assert len(both) == len(alone)


def test_without_activity_it_says_too_few(teacher):
    assert "Too few people to say." in read(teacher.get(WEEK))


def test_equal_parts_read_no_difference_seen(teacher, course, video, quiz):
    at = timezone.now() - timedelta(days=1)
    class_activity.watch(class_activity.class_of(course, 12, now=at), video, at=at)
    said = read(teacher.get(WEEK))
    assert "No difference seen" in said
    assert "was harder than usual" not in said


def test_a_teacher_who_is_no_author_gets_the_reasons_instead_of_the_editor(
    client_for,
    course,
    hard_chapter,  # noqa: F811
    settings,
):
    settings.LEGAL_PROFILE = "demo"
    other = make("otto")
    factories.make_enrolment(other, course, role="teacher")
    response = client_for(other).get(WEEK)
    assert "/author/" not in response.content.decode()
    assert "See why" in read(response)


def test_an_only_course_opens_at_once_and_several_are_listed(teacher, course, ines):
    assert teacher.get("/teach/")["Location"] == WEEK
    other = factories.make_course(title="Geometry")
    factories.make_enrolment(ines, other, role="teacher")
    said = read(teacher.get("/teach/"))
    assert "Geometry" in said
    assert course.title in said


def test_a_person_who_teaches_nothing_is_told_so(client_for, mia):
    assert "You do not teach a course yet" in read(client_for(mia).get("/teach/"))


def test_a_teacher_turns_the_mail_off_and_on(teacher, ines, settings):
    settings.EMAIL_HOST = "127.0.0.1"
    assert 'name="weekly_mail" checked' in teacher.get(WEEK).content.decode()
    for sent, wanted in ({}, False), ({"weekly_mail": "on"}, True):
        assert teacher.post(f"{WEEK}mail/", sent)["Location"] == WEEK
        assert User.objects.get(pk=ines.pk).weekly_mail is wanted


def test_a_learner_of_the_course_reads_no_summary(client_for, course, mia):
    assert client_for(mia).get(WEEK).status_code == 403
    assert client_for(mia).post(f"{WEEK}mail/", {}).status_code == 403
