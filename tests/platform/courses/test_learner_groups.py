"""Groups of Learners: moves are undone as a whole, and a deleted group is forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest

from audit.models import Leaf
from audit.queries import leaves_about, read_public
from courses import enrolment, learner_groups
from courses.learner_groups import GroupNameTaken, MovedBack
from courses.models import Enrolment, GroupDates, LearnerGroup
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
    back = learner_groups.move_back(course, before, to=friday.code, by=ines)
    assert back == MovedBack(n=2, left=0)
    assert names(mia, noah, course=course) == ["Tuesday", ""]


def test_an_undo_leaves_those_who_were_moved_again_or_left(course, groups, mia, noah, ines, now):
    friday = groups[1]
    before = learner_groups.move_learners(course, [mia.code, noah.code], friday, by=ines)
    sunday = factories.make_group(course, name="Sunday")
    learner_groups.move_learners(course, [mia.code], sunday, by=ines)
    back = learner_groups.move_back(course, before, to=friday.code, by=ines)
    assert back == MovedBack(n=1, left=1)
    assert names(mia, noah, course=course) == ["Sunday", ""]
    assert learner_groups.move_back(course, before, to=friday.code, by=ines) == MovedBack(0, 2)
    enrolment.remove(course, noah, "learner", by=ines)
    assert learner_groups.move_back(course, before, to=None, by=ines) == MovedBack(0, 2)


def test_an_undo_counts_those_whose_former_group_was_deleted(course, groups, mia, ines, now):
    tuesday, friday = groups
    before = learner_groups.move_learners(course, [mia.code], friday, by=ines)
    learner_groups.delete_group(tuesday, by=ines, now=now)
    assert learner_groups.move_back(course, before, to=friday.code, by=ines) == MovedBack(0, 1)
    assert names(mia, course=course) == ["Friday"]


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
        learner_groups.restore_group(groups[0], by=ines, now=now)


def test_a_restored_group_has_its_people_but_not_those_who_joined_another(
    course, groups, mia, noah, ines, now
):
    tuesday, friday = groups
    learner_groups.move_learners(course, [mia.code, noah.code], tuesday, by=ines)
    learner_groups.delete_group(tuesday, by=ines, now=now)
    assert names(mia, noah, course=course) == ["", ""]
    learner_groups.move_learners(course, [noah.code], friday, by=ines)
    learner_groups.restore_group(tuesday, by=ines, now=now)
    assert names(mia, noah, course=course) == ["Tuesday", "Friday"]


def test_deleting_and_restoring_a_group_leave_a_leaf_about_each_of_its_people(
    course, groups, mia, ines, now
):
    learner_groups.delete_group(groups[0], by=ines, now=now)
    learner_groups.restore_group(groups[0], by=ines, now=now)
    rows = map(read_public, leaves_about(mia.code).filter(verb="enrolment.change"))
    assert [(row["what"], row.get("group")) for row in rows] == [
        ("grouped", str(groups[0].code)),
        ("ungrouped", None),
    ]


def test_people_of_a_deleted_group_are_forgotten_after_ten_minutes(course, groups, mia, ines, now):
    factories.set_group_dates(groups[0], factories.make_reading_unit(course), due_at=now)
    learner_groups.delete_group(groups[0], by=ines, now=now)
    minutes = timedelta(minutes=1)
    assert learner_groups.forget_deleted(now=now + 9 * minutes) == 0
    deleted = LearnerGroup.objects.get(pk=groups[0].pk)
    assert learner_groups.can_restore(deleted, now=now + 9 * minutes)
    assert not learner_groups.can_restore(deleted, now=now + 10 * minutes)
    assert learner_groups.forget_deleted(now=now + 11 * minutes) == 1
    assert list(LearnerGroup.objects.all()) == groups[1:]
    assert not GroupDates.objects.exists()
    assert Enrolment.objects.get(user=mia).group is None


def test_leaving_the_course_leaves_the_group(course, groups, mia, ines, now):
    enrolment.remove(course, mia, "learner", by=ines)
    enrolment.enrol(course, [mia], "learner", by=ines, since=now)
    assert names(mia, course=course) == [""]
