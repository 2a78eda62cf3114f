"""The demo's people are created once, can sign in, and take part in the course."""

from __future__ import annotations

import stat

import pytest
from django.contrib.auth import authenticate
from django.utils import timezone

from accounts import people
from accounts.models import Guardianship, User
from accounts.site import site_facts
from consent.models import ConsentEvent, Notice
from consent.notices.site_change import change_site
from courses.models import Attempt, Course, Enrolment, Unit
from demo import seed_data
from tests.platform.accounts.site.test_site_facts import FACTS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_var(settings, tmp_path):
    settings.VAR = tmp_path


@pytest.fixture
def seeded(tmp_path):
    return seed_data.seed(tmp_path / "no-course", now=timezone.now())


def test_every_member_can_sign_in_with_the_printed_password(seeded):
    for person in seeded:
        user = people.find_by_login(person.login)
        assert user.check_password(person.password), person.login
        assert "+".join(user.roles) == person.role


def test_a_second_seed_changes_nobody(demo, tmp_path):
    seeded = seed_data.seed(tmp_path / "no-course", now=timezone.now())
    before = list(User.objects.order_by("pk").values_list("code", "password"))
    events = ConsentEvent.objects.count()
    again = seed_data.seed(tmp_path / "no-course", now=timezone.now())
    assert again == seeded
    assert list(User.objects.order_by("pk").values_list("code", "password")) == before
    assert Guardianship.objects.count() == 2
    assert ConsentEvent.objects.count() == events > 0


def test_the_demo_is_named_a_demonstration_and_keeps_recorded_facts(seeded, tmp_path, now):
    facts = site_facts.load()
    assert "demonstration" in facts.controller
    assert all(facts.controller in notice.body for notice in Notice.objects.all())
    change_site(FACTS, by=None, now=now)
    seed_data.seed(tmp_path / "no-course", now=timezone.now())
    assert site_facts.load() == FACTS


@pytest.mark.parametrize(("login", "age_band"), [("noah", "teen"), ("lena", "child")])
def test_noah_is_a_teen_and_lena_a_child_with_greta_as_guardian(seeded, login, age_band):
    bond = Guardianship.objects.get(ward=people.find_by_login(login))
    assert bond.guardian == people.find_by_login("greta")
    assert bond.ward.age_band == age_band


def test_the_course_gets_its_learners_and_teacher_and_mallory_stays_outside():
    seed_data.seed(seed_data.COURSE_PACKAGE, now=timezone.now())
    course = Course.objects.get()
    roles = {
        member.login: Enrolment.objects.filter(
            course=course, user=people.find_by_login(member.login)
        )
        .values_list("role", flat=True)
        .first()
        for member in seed_data.CAST
    }
    assert {k: v for k, v in roles.items() if v} == {
        "mia": "learner",
        "noah": "learner",
        "lena": "learner",
        "ines": "teacher",
    }


def test_passwords_are_random_and_readable_by_their_owner_only(seeded, tmp_path):
    file = tmp_path / "secrets" / "demo_passwords"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len({person.password for person in seeded}) == len(seeded)
    assert authenticate(person=people.find_by_login("mia"), password="mia") is None


def test_the_course_has_a_practice_test_and_a_graded_one_each_taken_once():
    now = timezone.now()
    for _ in range(2):
        seed_data.seed(seed_data.COURSE_PACKAGE, now=now)
    practice, graded = Unit.objects.exclude(scenario="course").order_by("position")
    assert (practice.scenario, graded.scenario) == ("practice", "graded")
    assert graded.due_at > now
    assert practice.questions.count() == graded.questions.count() == 5
    taken = Attempt.objects.order_by("unit__position")
    assert [(row.unit, row.learner, row.right, row.out_of) for row in taken] == [
        (practice, people.find_by_login("mia"), 4, 5),
        (graded, people.find_by_login("noah"), 4, 5),
    ]
