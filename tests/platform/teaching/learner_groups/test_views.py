"""Teachers create groups, choose who is in them, undo it, and set dates for a group."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.core import signing
from django.utils import timezone

from audit.models import Leaf
from courses import enrolment, learner_groups
from courses.models import Enrolment, GroupDates, LearnerGroup
from teaching.enrolment import removal
from tests.fixtures import factories
from tests.fixtures.exams import make_test

pytestmark = pytest.mark.django_db
GROUPS = "/teach/algebra/groups/"


@pytest.fixture
def teacher(client_for, course, ines):
    return client_for(ines)


@pytest.fixture
def group(course, mia):
    return factories.make_group(course, mia)


def move(client, *people, to="", shown="", **more):
    sent = {"person": [str(each.code) for each in people], "to": str(to), "shown": str(shown)}
    return client.post(f"{GROUPS}move/", {**sent, **more})


def undo_token(page):
    return re.search(r'name="undo" value="([^"]+)"', page.content.decode())[1]


def members_of(group):
    return set(group.enrolments.values_list("user", flat=True))


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_a_group_is_created_renamed_and_listed_with_its_size(teacher, course, mia):
    made = teacher.post(GROUPS, {"name": "Tuesday"})
    group = LearnerGroup.objects.get()
    assert made["Location"] == f"{GROUPS}{group.code}/"
    teacher.post(f"{GROUPS}{group.code}/", {"name": "Friday"})
    Enrolment.objects.filter(user=mia).update(group=group)
    assert "Friday 1 learner" in text_of(teacher.get(GROUPS))
    assert Leaf.objects.filter(verb="course.edit", public__contains="group_named").exists()


@pytest.mark.parametrize("name", ["", " ", "x" * 61, "TUESDAY"])
def test_a_name_that_cannot_be_used_changes_nothing(teacher, group, name):
    other = factories.make_group(group.course, name="Friday")
    assert teacher.post(GROUPS, {"name": name}).status_code == 422
    page = teacher.post(f"{GROUPS}{other.code}/", {"name": name})
    assert page.status_code == 422
    assert "<h1>Friday</h1>" in page.content.decode()
    assert LearnerGroup.objects.count() == 2


def test_many_learners_are_added_at_once_and_it_is_undone(teacher, course, group, mia, noah):
    other = factories.make_group(course, name="Friday")
    page = move(teacher, mia, noah, to=other.code, shown=other.code)
    assert "2 learners were added to “Friday”." in text_of(page)
    assert (members_of(group), members_of(other)) == (set(), {mia.pk, noah.pk})
    back = teacher.post(f"{GROUPS}move/", {"undo": undo_token(page), "shown": str(other.code)})
    assert back["Location"] == f"{GROUPS}{other.code}/?back=2&left=0"
    assert "2 learners were moved back." in text_of(teacher.get(back["Location"]))
    assert (members_of(group), members_of(other)) == ({mia.pk}, set())


def test_a_learner_is_removed_from_the_group_and_stays_in_the_course(teacher, course, group, mia):
    page = move(teacher, mia, shown=group.code)
    assert "1 learner was removed from “Tuesday”." in text_of(page)
    assert Enrolment.objects.get(user=mia, course=course).group is None
    teacher.post(f"{GROUPS}move/", {"undo": undo_token(page)})
    assert members_of(group) == {mia.pk}


def test_an_undo_says_who_was_moved_again_meanwhile(teacher, course, group, mia, noah):
    others = [factories.make_group(course, name=name) for name in ("Friday", "Sunday")]
    token = undo_token(move(teacher, mia, noah, to=others[0].code))
    move(teacher, mia, to=others[1].code)
    back = text_of(teacher.post(f"{GROUPS}move/", {"undo": token}, follow=True))
    assert "1 learner was moved back." in back
    assert "1 learner was not moved back: someone moved or removed them since" in back
    assert members_of(others[1]) == {mia.pk}


def test_adding_those_who_are_in_the_group_already_says_so(teacher, group, mia):
    page = text_of(move(teacher, mia, to=group.code))
    assert "No one was added to “Tuesday”" in page
    assert "0 learners" not in page


def test_more_than_a_thousand_people_are_moved_in_one_field(teacher, group, course, mia, noah):
    codes = [uuid.uuid4() for _ in range(1200)]
    people = " ".join(map(str, [mia.code, noah.code, *codes]))
    page = teacher.post(f"{GROUPS}move/", {"people": people, "to": str(group.code)})
    assert "1 learner was added to “Tuesday”." in text_of(page)
    assert members_of(group) == {mia.pk, noah.pk}


def test_reloading_the_answer_of_a_move_from_the_address_bar_shows_the_groups(teacher, group):
    assert teacher.get(f"{GROUPS}move/")["Location"] == GROUPS


@pytest.mark.parametrize(
    "query", ["?back=2", "?back=x&left=0", "?back=-1&left=1", "?back=1&left=٣"]
)
def test_a_made_up_address_says_nothing_about_an_undo(teacher, group, query):
    page = teacher.get(f"{GROUPS}{query}")
    assert page.status_code == 200
    assert "moved back" not in text_of(page)


def test_moving_nobody_says_so(teacher, group):
    page = move(teacher, shown=group.code)
    assert page.status_code == 422
    assert "Select at least one learner." in text_of(page)


def test_an_undo_of_another_course_is_refused(teacher, course, group, mia, ines):
    page = move(teacher, mia)
    other = factories.make_course("geometry")
    factories.make_enrolment(ines, other, role="teacher")
    sent = {"undo": undo_token(page)}
    assert teacher.post("/teach/geometry/groups/move/", sent).status_code == 404
    assert teacher.post(f"{GROUPS}move/", {"undo": "made-up"}).status_code == 404
    assert members_of(group) == set()


def test_groups_of_another_course_are_not_found(teacher, course, mia):
    other = factories.make_group(factories.make_course("geometry"))
    assert teacher.get(f"{GROUPS}{other.code}/").status_code == 404
    assert move(teacher, mia, to=other.code).status_code == 404
    assert teacher.post(f"{GROUPS}{other.code}/delete/").status_code == 404
    assert not Enrolment.objects.filter(group__isnull=False).exists()


def test_a_deleted_group_can_be_restored_for_ten_minutes(teacher, group, mia):
    gone = teacher.post(f"{GROUPS}{group.code}/delete/")
    page = text_of(teacher.get(gone["Location"]))
    assert "The group “Tuesday” was deleted." in page
    assert "Learners without a group 2" in page
    assert teacher.get(f"{GROUPS}{group.code}/").status_code == 404
    teacher.post(f"{GROUPS}{group.code}/delete/", {"act": "restore"})
    assert learner_groups.find_group(mia, group.course) == group
    LearnerGroup.objects.update(deleted_at=timezone.now() - timedelta(minutes=11))
    assert "was deleted" not in text_of(teacher.get(gone["Location"]))
    late = teacher.post(f"{GROUPS}{group.code}/delete/", {"act": "restore"})
    assert late.status_code == 404


def test_a_name_taken_meanwhile_is_said_when_a_group_is_restored(teacher, course, group):
    teacher.post(f"{GROUPS}{group.code}/delete/")
    factories.make_group(course)
    page = teacher.post(f"{GROUPS}{group.code}/delete/", {"act": "restore"})
    assert page.status_code == 422
    assert "Another group of this course has this name." in text_of(page)


def test_undoing_a_removal_from_the_course_restores_the_group(teacher, group, mia):
    people = "/teach/algebra/people/"
    gone = teacher.post(f"{people}out/", {"person": str(mia.code), "role": "learner"})
    assert members_of(group) == set()
    teacher.post(f"{people}out/", {"undo": undo_token(teacher.get(gone["Location"]))})
    assert members_of(group) == {mia.pk}


def test_an_undo_of_a_removal_by_an_older_version_names_no_group(teacher, course, group, mia):
    removed = removal.remove_member(course, mia, "learner", by=mia, now=timezone.now())
    content = signing.loads(removed, salt=removal.SALT)
    del content["group"]
    undo = signing.dumps(content, salt=removal.SALT, compress=True)
    assert teacher.post("/teach/algebra/people/out/", {"undo": undo}).status_code == 302
    assert Enrolment.objects.get(user=mia, course=course).group is None


def test_undoing_a_removal_leaves_a_person_where_they_were_put_meanwhile(
    teacher, course, group, mia, ines
):
    now = timezone.now()
    undo = removal.remove_member(course, mia, "learner", by=ines, now=now)
    enrolment.enrol(course, [mia], "learner", by=ines, since=now)
    removal.restore_member(course, undo, by=ines)
    assert members_of(group) == set()


def test_no_address_names_a_person_after_a_move(teacher, group, mia, noah):
    page = move(teacher, mia, noah, to=group.code)
    assert page.status_code == 200
    assert "Location" not in page


def test_a_learner_sees_the_name_of_their_own_group_alone(client_for, course, group, mia, noah):
    assert "Your group: Tuesday" in text_of(client_for(mia).get("/courses/algebra/"))
    assert "Tuesday" not in text_of(client_for(noah).get("/courses/algebra/"))


def set_dates(client, group, unit, **dates):
    return client.post(f"/teach/algebra/units/{unit.code}/groups/{group.code}/", dates)


def test_dates_of_a_group_are_set_shown_and_taken_away(teacher, course, group):
    unit = make_test(course=course)
    assert set_dates(teacher, group, unit, due_at="2027-01-12T08:00").status_code == 302
    assert GroupDates.objects.get().due_at.isoformat() == "2027-01-12T08:00:00+00:00"
    leaf = Leaf.objects.filter(verb="course.edit").latest("at")
    assert leaf.public == f"course=algebra group={group.code} unit={unit.code} what=dates"
    for page in ("units", "grades"):
        assert "other dates for 1 group" in text_of(teacher.get(f"/teach/algebra/{page}/"))
    for page in (f"units/{unit.code}/", f"groups/{group.code}/"):
        assert "due 12 Jan 2027, 08:00 UTC" in text_of(teacher.get(f"/teach/algebra/{page}"))
    set_dates(teacher, group, unit)
    assert not GroupDates.objects.exists()


def test_a_unit_never_opens_for_a_group_after_it_is_due(teacher, course, group, now):
    unit = make_test(course=course, due_at=now)
    late = (now + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    page = set_dates(teacher, group, unit, opens_at=late)
    assert page.status_code == 422
    assert "An empty field means the date of the class." in text_of(page)
    assert not GroupDates.objects.exists()


def test_dates_of_the_class_that_do_not_fit_those_of_a_group_are_refused(teacher, course, group):
    unit = make_test(course=course)
    set_dates(teacher, group, unit, opens_at="2027-01-12T08:00")
    sent = {"scenario": "graded", "due_at": "2027-01-11T08:00"}
    page = teacher.post(f"/teach/algebra/units/{unit.code}/", sent)
    assert page.status_code == 422
    assert "For the group “Tuesday”, it would open after it is due." in text_of(page)
    unit.refresh_from_db()
    assert unit.due_at is None


def test_dates_that_do_not_fit_those_of_a_deleted_group_wait_for_its_end(teacher, course, group):
    """It may be restored with its dates."""
    unit = make_test(course=course)
    set_dates(teacher, group, unit, opens_at="2027-01-12T08:00")
    deleted_at = timezone.now()
    type(group).objects.update(deleted_at=deleted_at)
    sent = {"scenario": "graded", "due_at": "2027-01-11T08:00"}
    page = teacher.post(f"/teach/algebra/units/{unit.code}/", sent)
    assert page.status_code == 422
    assert "The deleted group “Tuesday” can still be restored" in text_of(page)
    learner_groups.forget_deleted(now=deleted_at + 2 * learner_groups.RESTORE_WITHIN)
    assert teacher.post(f"/teach/algebra/units/{unit.code}/", sent).status_code == 302
