"""The simulated class: the lesson map finds the planted part, the page of effects both results.

Everything written is of people marked as simulated, and every figure comes from the pages' code.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.people import name_of
from adaptation.models import CourseRule, Intervention, ProximalOutcome, Trial
from consent.notices import notices
from courses.models import Completion, Response
from demo import learner_history
from demo.class_weeks.weeks import write_weeks
from demo.seed_data import MESSAGE
from demo.simulated_learners import people
from estimates.models import AffectEstimate, MasteryEstimate, SelfReport
from messaging import conversations
from messaging.models import Conversation, ConversationReply, TeacherMessage
from teaching.dashboard.course_answers import load_effect_answers, load_lesson_answers
from teaching.effects import views as effects_views
from teaching.groups.group_filter import audience_of
from teaching.lessons.lesson_list import list_lessons
from teaching.lessons.lesson_map import load_lesson_map, load_parts
from teaching.weekly.week_summary import load_week_summary
from telemetry.models import Block, Event, Sitting, Window
from tests.fixtures import factories
from tests.fixtures.browser.demo_course import import_demo_course

pytestmark = pytest.mark.django_db
CLASS_SIZE = 60
PLANTED = [(4, "Quiz question 5"), (4, "Let the signs guide you")]


@pytest.fixture
def today():
    return timezone.now()


@pytest.fixture
def course(settings, tmp_path, ines, today):
    settings.MEDIA_ROOT, settings.LEGAL_PROFILE = tmp_path / "media", "demo"
    notices.publish(today - learner_history.SPAN)
    course = import_demo_course(now=today)
    factories.make_enrolment(ines, course, role="teacher")
    return course


@pytest.fixture
def class_(course, today):
    return people.enrol(course, CLASS_SIZE, now=today - learner_history.SPAN)


@pytest.fixture
def written(course, class_, ines, today):
    return write_weeks(class_, course, now=today, teacher=ines)


def find_harder(course):
    """Return the parts that any lesson's map calls harder than usual, hardest first."""
    audience = audience_of(course)
    assert (audience.n, audience.simulated) == (CLASS_SIZE, True)
    return [
        (lesson.number, part.title)
        for lesson in list_lessons(course)
        for part in load_parts(lesson, audience, None)[0]
        if part.is_harder
    ]


def test_every_page_of_the_teacher_shows_what_was_planted(written, course, ines, today):
    """One class serves all checks, since writing one takes seconds."""
    the_map_ranks_the_planted_part_first(course, today)
    today_and_the_week_name_it(course, today)
    one_experiment_has_an_effect_and_the_other_has_none(course)
    the_rules_are_as_built_in_again(course)
    the_records_span_four_weeks_and_leave_nothing_to_do(written, today)
    everything_is_of_simulated_people_and_nothing_is_sensed()
    a_second_time_writes_nothing(written, course, ines, today)
    the_class_gets_a_message_and_a_simulated_learner_replies(course, ines)


def the_map_ranks_the_planted_part_first(course, today):
    assert find_harder(course) == PLANTED
    lesson = list_lessons(course)[3]
    found = load_lesson_map(course, lesson, now=today)
    assert not found.is_estimated  # from deeds alone
    question, chapter = found.harder
    assert {each.source for each in chapter.drivers} == {"replayed", "stuck"}
    assert {each.source for each in question.drivers} == {"wrong", "hints", "stuck"}
    assert load_lesson_map(course, lesson, wanted=question.key, now=today).same is not None


def today_and_the_week_name_it(course, today):
    shown = load_lesson_answers(course, now=today)
    assert (shown.lesson.number, shown.harder) == (4, 2)
    week = load_week_summary(course, now=today)
    assert [(item.lesson.number, item.finding.part.title) for item in week.items] == PLANTED


def one_experiment_has_an_effect_and_the_other_has_none(course):
    helps, alike = effects_views.load_cards(course, {})
    assert (helps.rule, alike.rule) == ("R1", "R8")
    for card in (helps, alike):
        assert (card.state, card.simulated, card.decisions) == ("ended", True, card.planned)
    assert helps.said.startswith("It helps")
    assert alike.said.startswith("No difference was found")
    assert load_effect_answers(course).headline == helps.said


def the_rules_are_as_built_in_again(course):
    rows = CourseRule.objects.filter(course=course)
    assert {row.rule: (row.enabled, row.version, row.share) for row in rows} == {
        "R1": (True, None, None),
        "R8": (True, None, None),
    }


def the_records_span_four_weeks_and_leave_nothing_to_do(written, today):
    began = [sitting.began_at for sitting in written.sittings]
    assert timedelta(days=24) < today - min(began) < learner_history.SPAN
    assert timedelta(0) < today - max(row.ended_at for row in written.sittings) < timedelta(days=3)
    for event in Event.objects.select_related("sitting"):
        assert event.sitting.began_at <= event.at <= event.sitting.ended_at
    assert Completion.objects.filter(done_at__isnull=False).count() > 400
    assert not ProximalOutcome.objects.filter(due_at__isnull=False).exists()
    assert not MasteryEstimate.objects.filter(due_at__isnull=False).exists()
    assert not Sitting.objects.filter(ended_at=None).exists()
    newest = Intervention.objects.latest("decided_at").decided_at
    assert today - newest > timedelta(days=7)  # so no reason of a decision is kept


def everything_is_of_simulated_people_and_nothing_is_sensed():
    for model in (Sitting, Response, Completion, Intervention, MasteryEstimate, SelfReport):
        learners = {row.learner for row in model.objects.select_related("learner")}
        assert learners
        assert all(learner.simulated for learner in learners), model
        assert all("(simulated)" in name_of(learner) for learner in learners)
    for model in (AffectEstimate, Block, Window):
        assert not model.objects.exists()


def a_second_time_writes_nothing(written, course, ines, today):
    users = [*{sitting.learner for sitting in written.sittings}]
    again = write_weeks(users, course, now=today, teacher=ines)
    assert not again.sittings
    assert Trial.objects.count() == 2


def the_class_gets_a_message_and_a_simulated_learner_replies(course, ines):
    for _ in range(2):
        call_command("seed_message", str(MESSAGE), verbosity=0)
    message = TeacherMessage.objects.get()
    assert (message.author, message.audience, message.unit.ref) == (ines, "class", "video-04")
    assert Conversation.objects.count() == CLASS_SIZE
    assert 0 < Conversation.objects.filter(read_at=None).count() < CLASS_SIZE / 2
    replies = ConversationReply.objects.order_by("made_at")
    assert [reply.by_learner for reply in replies] == [True, False, True, True]
    assert all(reply.author.simulated == reply.by_learner for reply in replies)
    assert conversations.count_answers(course) == 2


def test_without_the_planting_no_part_is_found(course, class_, today):
    write_weeks(class_, course, now=today, hard=None)
    assert find_harder(course) == []
    assert load_week_summary(course, now=today).items == ()


def test_people_who_are_not_simulated_get_no_records(course, mia, today):
    factories.make_enrolment(mia, course)
    with pytest.raises(ValueError, match="simulated"):
        write_weeks([mia], course, now=today)
    assert not Sitting.objects.exists()
