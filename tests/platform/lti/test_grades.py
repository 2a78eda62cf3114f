"""Grades that are sent: what counts, when it changed, with nothing else in any message."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from django.utils import timezone

from accounts.models import User
from courses import attempts
from courses.gradebook import grades as gradebook
from courses.models import Enrolment
from lti.account_links import links
from lti.models import (
    LinkedGrade,
    PlatformAccount,
    PlatformCourse,
    PlatformLink,
    SentGrade,
)
from lti.services import grades, score_messages
from lti.services.score_messages import GradeState
from privacy.erasure import erasure
from privacy.models import Erasure
from tests.fixtures.exams import make_test, take
from tests.fixtures.lti.registrations import (
    make_link,
    make_platform,
    make_platform_account,
    make_platform_course,
)
from tests.fixtures.open_questions import add_essay, answer_of, mark
from tests.fixtures.users import make
from work_queue.due_rows import lease_due

SCORE_KEYS = {
    "userId", "scoreGiven", "scoreMaximum", "activityProgress", "gradingProgress", "timestamp",
}  # fmt: skip
SCORE_HEADERS = {
    "Host", "Accept-Encoding", "Content-Length", "Authorization", "Content-Type",
}  # fmt: skip
TOKEN_KEYS = {"grant_type", "client_assertion_type", "client_assertion", "scope"}
ASSERTION_KEYS = {"iss", "sub", "aud", "iat", "exp", "jti"}


@pytest.fixture
def sent(there):
    return there.sent


@pytest.fixture
def linked(db, now, there):
    """Return mia's row for a graded test that a platform's link opens."""
    mia = make("mia")
    unit = make_test(mia)
    platform = make_platform(now=now, token_url=f"{there.address}/token")
    within = make_platform_course(platform, course=unit.course, now=now)
    link = make_link(within, unit=unit, now=now, line_item=f"{there.address}/li/1?t=2")
    account = make_platform_account(mia, platform, now=now, subject="user-7")
    return LinkedGrade.objects.create(account=account, link=link, checked_at=now, due_at=now)


def send(*, later=timedelta(0)):
    return grades.send_due(clock=lambda: timezone.now() + later)


def scores(sent):
    return [json.loads(body) for url, body, _ in sent if "/scores" in url]


def test_every_outgoing_message_has_only_the_listed_keys(linked, sent):
    mia, unit = linked.account.person, linked.link.unit
    attempt = take(mia, unit, "5", "5", "4")
    assert send() == 1
    attempts.reset(attempt, now=timezone.now())
    assert send() == 1
    assert len(sent) == 4
    for url, body, headers in sent:
        if "/scores" in url:
            assert set(json.loads(body)) <= SCORE_KEYS
            assert set(headers) == SCORE_HEADERS
        else:
            form = parse_qs(body.decode())
            assert set(form) == TOKEN_KEYS
            claims = form["client_assertion"][0].split(".")[1]
            assert set(json.loads(base64.urlsafe_b64decode(claims + "=="))) == ASSERTION_KEYS


def test_the_address_of_scores_keeps_the_query(linked, sent):
    take(linked.account.person, linked.link.unit, "5")
    send()
    assert sent[-1][0] == "/li/1/scores?t=2"


def test_a_score_is_the_percent_of_the_gradebook_and_a_reset_takes_it_back(linked, sent):
    mia, unit = linked.account.person, linked.link.unit
    attempt = take(mia, unit, "5", "5", "4")
    send()
    ines = make("ines")
    gradebook.set_override(mia, unit, 90, "She explained it.", by=ines, now=timezone.now())
    send()
    gradebook.undo_override(mia, unit, now=timezone.now())
    attempts.reset(attempt, now=timezone.now())
    send()
    assert [each.get("scoreGiven") for each in scores(sent)] == [67, 90, None]
    assert scores(sent)[-1]["activityProgress"] == "Initialized"
    assert not any("explained" in str(each) for each in scores(sent))


def test_an_essay_is_pending_until_it_is_marked(linked, sent):
    mia, unit = linked.account.person, linked.link.unit
    add_essay(unit, points=3)
    attempt = take(mia, unit, "5", "5", "5", "My own words.")
    assert [send(), send()] == [1, 0]
    (waiting,) = scores(sent)
    assert (waiting["activityProgress"], waiting["gradingProgress"]) == (
        "Submitted",
        "PendingManual",
    )
    assert "scoreGiven" not in waiting
    mark(answer_of(attempt), 1, by=make("ines"))
    assert send() == 1
    assert scores(sent)[-1]["scoreGiven"] == 100
    assert scores(sent)[-1]["gradingProgress"] == "FullyGraded"
    assert "own words" not in str(sent)


def test_an_unchanged_grade_is_sent_once(linked, sent):
    take(linked.account.person, linked.link.unit, "5")
    assert [send(), send(), send(later=timedelta(hours=2))] == [1, 0, 0]


@pytest.mark.parametrize("scenario", ["practice", "course"])
def test_what_does_not_count_is_not_sent(db, sent, linked, scenario):
    unit = linked.link.unit
    unit.scenario = scenario
    unit.save()
    if scenario == "practice":
        take(linked.account.person, unit, "5")
    else:
        mia, ines = linked.account.person, make("ines")
        gradebook.set_override(mia, unit, 90, "Why", by=ines, now=timezone.now())
    assert send() == 0
    assert sent == []


@pytest.mark.parametrize("why", ["removed", "disconnected", "practice", "no unit"])
def test_nothing_is_sent_or_taken_back_after_the_link_ends(linked, sent, why):
    mia, unit = linked.account.person, linked.link.unit
    take(mia, unit, "5")
    assert send() == 1
    gradebook.set_override(mia, unit, 90, "Why", by=make("ines"), now=timezone.now())
    if why == "removed":
        Enrolment.objects.filter(user=mia).delete()
    elif why == "disconnected":
        PlatformCourse.objects.update(course=None)
    elif why == "practice":
        type(unit).objects.filter(pk=unit.pk).update(scenario="practice")
    else:
        PlatformLink.objects.update(unit=None)
    assert send(later=timedelta(hours=2)) == 0
    assert len(scores(sent)) == 1


def test_a_failing_platform_is_asked_again_later_and_later(linked, there):
    take(linked.account.person, linked.link.unit, "5")
    there.status = 500
    pauses = []
    for _ in range(3):
        LinkedGrade.objects.update(due_at=timezone.now())
        assert send() == 0
        pauses.append(round((LinkedGrade.objects.get().due_at - timezone.now()).total_seconds()))
    assert pauses == [60, 120, 240]
    there.status = 200
    assert send() == 0
    assert send(later=timedelta(hours=1)) == 1
    assert LinkedGrade.objects.get().tries == 0


def test_two_workers_send_a_grade_once(linked, sent):
    take(linked.account.person, linked.link.unit, "5")
    grades.make_changed_due(now=timezone.now())
    sweep = grades.SWEEP
    first = lease_due(sweep.rows(), sweep.batch, now=timezone.now(), lease=sweep.lease)
    assert len(first) == 1
    assert send() == 0


def test_an_erasure_destroys_the_identity_and_its_certificate_counts_the_sent_grades(
    linked, sent, settings
):
    settings.LEGAL_PROFILE = "demo"
    mia = linked.account.person
    take(mia, linked.link.unit, "5")
    send()
    erasure.erase(mia.code, actor=None, cause="request", now=timezone.now())
    counts = Erasure.objects.get().counts
    assert (counts["lti_sentgrade"], counts["lti_platformaccount"]) == (1, 1)
    assert not User.objects.filter(pk=mia.pk).exists()
    assert not PlatformAccount.objects.exists()
    assert not SentGrade.objects.exists()
    assert send() == 0


def test_an_erasure_after_the_link_was_removed_still_counts_the_sent_grades(linked, sent, settings):
    settings.LEGAL_PROFILE = "demo"
    mia = linked.account.person
    take(mia, linked.link.unit, "5")
    send()
    links.remove_link(linked.account)
    assert not PlatformAccount.objects.exists()
    erasure.erase(mia.code, actor=None, cause="request", now=timezone.now())
    counts = Erasure.objects.get().counts
    assert (counts["lti_sentgrade"], counts.get("lti_platformaccount", 0)) == (1, 0)
    assert not SentGrade.objects.exists()


@pytest.mark.parametrize("sent_before", [False, True])
def test_a_grade_sent_while_the_link_is_removed_is_counted(
    linked, sent, settings, monkeypatch, sent_before
):
    settings.LEGAL_PROFILE = "demo"
    mia, real = linked.account.person, grades.call
    attempt = take(mia, linked.link.unit, "5")
    if sent_before:
        send()
        attempts.reset(attempt, now=timezone.now())
    monkeypatch.setattr(
        grades, "call", lambda *args: (real(*args), links.remove_link(linked.account))
    )
    assert send() == 1
    (row,) = SentGrade.objects.all()
    assert (row.person, row.account) == (mia, None)
    assert (row.percent is None) is sent_before
    erasure.erase(mia.code, actor=None, cause="request", now=timezone.now())
    assert Erasure.objects.get().counts["lti_sentgrade"] == 1


def test_a_grade_sent_while_the_person_is_erased_leaves_nothing(
    linked, sent, settings, monkeypatch
):
    settings.LEGAL_PROFILE = "demo"
    mia, real = linked.account.person, grades.call
    take(mia, linked.link.unit, "5")

    def send_and_erase(*args):
        real(*args)
        erasure.erase(mia.code, actor=None, cause="request", now=timezone.now())

    monkeypatch.setattr(grades, "call", send_and_erase)
    assert send() == 1
    assert not SentGrade.objects.exists()


def test_a_score_message_has_nothing_but_what_it_was_given(now):
    message = json.loads(score_messages.write_score("user-7", GradeState(73), now=now))
    assert message == {
        "userId": "user-7",
        "scoreGiven": 73,
        "scoreMaximum": 100,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": "2026-11-20T09:00:00.000+00:00",
    }
