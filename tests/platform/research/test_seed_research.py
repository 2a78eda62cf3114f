"""The demo's research: an approved study, two raters' labels of simulated people, and a Run."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.people import find_by_login
from authoring.imports.import_course import import_package
from consent.notices import notices
from demo import class_history, learner_history
from demo.class_history import PARTICIPANTS
from demo.seed_data import COURSE_PACKAGE
from demo.simulated_learners import people
from research.labels.rater_agreement import measure_task_agreement
from research.management.commands.seed_research import AGREE, RATER_LOGIN, STREAMS
from research.models import Label, LabelItem, LabelTask, Run, Study
from research.studies import study_setup
from tests.fixtures import factories
from tests.fixtures.models.estimates import register_shipped

pytestmark = pytest.mark.django_db


@pytest.fixture
def today():
    return timezone.now()


@pytest.fixture
def course(settings, tmp_path, today):
    settings.MEDIA_ROOT = tmp_path / "media"
    return import_package(COURSE_PACKAGE, now=today, tell=lambda *_: None).course


@pytest.fixture
def users(demo, course, today):
    notices.publish(today - learner_history.SPAN)
    found = people.enrol(course, 3, now=today - learner_history.SPAN)
    for user in found:
        people.allow(user, now=today)
    return found


def test_a_researcher_finds_a_study_labels_and_a_run(users, course, ravi, sara, today):
    """One history serves all checks, since making one takes seconds."""
    register_shipped("prior", now=today)
    class_history.seed(users, course, now=today, say=lambda _: None)
    the_study_is_approved_and_binds_ravi(ravi, sara, today)
    two_raters_labelled_every_moment_and_often_agree(users, ravi, today)
    the_run_is_on_simulated_people_and_waits_for_the_worker(ravi)
    a_second_time_changes_nothing(users, course, today)


def the_study_is_approved_and_binds_ravi(ravi, sara, today):
    study = Study.objects.get()
    assert "(simulated)" in study.title
    assert study.answered_by == sara
    assert study_setup.may_take(study, ravi, now=today)


def two_raters_labelled_every_moment_and_often_agree(users, ravi, today):
    task = LabelTask.objects.get()
    items = list(LabelItem.objects.filter(task=task).select_related("learner"))
    assert len(items) > 10
    assert all(item.learner.simulated for item in items)
    assert {item.learner for item in items} <= set(users[:PARTICIPANTS])
    second = find_by_login(RATER_LOGIN)
    assert second.simulated
    for rater in (ravi, second):
        assert Label.objects.filter(item__task=task, rater=rater).count() == len(items)
    found = measure_task_agreement(task, now=today)
    assert found.moments == len(items)
    assert AGREE - 0.35 < found.alpha.value < 1


def the_run_is_on_simulated_people_and_waits_for_the_worker(ravi):
    run = Run.objects.get()
    assert (run.recipe, run.state, run.simulated) == ("sam", "waiting", True)
    assert run.due_at is not None


def a_second_time_changes_nothing(users, course, today):
    before = Label.objects.count()
    call_command("seed_research", course.slug)
    assert (Study.objects.count(), LabelTask.objects.count(), Run.objects.count()) == (1, 1, 1)
    assert Label.objects.count() == before


def test_without_estimates_there_is_a_study_and_no_label(users, course, ravi, sara, today):
    call_command("seed_research", course.slug)
    assert Study.objects.count() == 1
    assert not LabelTask.objects.exists()
    assert find_by_login(RATER_LOGIN) is None


def test_without_a_researcher_nothing_is_made(users, course, sara, today):
    call_command("seed_research", course.slug)
    assert not Study.objects.exists()
    assert not Run.objects.exists()


def test_moments_of_real_people_get_no_invented_labels(users, course, mia, allow, ravi, sara):
    factories.make_enrolment(mia, course)
    for stream in STREAMS:
        for purpose in ("adapt", "research"):
            allow(mia, f"{stream}:{purpose}")
    with pytest.raises(ValueError, match="only simulated"):
        call_command("seed_research", course.slug)
    assert not LabelTask.objects.exists()
