"""A join link works until it expires, and only while it is the newest one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import Leaf
from courses import join_links
from courses.access import is_learner
from tests.fixtures import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(ines):
    made = factories.make_course("algebra")
    factories.make_enrolment(ines, made, role="teacher")
    return made


@pytest.fixture
def invited(course, ines):
    def made(**away):
        until = timezone.now() + timedelta(**(away or {"days": 1}))
        return f"/join/{join_links.open_link(course, until=until, by=ines)}/"

    return made


def test_opening_the_link_joins_no_one_and_pressing_join_does(invited, client_for, mia, course):
    client, link = client_for(mia), invited()
    page = client.get(link).content.decode()

    assert "Join this course" in page
    assert not is_learner(mia, course)
    assert client.post(link)["Location"] == "/courses/algebra/"
    assert is_learner(mia, course)
    leaf = Leaf.objects.filter(verb="enrolment.change").latest("at")
    assert leaf.public == "course=algebra role=learner what=in"
    assert client.get(link)["Location"] == "/courses/algebra/"


def test_expired_replaced_and_unknown_links_look_the_same(invited, client_for, mia, ines, course):
    client, old = client_for(mia), invited()
    new = invited()
    never = old.replace(old[6:10], "0000")
    assert client.get(new).status_code == 200
    join_links.end_link(course, by=ines)
    over = invited(seconds=-1)

    for link in (old, new, never, over):
        assert client.post(link).status_code == 404
        assert "This invitation link is not valid" in client.get(link).content.decode()
    assert not is_learner(mia, course)


def test_only_learners_join(invited, client_for, amir, ines, course):
    link = invited()
    for person in (amir, ines):
        assert client_for(person).post(link).status_code == 404
    assert client_for(None).get(link)["Location"].startswith("/accounts/login/")


def test_the_teacher_makes_a_link_with_a_last_day_and_ends_it(client_for, ines, mia, course):
    teacher, people = client_for(ines), "/teach/algebra/people/"
    today = timezone.now().date()
    for wrong in ("", "soon", f"{today - timedelta(days=1)}", f"{today + timedelta(days=181)}"):
        assert teacher.post(f"{people}invite/", {"last": wrong}).status_code == 422
        course.refresh_from_db()
        assert course.invite is None
    assert teacher.post(f"{people}invite/", {"last": f"{today}"}).status_code == 302
    course.refresh_from_db()
    assert course.invite_until.date() == today + timedelta(days=1)
    assert f"http://testserver/join/{course.invite}/" in teacher.get(people).content.decode()
    assert teacher.post(f"{people}invite/", {"act": "end"}).status_code == 302
    assert f"/join/{course.invite}/" not in teacher.get(people).content.decode()
    assert client_for(mia).get(f"/join/{course.invite}/").status_code == 404
