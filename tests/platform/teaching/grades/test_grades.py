"""The gradebook, and a Teacher's changes for one Learner: audited, undoable and visible."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.site import site_facts
from audit.models import Leaf
from courses import attempts
from courses.gradebook import grades
from courses.models import Attempt, Extra, GradeOverride
from teaching.grades.gradebook import load_gradebook
from tests.fixtures import factories, users
from tests.fixtures.exams import make_test, take
from tests.platform.accounts.site.test_site_facts import FACTS

pytestmark = pytest.mark.django_db
REASON = "The third question was unclear."


@pytest.fixture
def test(mia, ines):
    unit = make_test(mia, attempts=1, due_at=timezone.now() + timedelta(days=1))
    factories.make_enrolment(ines, unit.course, role="teacher")
    return unit


def url(unit, learner):
    return f"/teach/{unit.course.slug}/grades/{learner.code}/{unit.code}/"


def act(client, unit, learner, name, **fields):
    return client.post(url(unit, learner), {"act": name, **fields})


def leaves(verb):
    return [leaf.public for leaf in Leaf.objects.filter(verb=verb).order_by("at")]


def test_the_gradebook_shows_everybody_with_grade_and_units_done(client_for, mia, noah, ines, test):
    factories.make_enrolment(noah, test.course)
    take(mia, test, "5", "5", "4")
    found = load_gradebook(test.course)
    assert [(line.who.name, line.done, line.cells[0].percent) for line in found.lines] == [
        ("mia", 1, 67),
        ("noah", 0, None),
    ]
    said = client_for(ines).get(f"/teach/{test.course.slug}/grades/").content.decode()
    assert "67%" in said
    assert "none yet" in said
    assert "1 of 1" in said


def test_it_needs_as_many_queries_for_ten_learners_as_for_two(mia, ines, test):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            load_gradebook(test.course)
        return len(queries)

    take(mia, test, "5")
    few = asked()
    for number in range(9):
        person = users.make(f"learner-{number}")
        factories.make_enrolment(person, test.course)
        take(person, test, "5")
    assert asked() == few
    assert len(load_gradebook(test.course).lines) == 10


def test_an_overridden_grade_counts_and_is_sealed_audited_and_shown_to_the_learner(
    client_for, mia, ines, test
):
    take(mia, test, "4")
    assert act(client_for(ines), test, mia, "grade", percent="80", reason=REASON).status_code == 302
    row = GradeOverride.objects.get()
    assert REASON.encode() not in bytes(row.reason_sealed)
    assert grades.reason_of(row) == REASON
    assert grades.load_grade(mia, test).percent == 80
    assert leaves("grade.override") == [f"unit={test.code} what=set"]
    for address in (f"/courses/{test.course.slug}/", f"/units/{test.code}/"):
        said = client_for(mia).get(address).content.decode()
        assert "80%" in said
        assert f"set by {ines_name(ines)}" in said
        assert REASON in said
        assert "Your best attempt was 0%." in said


def ines_name(ines):
    from accounts.people import name_of

    return name_of(ines)


def test_undoing_it_lets_the_best_attempt_count_again(client_for, mia, ines, test):
    take(mia, test, "5", "5", "5")
    client = client_for(ines)
    act(client, test, mia, "grade", percent="10", reason=REASON)
    act(client, test, mia, "ungrade")
    assert grades.load_grade(mia, test).percent == 100
    assert leaves("grade.override") == [f"unit={test.code} what={w}" for w in ("set", "undone")]
    assert REASON not in client_for(mia).get(f"/courses/{test.course.slug}/").content.decode()


def test_a_second_grade_replaces_the_first(client_for, mia, ines, test):
    for percent in ("10", "20"):
        act(client_for(ines), test, mia, "grade", percent=percent, reason=REASON)
    assert grades.load_grade(mia, test).percent == 20
    assert GradeOverride.objects.filter(undone_at=None).count() == 1


@pytest.mark.parametrize(
    "fields", [{"percent": "101", "reason": REASON}, {"percent": "50", "reason": "  "}, {}]
)
def test_a_grade_without_a_number_or_a_reason_changes_nothing(client_for, mia, ines, test, fields):
    answer = act(client_for(ines), test, mia, "grade", **fields)
    assert answer.status_code == 422
    assert b"Nothing was changed" in answer.content
    assert not GradeOverride.objects.exists()
    assert leaves("grade.override") == []


def test_extra_attempts_for_one_learner_can_be_undone(client_for, mia, ines, test):
    take(mia, test, "4")
    client = client_for(ines)
    assert (
        attempts.load_overview(mia, test, now=timezone.now()).closed_reason(timezone.now())
        == "none_left"
    )
    act(client, test, mia, "extra", attempts="2")
    assert attempts.load_overview(mia, test, now=timezone.now()).attempts_left == 2
    assert (
        "A teacher gave you 2 more" in client_for(mia).get(f"/units/{test.code}/").content.decode()
    )
    act(client, test, mia, "no_extra")
    assert attempts.load_overview(mia, test, now=timezone.now()).attempts_left == 0
    assert leaves("test.extra") == [f"unit={test.code} what={w}" for w in ("set", "undone")]


def test_a_later_date_is_read_in_the_time_of_the_site(client_for, mia, ines, test, now):
    site_facts.record(replace(FACTS, time_zone="Europe/Berlin"), by=None, now=now)
    act(client_for(ines), test, mia, "extra", due_at="2027-01-10T12:00")
    assert Extra.objects.get().due_at.isoformat() == "2027-01-10T11:00:00+00:00"
    said = client_for(mia).get(f"/units/{test.code}/").content.decode()
    assert "10 Jan 2027, 12:00 CET" in said


def test_a_date_is_typed_in_the_time_of_the_site_and_read_in_that_of_the_reader(
    client_for, mia, ines, test, now
):
    site_facts.record(replace(FACTS, time_zone="Europe/Berlin"), by=None, now=now)
    for person, zone in ((ines, "Asia/Tokyo"), (mia, "America/New_York")):
        person.time_zone = zone
        person.save(update_fields=["time_zone"])
    act(client_for(ines), test, mia, "extra", due_at="2027-01-10T12:00")
    assert Extra.objects.get().due_at.isoformat() == "2027-01-10T11:00:00+00:00"
    assert "10 Jan 2027, 06:00 EST" in client_for(mia).get(f"/units/{test.code}/").content.decode()
    theirs = client_for(ines).get(f"/teach/{test.course.slug}/units/{test.code}/").content.decode()
    assert "Times are in this site’s time zone, Europe/Berlin." in theirs
    due = test.due_at.astimezone(ZoneInfo("Europe/Berlin"))
    assert f'value="{due:%Y-%m-%dT%H:%M}"' in theirs


def test_an_empty_form_gives_nothing(client_for, mia, ines, test):
    assert act(client_for(ines), test, mia, "extra", attempts="0").status_code == 422
    assert not Extra.objects.exists()


def test_a_reset_attempt_does_not_count_and_can_be_restored(client_for, mia, ines, test):
    attempt = take(mia, test, "5", "5", "5")
    client = client_for(ines)
    act(client, test, mia, "reset", attempt=attempt.id)
    assert grades.load_grade(mia, test) is None
    assert attempts.load_overview(mia, test, now=timezone.now()).attempts_left == 1
    act(client, test, mia, "restore", attempt=attempt.id)
    assert grades.load_grade(mia, test).percent == 100
    assert leaves("test.reset") == [f"unit={test.code} what={w}" for w in ("set", "undone")]


def test_an_attempt_cannot_be_restored_while_another_is_running(client_for, mia, ines, test):
    first = attempts.begin(mia, test, rng=Random(1), now=timezone.now())
    client = client_for(ines)
    act(client, test, mia, "reset", attempt=first.id)
    attempts.begin(mia, test, rng=Random(1), now=timezone.now())
    assert act(client, test, mia, "restore", attempt=first.id).status_code == 422
    assert Attempt.objects.get(pk=first.pk).reset_at is not None


def test_the_table_as_a_file_cannot_run_as_a_formula(client_for, mia, ines, test):
    type(test).objects.filter(pk=test.pk).update(title="=1+1")
    take(mia, test, "5")
    answer = client_for(ines).get(f"/teach/{test.course.slug}/grades/?as=csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.content.decode().splitlines() == [
        '\ufeff"learner","units done","\'=1+1"',
        '"mia","1 of 1","33"',
    ]


def test_only_a_teacher_of_the_course_has_access(client_for, mia, noah, ines, mallory, test):
    factories.make_enrolment(noah, test.course)
    for address in (f"/teach/{test.course.slug}/grades/", url(test, mia)):
        for person, status in ((mia, 403), (noah, 403), (mallory, 404)):
            assert client_for(person).get(address).status_code == status
    for stranger in (mallory, ines):
        assert client_for(ines).get(url(test, stranger)).status_code == 404
    assert act(client_for(ines), test, mia, "erase").status_code == 404


def test_looking_at_grades_leaves_no_leaf_and_asks_for_no_share(client_for, mia, ines, test):
    take(mia, test, "5")
    before = Leaf.objects.exclude(verb__startswith="person.").count()
    assert client_for(ines).get(url(test, mia)).status_code == 200
    assert Leaf.objects.exclude(verb__startswith="person.").count() == before
