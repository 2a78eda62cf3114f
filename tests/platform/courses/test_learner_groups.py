"""Groups of Learners: moves are undone as a whole, and a deleted group is forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest

from audit.models import Leaf
from courses import enrolment, learner_groups
from courses.learner_groups import GroupNameTaken
from courses.models import Enrolment, GroupDates
from tests.fixtures import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(mia, noah, ines):
    course = factories.make_course("algebra")
    for learner in (mia, noah):
        factories.make_enrolment(learner, course)
    factories.make_enrolment(ines, course, role="teacher")
    return course


@pytest.fixture
def groups(course, mia):
    return [factories.make_group(course, mia), factories.make_group(course, name="Friday")]


def names(*people, course):
    found = [learner_groups.find_group(person, course) for person in people]
    return [group.name if group else "" for group in found]


def test_learners_are_moved_with_a_leaf_each_and_moved_back(course, groups, mia, noah, ines):
    tuesday, friday = groups
    people = [mia.code, noah.code, ines.code]
    before = learner_groups.move_learners(course, people, friday, by=ines)
    assert before == {mia.code: tuesday.code, noah.code: None}
    assert names(mia, noah, course=course) == ["Friday", "Friday"]
    leaves = Leaf.objects.filter(verb="enrolment.change")
    assert {leaf.public for leaf in leaves} == {f"course=algebra group={friday.code} what=grouped"}
    assert leaves.count() == 2
    assert learner_groups.move_learners(course, people, friday, by=ines) == {}
    learner_groups.move_back(course, before, by=ines)
    assert names(mia, noah, course=course) == ["Tuesday", ""]


def test_people_of_another_course_are_not_moved(course, groups, mallory, ines):
    factories.make_enrolment(mallory, factories.make_course("geometry"))
    assert learner_groups.move_learners(course, [mallory.code], groups[0], by=ines) == {}
    assert not Enrolment.objects.filter(user=mallory, group__isnull=False).exists()


def test_a_name_is_used_once_whatever_its_case(course, groups, ines, now):
    with pytest.raises(GroupNameTaken):
        learner_groups.create_group(course, "tuesday", by=ines)
    with pytest.raises(GroupNameTaken):
        learner_groups.rename_group(groups[1], "TUESDAY", by=ines)
    learner_groups.create_group(factories.make_course("geometry"), "Tuesday", by=ines)
    learner_groups.delete_group(groups[0], by=ines, now=now)
    learner_groups.create_group(course, "Tuesday", by=ines)
    with pytest.raises(GroupNameTaken):
        learner_groups.restore_group(groups[0], by=ines)


def test_a_restored_group_has_its_people_but_not_those_who_joined_another(
    course, groups, mia, noah, ines, now
):
    tuesday, friday = groups
    learner_groups.move_learners(course, [mia.code, noah.code], tuesday, by=ines)
    learner_groups.delete_group(tuesday, by=ines, now=now)
    assert names(mia, noah, course=course) == ["", ""]
    learner_groups.move_learners(course, [noah.code], friday, by=ines)
    learner_groups.restore_group(tuesday, by=ines)
    assert names(mia, noah, course=course) == ["Tuesday", "Friday"]


def test_people_of_a_deleted_group_are_forgotten_after_ten_minutes(course, groups, mia, ines, now):
    factories.set_group_dates(groups[0], factories.make_reading_unit(course), due_at=now)
    learner_groups.delete_group(groups[0], by=ines, now=now)
    minutes = timedelta(minutes=1)
    assert learner_groups.forget_deleted(now=now + 9 * minutes) == 0
    assert learner_groups.can_restore(groups[0], now=now + 9 * minutes)
    assert not learner_groups.can_restore(groups[0], now=now + 10 * minutes)
    assert learner_groups.forget_deleted(now=now + 10 * minutes) == 1
    assert list(learner_groups.list_groups(course)) == groups[1:]
    assert not GroupDates.objects.exists()
    assert Enrolment.objects.get(user=mia).group is None


def test_leaving_the_course_leaves_the_group(course, groups, mia, ines, now):
    enrolment.remove(course, mia, "learner", by=ines)
    enrolment.enrol(course, [mia], "learner", by=ines, since=now)
    assert names(mia, course=course) == [""]
