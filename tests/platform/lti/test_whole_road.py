"""From a link at a platform by others to a lesson here, and the grade back."""

from __future__ import annotations

from django.utils import timezone

from accounts.models import User
from accounts.people import name_of
from courses.models import Enrolment
from lti.models import PlatformAccount, SentGrade
from lti.services import grades
from tests.fixtures.exams import take


def test_a_launch_opens_the_lesson_and_its_grade_arrives_at_the_platform(lesson, outside, visit):
    outside.ask(custom={"unit": str(lesson.code)})
    browser = visit()
    answer = browser.launch()
    assert answer.headers["Location"] == f"/units/{lesson.code}/", answer.text
    assert lesson.title in browser.client.get(answer.headers["Location"]).text
    learner = PlatformAccount.objects.get().person
    assert (name_of(learner), learner.roles) == ("Eve Example", ["learner"])
    assert Enrolment.objects.get(user=learner, course=lesson.course).role == "learner"
    assert grades.send_due(clock=timezone.now) == 0
    take(learner, lesson, "5", "5", "4")
    assert grades.send_due(clock=timezone.now) == 1
    (score,) = outside.seen["scores"]
    assert (score["userId"], score["scoreGiven"], score["scoreMaximum"]) == ("user-7", 67, 100)
    assert (score["activityProgress"], score["gradingProgress"]) == ("Completed", "FullyGraded")
    assert SentGrade.objects.get().percent == 67
    assert grades.send_due(clock=timezone.now) == 0


def test_a_second_launch_finds_the_same_person(lesson, visit):
    visit().launch()
    visit().launch()
    assert PlatformAccount.objects.count() == 1
    assert User.objects.filter(roles=["learner"]).count() == 1
