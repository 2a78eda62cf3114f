"""A Teacher's request to see estimates: on the journey and the start page, in one click."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

from estimates import share_access
from estimates.models import Share
from tests.fixtures import factories

pytestmark = pytest.mark.django_db
ON = ("pointer:adapt", "pointer:teach")


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def asked(mia, ines, allow, now):
    course = factories.make_course("algebra", title="Algebra")
    factories.make_enrolment(mia, course)
    factories.make_enrolment(ines, course, role="teacher")
    allow(mia, *ON)
    share_access.ask(course, mia, ines, now=now)
    return Share.objects.get()


@pytest.fixture
def page(client_for, mia):
    client = client_for(mia)

    def text(path="/journey/"):
        return client.get(path).content.decode()

    text.client = client
    return text


def test_without_a_request_nothing_is_shown(page, mia):
    assert 'id="shares"' not in page()


def test_the_request_names_who_asks_and_for_what(page, asked):
    assert "ines has asked to see the estimates about you" in page()
    assert "Algebra" in page()
    assert "A teacher has asked to see the estimates about you." in page("/")


def test_decline_comes_first_and_is_as_large_as_share(page, asked):
    text = page()
    assert 0 < text.index("Do not share") < text.index("Share for 7 days")
    for words in ("Do not share", "Share for 7 days", "Share for 1 day", "Stop sharing now"):
        assert text.count(f"{words}</button>") <= 1
    assert text[text.index("<main") : text.index("</main>")].count('class="btn go"') == 0


@pytest.mark.parametrize("days", [7, 1])
def test_sharing_is_one_press_and_can_be_ended_there(page, asked, days):
    page.client.post(f"/my-data/shares/{asked.id}/give/", {"days": days})
    asked.refresh_from_db()
    assert asked.until - asked.opened_at == timedelta(days=days)
    assert "ines can see the estimates about you" in page()

    page.client.post(f"/my-data/shares/{asked.id}/close/")
    asked.refresh_from_db()
    assert asked.closed_at is not None
    assert 'id="shares"' not in page()


def test_declining_leaves_no_open_request(page, asked):
    page.client.post(f"/my-data/shares/{asked.id}/close/")
    assert 'id="shares"' not in page()
    assert "A teacher has asked" not in page("/")


@pytest.mark.parametrize("days", ["", "30", "seven"])
def test_another_duration_is_refused(page, asked, days):
    answer = page.client.post(f"/my-data/shares/{asked.id}/give/", {"days": days})
    assert answer.status_code == 422
    assert "Nothing was changed." in answer.content.decode()
    asked.refresh_from_db()
    assert asked.opened_at is None


def test_with_nothing_to_share_the_page_says_what_to_do(page, mia, ines, allow, now):
    course = factories.make_course("algebra")
    factories.make_enrolment(mia, course)
    allow(mia, "pointer:adapt")
    share_access.ask(course, mia, ines, now=now)
    text = page()
    assert "There is nothing to show" in text
    assert "Share for" not in text
    assert "Do not share" in text
    answer = page.client.post(f"/my-data/shares/{Share.objects.get().id}/give/", {"days": "7"})
    assert answer.status_code == 409


def test_another_day_of_the_journey_can_be_opened(page, mia, now):
    course = factories.make_course("algebra")
    factories.make_enrolment(mia, course)
    quiz = factories.make_quiz_unit(course)
    from courses.answers import responses

    for back in (0, 3):
        responses.record(
            learner=mia, question=quiz.questions.first(), given="5", sitting=None, hints_used=0,
            elapsed_ms=1, draw=None, now=now - timedelta(days=back),
        )  # fmt: skip
    before = (now - timedelta(days=3)).date()
    assert re.search(rf"/journey/\?[^\"]*day={before}[^\"]*#day", page())
    heading = f"{before:%A} {before.day} {before:%B}"
    assert heading not in page()
    assert heading in page(f"/journey/?day={before}")
    for other in ("2020-01-01", "tomorrow", str(date.max)):
        assert heading not in page(f"/journey/?day={other}")
