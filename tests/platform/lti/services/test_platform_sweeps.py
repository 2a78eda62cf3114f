"""A sweep serves every row and platform that it can, whatever one of them does."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from lti.models import LinkedGrade, PlatformAccount, PlatformCourse
from lti.services import grades, rosters
from tests.fixtures import factories
from tests.fixtures.exams import make_test, take
from tests.fixtures.lti.registrations import (
    make_link,
    make_platform,
    make_platform_account,
    make_platform_course,
)
from tests.fixtures.users import make


@pytest.fixture
def graded(db, now, there):
    """Return a function that gives a person a grade that their platform has not got yet."""
    first = make("mia")
    unit = make_test(first)
    links = {}

    def grade(name, platform="one"):
        if platform not in links:
            row = make_platform(now=now, issuer=f"https://{platform}.example",
                                token_url=f"{there.address}/token-{platform}")  # fmt: skip
            within = make_platform_course(row, course=unit.course, now=now)
            links[platform] = make_link(
                within, unit=unit, now=now, line_item=f"{there.address}/{platform}"
            )
        person = first if name == "mia" else make(name)
        if person != first:
            factories.make_enrolment(person, unit.course)
        take(person, unit, "5")
        link = links[platform]
        account = make_platform_account(person, link.within.platform, now=now, subject=name)
        due = timezone.now() - timedelta(hours=1) + timedelta(seconds=LinkedGrade.objects.count())
        return LinkedGrade.objects.create(account=account, link=link, checked_at=due, due_at=due)

    return grade


def send():
    return grades.send_due(clock=timezone.now)


def count(there, path):
    return sum(each == path for each, _, _ in there.sent)


def test_a_row_that_cannot_be_read_waits_and_the_others_are_sent(graded, there, caplog):
    bad = graded("mia")
    graded("noah")
    PlatformAccount.objects.filter(pk=bad.account_id).update(subject_sealed=b"not what was sealed")
    with caplog.at_level(logging.WARNING, logger="lti"):
        assert send() == 1
    bad.refresh_from_db()
    assert (bad.tries, bad.due_at > timezone.now()) == (1, True)
    assert [each.message for each in caplog.records] == ["lti.grade_failed"]
    assert not any("sealed" in str(vars(each).values()) for each in caplog.records)


def test_the_token_of_a_platform_is_fetched_once_in_a_sweep(graded, there):
    for name, platform in (("mia", "one"), ("noah", "two"), ("nora", "one"), ("nick", "two")):
        graded(name, platform)
    assert send() == 4
    assert (count(there, "/token-one"), count(there, "/token-two")) == (1, 1)


def test_a_token_that_ends_soon_is_fetched_again(graded, there):
    there.answer = {"access_token": "a-token", "expires_in": 5}
    graded("mia")
    graded("noah")
    assert send() == 2
    assert count(there, "/token-one") == 2


def test_without_a_token_all_rows_of_the_platform_wait_and_others_are_served(graded, there):
    rows = [graded(name) for name in ("mia", "noah", "nora")]
    graded("nick", "two")
    there.failing = {"/token-one"}
    assert send() == 1
    assert (count(there, "/token-one"), count(there, "/one/scores")) == (1, 0)
    waiting = LinkedGrade.objects.filter(pk__in=[row.pk for row in rows])
    assert not waiting.filter(due_at__lte=timezone.now()).exists()
    assert set(waiting.values_list("tries", flat=True)) == {1}


def test_rows_outside_the_batch_of_a_platform_without_a_token_wait_too(graded, there):
    first, second = graded("mia"), graded("noah")
    there.failing = {"/token-one"}
    small = type(grades.SWEEP)(
        **{name: getattr(grades.SWEEP, name) for name in grades.SWEEP.__slots__} | {"batch": 1}
    )
    assert small.run(clock=timezone.now) == 0
    first.refresh_from_db()
    second.refresh_from_db()
    assert second.due_at > timezone.now()
    # It was not tried, so it does not count as failed.
    assert (first.tries, second.tries) == (1, 0)


def test_a_list_that_cannot_be_applied_waits_and_the_next_is_read(db, now, there, monkeypatch):
    mia = make("mia")
    unit = make_test(mia)
    platform = make_platform(now=now, token_url=f"{there.address}/token")
    there.answer = {"access_token": "t", "members": [{"user_id": "7", "roles": ["Learner"]}]}
    for context in ("bad", "good"):
        make_platform_course(platform, course=unit.course, now=now, context=context,
                             members_url=f"{there.address}/{context}")  # fmt: skip
    PlatformCourse.objects.filter(context="bad").update(due_at=now - timedelta(hours=1))
    apply = rosters._apply

    def fail_on_bad(row, members, now):
        if row.context == "bad":
            raise IndexError("a fault of ours")
        apply(row, members, now)

    monkeypatch.setattr(rosters, "_apply", fail_on_bad)
    assert rosters.read_due(clock=timezone.now) == 1
    rows = PlatformCourse.objects.values_list("context", "tries").order_by("context")
    assert list(rows) == [("bad", 1), ("good", 0)]
    assert count(there, "/token") == 1
