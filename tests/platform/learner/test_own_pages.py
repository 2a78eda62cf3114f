"""Journey and My data: the Learner's own record, own corrections and own deletion."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from consent.permits import gate
from courses.answers import responses
from estimates import self_reports
from learner.journey import chart as journey_chart
from learner.journey.chart import ChartDay
from learner.journey.date_range import WeekRange, monday_of
from privacy.models import Erasure
from telemetry import sittings
from tests.fixtures import factories
from tests.fixtures.exams import fill_bank, make_test, take
from tests.fixtures.users import PASSWORD

pytestmark = pytest.mark.django_db


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def test_an_empty_journey_says_what_will_be_here(client_for, mia):
    assert "Nothing here yet" in text_of(client_for(mia).get("/journey/"))


def test_activity_and_reports_of_today_are_in_the_feed(client_for, mia):
    quiz = factories.make_quiz_unit()
    factories.make_enrolment(mia, quiz.course)
    now = timezone.now()
    sitting = sittings.open(mia, quiz, scenario="course", page=factories.new_code(), now=now)
    question = quiz.questions.get(position=1)
    for given in ("4", "5"):
        responses.record(
            learner=mia, question=question, given=given, sitting=sitting.id, hints_used=0,
            elapsed_ms=900, draw=None, now=now,
        )  # fmt: skip
    permit = gate.permit(mia.code, "course", now=now)
    self_reports.store(sitting, factories.new_code(), 1.0, "confusion", permit, now=now)
    asked = {"levels": {"arousal": 8}, "occasion": "random"}
    self_reports.store(sitting, factories.new_code(), 2.0, "", permit, now=now, **asked)
    page = text_of(client_for(mia).get("/journey/"))
    assert f"Opened {quiz.title}" in page
    assert "1 of 1 questions correct, in 2 answers." in page
    assert "You said Confused" in page
    assert "You said Excited: 8 of 9. You were asked at a random time." in page


def test_answers_to_drawn_questions_are_listed_with_their_test(client_for, mia):
    drawing = [{"tag": "loops", "count": 2}]
    test = make_test(mia, questions=1, random_questions=drawing, title="Loops test")
    for _ in range(2):
        fill_bank(test)
    take(mia, test, "5", "5", "4")
    page = text_of(client_for(mia).get("/journey/"))
    assert "2 of 3 questions correct, in 3 answers." in page
    assert page.count("questions correct, in") == 1


def test_a_journey_is_private_and_a_teacher_has_none(client_for, ines):
    assert client_for(ines).get("/journey/").status_code == 404


def test_the_estimate_of_another_cannot_be_corrected(client_for, mia):
    data = {"ids": str(factories.new_code()), "said": "INTEREST"}
    assert client_for(mia).post("/journey/correct/", data).status_code == 404
    assert client_for(mia).post("/journey/correct/", {"ids": "x"}).status_code == 400


def test_days_without_an_estimate_have_no_band_and_the_table_says_so():
    today = date(2026, 11, 20)
    days = {
        today: ChartDay(minutes=52, said=1, low=0.4, high=0.6),
        today - timedelta(days=1): ChartDay(minutes=10),
        today - timedelta(days=2): ChartDay(unsure=True),
    }
    chart = journey_chart.draw_chart(days, WeekRange(monday_of(today), 4, today))
    assert [band.kind for band in chart.bands] == ["unsure", "sensed"]
    assert [row.guess for row in chart.rows] == ["not sure", "nothing estimated", "40–60%"]
    assert len(chart.bars) == 2


def test_my_data_counts_only_own_rows(client_for, mia, mallory):
    factories.make_enrolment(mia)
    factories.make_enrolment(mallory)
    page = text_of(client_for(mia).get("/my-data/"))
    assert re.search(r"Courses, answers and progress as long as your account 1 ", page)
    assert re.search(r"Sensor data \S+ days 0 ", page)


@pytest.mark.parametrize(
    ("word", "password"), [("", PASSWORD), ("yes", PASSWORD), ("erase", "wrong")]
)
def test_nothing_is_erased_without_the_word_and_the_password(client_for, mia, word, password):
    answer = client_for(mia).post("/my-data/erase/", {"word": word, "password": password})
    assert answer.status_code == 422
    assert "Nothing was changed" in text_of(answer)
    assert not Erasure.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_erasing_ends_the_account_and_gives_a_number(client_for, mia):
    before = datetime.now(UTC)
    client = client_for(mia)
    answer = client.post("/my-data/erase/", {"word": "erase", "password": PASSWORD})
    done = Erasure.objects.get()
    assert done.asked_at >= before
    assert str(done.id) in text_of(answer)
    assert client.get("/").status_code == 302
    assert not User.objects.filter(code=mia.code, is_active=True).exists()


def test_my_data_says_how_long_by_the_rules_of_this_site(client_for, mia, settings):
    settings.LEGAL_PROFILE = "demo"
    by_profile = {
        row.name: row.lifetime for row in client_for(mia).get("/my-data/").context["categories"]
    }
    settings.LEGAL_PROFILE = None
    declared = {
        row.name: row.lifetime for row in client_for(mia).get("/my-data/").context["categories"]
    }

    assert (by_profile["Sensor data"], declared["Sensor data"]) == ("7 days", "30 days")
    assert by_profile["Class summary"] == "7 days"
