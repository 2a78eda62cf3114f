"""The demo's history: course records for everybody, Estimates of simulated people only.

The Estimates are at most six days old, and nothing is left to be processed.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from django.utils import timezone

from accounts.models import User
from adaptation.models import Intervention
from authoring.imports.import_course import import_package
from courses.models import Completion, Response
from demo import class_history, learner_history
from demo.class_weeks.weeks import write_weeks
from demo.learner_history import HistoryProfile
from demo.seed_data import COURSE_PACKAGE
from demo.simulated_learners import launcher, people
from estimates.knowledge import mastery
from estimates.models import AffectEstimate, MasteryEstimate, SelfReport
from telemetry.models import Block, Event, Sitting, Window
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
def past(mia, course, today):
    """mia's four weeks; she is weak enough to need help."""
    factories.make_enrolment(mia, course)
    return learner_history.write_history(
        mia, course, HistoryProfile(-2.5, offers=20), now=today, rng=Random(1)
    )


@pytest.fixture
def predictor(today):
    return register_shipped("prior", now=today)


@pytest.fixture
def class_(demo, course, today):
    """Five simulated people who consented, with their history, and the output of making it."""
    from consent.notices import notices

    notices.publish(today - learner_history.SPAN)
    users = people.enrol(course, 5, now=today - learner_history.SPAN)
    for user in users:
        people.allow(user, now=today)
    lines = []
    class_history.seed(users, course, now=today, say=lines.append)
    return lines


def test_a_history_is_complete_and_only_a_history(past, mia, course, today):
    """One history serves all checks, since writing one takes seconds."""
    it_is_made_of_course_records_of_four_weeks(past, mia, today)
    mastery_has_its_range(mia, today)
    offers_are_of_r1_and_older_than_the_retention(today)
    it_leaves_nothing_to_do_and_nothing_sensed()
    events_of_a_sitting_lie_inside_it()
    a_second_time_changes_nothing(mia, course, today)


def it_is_made_of_course_records_of_four_weeks(past, mia, today):
    began = Sitting.objects.order_by("began_at").values_list("began_at", flat=True)
    assert past == began.count() == 9
    assert timedelta(days=25) < today - began[0] < learner_history.SPAN
    assert timedelta(0) < today - began.last() < timedelta(days=4)
    assert Completion.objects.filter(learner=mia, done_at__isnull=False).count() >= 6
    assert Response.objects.filter(learner=mia, correct=True).exists()
    assert Response.objects.filter(learner=mia, correct=False).exists()
    assert SelfReport.objects.filter(learner=mia).exists()


def mastery_has_its_range(mia, today):
    from consent.permits import gate

    permit = gate.permit(mia.code, "course", now=today)
    row = MasteryEstimate.objects.filter(learner=mia, skill__isnull=False).first()
    known = mastery.read(permit).of_skills([row.skill])[0]
    assert known.n
    assert known.lo < known.p < known.hi
    assert not MasteryEstimate.objects.filter(due_at__isnull=False).exists()


def offers_are_of_r1_and_older_than_the_retention(today):
    offers = list(Intervention.objects.all())
    assert offers
    for offer in offers:
        assert (offer.rule, offer.outcome, offer.scopes) == ("R1", "accepted", [])
        assert today - offer.decided_at > timedelta(days=7)


def it_leaves_nothing_to_do_and_nothing_sensed():
    assert not Window.objects.exists()
    assert not Sitting.objects.filter(ended_at=None).exists()
    assert not AffectEstimate.objects.exists()
    assert not Block.objects.exists()


def events_of_a_sitting_lie_inside_it():
    for sitting in Sitting.objects.all():
        assert sitting.active_at == sitting.ended_at
        for at in Event.objects.filter(sitting=sitting).values_list("at", flat=True):
            assert sitting.began_at <= at <= sitting.ended_at


def a_second_time_changes_nothing(mia, course, today):
    before = Response.objects.count()
    assert (
        learner_history.write_history(mia, course, HistoryProfile(), now=today, rng=Random(2)) == 0
    )
    assert Response.objects.count() == before


def test_without_a_predictor_a_class_has_a_history_without_estimates(class_):
    assert class_history.NO_PREDICTOR in class_
    assert Sitting.objects.values("learner").distinct().count() == 5
    everybody_simulated_says_so_in_flag_and_name()


def everybody_simulated_says_so_in_flag_and_name():
    from accounts.people import name_of

    users = User.objects.filter(simulated=True)
    assert users.count() == 5
    assert all("(simulated)" in name_of(user) for user in users)
    assert not any(user.has_usable_password() for user in users)


def test_estimates_are_of_simulated_people_and_inside_six_days(predictor, class_, today):
    rows = AffectEstimate.objects.select_related("learner", "sitting", "predictor")
    assert rows.count() >= 30
    for row in rows:
        assert row.learner.simulated
        assert row.predictor.origin == "simulated"
        assert timedelta(0) < today - row.made_at < timedelta(days=6)
        assert row.sitting.began_at < row.made_at
    assert not Window.objects.exists()


@pytest.fixture
def started(monkeypatch):
    """The commands that the demo starts to write a history."""
    commands = []
    run = "demo.simulated_learners.launcher.subprocess.run"
    monkeypatch.setattr(run, lambda command, **_: commands.append(command))
    return commands


def test_a_history_without_lessons_is_completed_at_the_next_start(course, today, started, settings):
    launcher.write_history(settings.BASE_DIR, 1)
    assert len(started) == 1
    users = people.enrol(course, 1, now=today - learner_history.SPAN)
    write_weeks(users, course, now=today)
    launcher.write_history(settings.BASE_DIR, 1)
    assert len(started) == 1  # no Predictor is in use, so no lesson could be estimated
    register_shipped("prior", now=today)
    launcher.write_history(settings.BASE_DIR, 1)
    assert len(started) == 2


def test_no_real_person_gets_consent_or_a_session(mia, demo, today):
    with pytest.raises(ValueError, match="simulated"):
        people.allow(mia, now=today)
    with pytest.raises(ValueError, match="simulated"):
        people.sign_in(mia)
