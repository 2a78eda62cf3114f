"""Lists of members: known people are enrolled and removed, unknown ones only counted."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from courses.models import Enrolment
from lti.models import PlatformAccount, PlatformCourse, PlatformMember
from lti.services import rosters
from tests.fixtures import factories
from tests.fixtures.lti.registrations import make_platform_account
from tests.fixtures.users import make

ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership#"


def member(user, role="Learner", **more):
    return {"user_id": user, "roles": [ROLE + role], **more}


def read(*, later=timedelta(0)):
    PlatformCourse.objects.update(due_at=timezone.now())
    return rosters.read_due(clock=lambda: timezone.now() + later)


def learners(course):
    rows = Enrolment.objects.filter(course=course, role="learner")
    return set(rows.values_list("user__pk", flat=True))


def test_a_member_who_leaves_there_is_removed_here_and_may_return(lesson, outside, visit):
    visit().launch()
    person = PlatformAccount.objects.get().person
    outside.ask(members=[member("user-8")])
    assert read() == 1
    assert learners(lesson.course) == set()
    outside.ask(members=[member("user-7"), member("user-8")])
    assert read() == 1
    assert learners(lesson.course) == {person.pk}
    outside.ask(members=[member("user-7", status="Inactive"), member("user-8")])
    assert read() == 1
    assert learners(lesson.course) == set()


def test_a_launch_while_the_list_is_read_is_not_undone(lesson, outside, visit):
    visit().launch()
    outside.ask(members=[member("user-8")])
    began = PlatformMember.objects.get().seen_at - timedelta(seconds=5)
    PlatformCourse.objects.update(due_at=began)
    assert rosters.read_due(clock=lambda: began) == 1
    assert len(learners(lesson.course)) == 1


def test_people_without_an_account_are_counted_and_not_stored(lesson, outside, visit):
    visit().launch()
    before = User.objects.count()
    outside.ask(members=[member("user-7"), member("user-8", name="Noah"), member("user-9")])
    read()
    assert PlatformCourse.objects.get().members_there == 3
    assert (User.objects.count(), PlatformAccount.objects.count()) == (before, 1)


def test_someone_whom_a_teacher_here_enrolled_stays(lesson, outside, registered):
    mia = make("mia", now=timezone.now())
    factories.make_enrolment(mia, lesson.course)
    within = PlatformCourse.objects.get()
    PlatformCourse.objects.update(members_url=f"{outside.address}/members")
    account = make_platform_account(mia, registered, now=timezone.now(), subject="user-3")
    PlatformMember.objects.create(
        account=account, within=within, teaches=False, seen_at=timezone.now()
    )
    outside.ask(members=[member("user-8")])
    assert read() == 1
    assert not PlatformMember.objects.exists()
    assert learners(lesson.course) == {mia.pk}


def test_an_empty_list_and_a_failing_platform_remove_nobody_and_wait_longer(lesson, outside, visit):
    visit().launch()
    outside.ask(members=[])
    assert read() == 0
    outside.ask(down=500)
    assert read() == 0
    row = PlatformCourse.objects.get()
    assert (row.tries, len(learners(lesson.course))) == (2, 1)
    assert row.due_at > timezone.now() + timedelta(minutes=9)
    outside.ask(down=0, members=[member("user-7")])
    assert read() == 1
    assert PlatformCourse.objects.get().tries == 0
