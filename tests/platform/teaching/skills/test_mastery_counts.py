"""How many have mastered a skill: from the floor on, in bands, and only for the whole class."""

from __future__ import annotations

import pytest

from consent.permits import gate
from estimates.knowledge import mastery
from estimates.knowledge.mastery import SkillMastery
from estimates.models import MasteryEstimate
from teaching.groups.group_filter import Audience, GroupChoice, audience_of
from teaching.skills.mastery_counts import MasteryCounts, count_mastery, load_mastery_counts
from tests.fixtures import factories
from tests.fixtures.users import make
from tests.platform.teaching.conftest import TEN

EVERYBODY = GroupChoice("", "All learners", 12)


def group(floor=5, simulated=False, chosen=EVERYBODY):
    return Audience((1,), simulated, floor, chosen, (chosen,), ())


def people_known(count, lo, hi):
    return [SkillMastery(None, (lo + hi) / 2, lo, hi, 9)] * count


def test_counts_follow_the_intervals_in_bands_from_the_floor_on():
    people = [
        *people_known(12, 0.86, 0.97),
        *people_known(6, 0.2, 0.6),
        *people_known(4, 0.7, 0.95),
    ]

    assert count_mastery(people, group()) == MasteryCounts("10 or more", "5 or more", "")
    assert count_mastery(people, group(1, simulated=True)) == MasteryCounts("12", "6", "4")


def test_one_answer_rarely_changes_a_count():
    told = {count_mastery(people_known(n, 0.9, 0.99), group()).mastered for n in range(5, 10)}
    assert told == {"5 or more"}
    assert not count_mastery(people_known(4, 0.9, 0.99), group()).any


def test_zero_is_too_few_even_of_simulated_people():
    assert not count_mastery([], group(1, simulated=True)).any


@pytest.fixture
def course(ines, settings):
    settings.LEGAL_PROFILE = "demo"
    made = factories.make_course("algebra")
    factories.make_enrolment(ines, made, role="teacher")
    return made


def store_mastery(person, skill, **stored):
    row = MasteryEstimate.objects.create(learner=person, skill=skill, sealed=b"")
    permit = gate.permit(person.code, "course", now=TEN)
    mastery._seal_into(row, stored, permit, TEN, due_at=None)
    row.save()


@pytest.mark.django_db
def test_the_page_shows_counts_of_the_whole_class_only(course, client_for, ines):
    skill = factories.make_skill(course, "slope")
    for number in range(6):
        person = make(f"pupil-{number}", now=TEN)
        factories.make_enrolment(person, course)
        store_mastery(person, skill, p=0.93, lo=0.88, hi=0.97, n=8.0)
    audience = audience_of(course)

    assert load_mastery_counts([skill], audience, now=TEN)[skill.pk] == MasteryCounts("5 or more")
    chosen = GroupChoice("from-2026-11", "Joined from November 2026 on", 6)
    assert load_mastery_counts([skill], group(chosen=chosen), now=TEN) == {}
    page = client_for(ines).get("/teach/algebra/topics/").content.decode()
    assert "Probably mastered" in page
    assert "<span>5 or more</span>" in page


@pytest.mark.django_db
def test_learners_without_answers_or_accounts_do_not_count(course):
    skill = factories.make_skill(course, "slope")
    for number in range(6):
        person = make(f"pupil-{number}", now=TEN)
        factories.make_enrolment(person, course)
        store_mastery(person, skill, p=0.5, lo=0.2, hi=0.6, n=0.0 if number == 5 else 3.0)
    assert load_mastery_counts([skill], audience_of(course), now=TEN)[skill.pk] == MasteryCounts(
        "", "5 or more"
    )
    first = skill.course.enrolments.filter(role="learner").first().user
    first.is_active = False
    first.save(update_fields=["is_active"])
    assert load_mastery_counts([skill], audience_of(course), now=TEN)[skill.pk] == MasteryCounts()
