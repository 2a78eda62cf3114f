"""A test as a Learner takes it: start page, questions, submission and report."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from courses import attempts
from courses.answers import responses
from courses.answers.replies import UngradableReply
from courses.models import Attempt, Question, Response
from tests.fixtures import factories
from tests.fixtures.exams import fill_bank, make_test

pytestmark = pytest.mark.django_db
HELP = (
    'data-controller="lessons/self_report"',
    'data-controller="quiz/hint"',
    "Hint 1",
    "You can try as many times",
    "What you probably know",
    "Skip to a challenge",
    "Not yet",
    "Not this one",
    "Already tried:",
)


@pytest.fixture
def client(client_for, mia):
    return client_for(mia)


def begin(client, unit):
    answer = client.post(f"/units/{unit.code}/begin/")
    assert answer.status_code == 302
    return Attempt.objects.latest("began_at")


def keep(client, attempt, place, given, **fields):
    question = attempts.load_questions(attempt)[place - 1]
    attempt = Attempt.objects.select_related("learner").get(pk=attempt.pk)
    seen = attempts.stamp_of(attempt, question) if attempt.handed_in_at is None else 0
    body = {"question": str(question.code), "stamp": str(seen), "given": given, **fields}
    return client.post(f"/attempts/{attempt.id}/answer/", body)


def over(attempt):
    """Move the end of the attempt's time to just now."""
    now = timezone.now()
    Attempt.objects.filter(pk=attempt.pk).update(
        began_at=now - timedelta(minutes=2), ends_at=now - timedelta(seconds=1)
    )


def text(client, url):
    return client.get(url, follow=True).content.decode()


def test_the_start_page_describes_the_test(client, mia):
    unit = make_test(mia, attempts=2, time_limit_s=1200, due_at=timezone.now() + timedelta(days=2))
    said = text(client, f"/units/{unit.code}/")
    assert "Graded test" in said
    for part in ("20 minutes", "2 of 2 left", "Off, whatever you have allowed", "No hints", "UTC"):
        assert part in said
    assert 'data-controller="sensing/sitting"' not in said
    assert factories.make_question().prompt_html not in said


@pytest.mark.parametrize(
    ("profile", "says"),
    [("demo", "As you set it"), ("eu_education", "do not allow sensing in a practice")],
)
def test_it_says_whether_a_practice_test_is_sensed(client, mia, settings, profile, says):
    settings.LEGAL_PROFILE = profile
    unit = make_test(mia, scenario="practice")
    assert says in text(client, f"/units/{unit.code}/")


@pytest.mark.parametrize(
    ("tries", "is_due", "says"),
    [
        (2, True, "were correct after the due date, or when you have no attempts left."),
        (None, True, "were correct after the due date."),
        (2, False, "were correct when you have no attempts left."),
        (None, False, "were correct."),
    ],
)
def test_it_says_when_correct_answers_are_shown(client, mia, tries, is_due, says):
    due = timezone.now() + timedelta(days=2) if is_due else None
    unit = make_test(mia, attempts=tries, due_at=due)
    assert f"see which answers {says}" in text(client, f"/units/{unit.code}/")


def test_a_question_of_a_test_brings_no_help_and_no_verdict(client, mia):
    unit = make_test(mia)
    attempt = begin(client, unit)
    assert keep(client, attempt, 1, "4").headers["Location"].endswith("/hand-in/")
    said = text(client, f"/attempts/{attempt.id}/?place=1")
    assert 'value="4"' in said
    assert 'data-scenario="graded"' in said
    assert [word for word in HELP if word in said] == []
    assert not Response.objects.exists()


def test_whatever_sends_the_form_leads_to_the_next_question(client, mia):
    """A picture that is a button sends no name of its own to say where to go."""
    attempt = begin(client, make_test(mia))
    page = f"/attempts/{attempt.id}/?place="
    for place, following in ((1, 2), (2, 3), (3, 0)):
        hidden = f'<input type="hidden" name="next" value="{following}">'
        assert text(client, page + str(place)).count('name="next"') == 1
        assert hidden in text(client, page + str(place))
    assert keep(client, attempt, 3, "5", next="0").headers["Location"].endswith("/hand-in/")


def test_navigation_between_questions_returns_to_the_first_blank_one(client, mia):
    attempt = begin(client, make_test(mia))
    assert keep(client, attempt, 1, "5", next="3").headers["Location"].endswith("?place=3")
    assert "Question 2 of 3" in text(client, f"/attempts/{attempt.id}/")
    assert (
        "1 question" not in text(client, f"/attempts/{attempt.id}/hand-in/").split("Check your")[0]
    )
    assert "2 questions have no answer" in text(client, f"/attempts/{attempt.id}/hand-in/")
    assert client.get(f"/attempts/{attempt.id}/?place=9").status_code == 404


def test_an_unreadable_answer_is_reported_and_the_stored_one_stays(client, mia):
    attempt = begin(client, make_test(mia))
    answer = keep(client, attempt, 1, "lots")
    assert (answer.status_code, b"Enter a number" in answer.content) == (422, True)
    told = keep(client, attempt, 1, "lots", stay="1")
    assert (told.status_code, told.headers["Content-Type"]) == (422, "text/plain")


def test_a_script_stores_an_answer_without_leaving_the_page(client, mia):
    attempt = begin(client, make_test(mia))
    told = keep(client, attempt, 1, "5", stay="1")
    assert (told.status_code, told.json()) == (200, {"stamp": 1})
    attempt.refresh_from_db()
    assert len(attempts.load_answers(attempt)) == 1


def test_an_older_tab_does_not_overwrite_and_loses_nothing_typed(client, mia):
    attempt = begin(client, make_test(mia))
    keep(client, attempt, 1, "5", stamp="0")
    again = keep(client, attempt, 1, "5", stamp="0", stay="1")
    assert (again.status_code, again.json()) == (200, {"stamp": 1})  # sent twice is stored once
    told = keep(client, attempt, 1, "77", stamp="0", stay="1")
    assert (told.status_code, told.json()["code"], told.json()["stamp"]) == (409, "changed", 1)
    shown = keep(client, attempt, 1, "77", stamp="0")
    said = shown.content.decode()
    assert shown.status_code == 409
    assert "changed in another tab" in said
    assert 'value="77"' in said
    assert 'name="stamp" value="1"' in said
    assert next(iter(attempts.load_answers(Attempt.objects.get()).values())).given == "5"
    assert keep(client, attempt, 1, "77", stamp="1").status_code == 302
    assert next(iter(attempts.load_answers(Attempt.objects.get()).values())).given == "77"
    assert keep(client, attempt, 1, " ", stamp="2", stay="1").json() == {"stamp": 3}
    assert keep(client, attempt, 1, "4", stamp="2", stay="1").status_code == 409


def test_a_graded_test_shows_the_score_and_later_the_answers(client, mia):
    unit = make_test(mia, attempts=2)
    for left in (1, 0):
        attempt = begin(client, unit)
        keep(client, attempt, 1, "5")
        client.post(f"/attempts/{attempt.id}/hand-in/")
        said = text(client, f"/attempts/{attempt.id}/report/")
        assert "1 of 3 points" in said
        assert ("Subtract 9 from both sides" in said) == (left == 0)
    assert "You have used all your attempts" in text(client, f"/units/{unit.code}/")
    assert client.post(f"/units/{unit.code}/begin/").status_code == 422


def test_the_report_of_a_practice_test_says_which_why_and_where_it_is_explained(client, mia):
    unit = make_test(mia, scenario="practice")
    video = factories.make_video_unit(unit.course)
    video.skills.set(unit.questions.get(position=1).skills.all())
    attempt = begin(client, unit)
    keep(client, attempt, 1, "5")
    keep(client, attempt, 2, "6")
    client.post(f"/attempts/{attempt.id}/hand-in/")
    said = text(client, f"/attempts/{attempt.id}/report/")
    assert said.count("Subtract 9 from both sides") == 3
    assert said.count(f"/units/{video.code}/?t=0.0#player") == 2
    assert "not correct" in said
    assert "no answer" in said
    assert "does not count towards a grade" in said


def test_when_the_time_is_over_every_way_leads_to_the_report(client, mia):
    unit = make_test(mia, scenario="practice", time_limit_s=60)
    attempt = begin(client, unit)
    keep(client, attempt, 1, "5")
    over(attempt)
    assert keep(client, attempt, 2, "5", stay="1").status_code == 409
    for url in ("", "hand-in/", "report/"):
        said = text(client, f"/attempts/{attempt.id}/{url}")
        assert "Time ran out" in said
        assert "1 of 3 points" in said
    assert Response.objects.count() == 1


def test_it_cannot_begin_after_its_end_and_says_what_to_do(client, mia):
    unit = make_test(mia, due_at=timezone.now() - timedelta(minutes=1))
    assert client.post(f"/units/{unit.code}/begin/").status_code == 422
    said = text(client, f"/units/{unit.code}/")
    assert "This was due on" in said
    assert "Ask your teacher" in said


@pytest.mark.parametrize("make", [factories.make_reading_unit, factories.make_video_unit])
def test_a_unit_that_opens_later_says_when_and_accepts_nothing(client, mia, make):
    unit = make()
    factories.make_enrolment(mia, unit.course)
    unit.opens_at = timezone.now() + timedelta(days=1)
    unit.save()
    said = text(client, f"/units/{unit.code}/")
    assert "Not open yet" in said
    assert "UTC" in said
    assert "An equation" not in said
    for url in ("done/", "watched/"):
        assert client.post(f"/units/{unit.code}/{url}").status_code in (400, 403)
    assert client.get(f"/media/units/{unit.code}/lecture.mp4").status_code == 403
    assert client.get(f"/courses/{unit.course.slug}/").content.count(b"opens <time") == 1


def test_dates_are_on_the_course_page_and_on_the_unit_page(client, mia):
    unit = factories.make_reading_unit()
    factories.make_enrolment(mia, unit.course)
    unit.due_at = timezone.now() + timedelta(days=1)
    unit.save()
    for url in (f"/courses/{unit.course.slug}/", f"/units/{unit.code}/", "/"):
        assert f"{unit.due_at:%H:%M} UTC" in text(client, url)


def test_an_attempt_is_private_to_its_learner(client, client_for, mia, noah, ines, mallory):
    unit = make_test(mia, noah)
    factories.make_enrolment(ines, unit.course, role="teacher")
    attempt = begin(client, unit)
    for person, status in ((ines, 403), (noah, 404), (mallory, 404)):
        assert client_for(person).get(f"/attempts/{attempt.id}/").status_code == status
    assert client_for(ines).post(f"/units/{unit.code}/begin/").status_code == 403


def test_a_reset_attempt_is_gone_for_its_learner(client, mia):
    attempt = begin(client, make_test(mia))
    attempts.reset(attempt, now=timezone.now())
    assert client.get(f"/attempts/{attempt.id}/").status_code == 404


@pytest.mark.parametrize("scenario", ["graded", "practice"])
def test_an_attempt_at_a_retired_test_can_be_finished(client, mia, scenario):
    unit = make_test(mia, scenario=scenario)
    attempt = begin(client, unit)
    type(unit).objects.filter(pk=unit.pk).update(position=None)
    unit.course.questions.update(unit=None, position=None)
    course = text(client, f"/courses/{unit.course.slug}/")
    assert f'<a href="/attempts/{attempt.id}/">finish and submit it</a>' in course
    assert "no longer in the course" in text(client, f"/attempts/{attempt.id}/")
    assert keep(client, attempt, 1, "5").status_code == 302
    assert "You can still finish and submit it" in text(client, f"/attempts/{attempt.id}/hand-in/")
    assert client.post(f"/attempts/{attempt.id}/hand-in/").status_code == 302
    report = text(client, f"/attempts/{attempt.id}/report/")
    assert "1 of 3 points" in report
    assert "Back to the course" in report
    assert f"/units/{unit.code}/" not in report
    assert "finish and submit it" not in text(client, f"/courses/{unit.course.slug}/")
    assert client.get(f"/units/{unit.code}/").status_code == 404


def test_a_question_of_a_test_cannot_be_answered_in_the_course(client, mia):
    unit = make_test(mia)
    question = unit.questions.get(position=1)
    answer = client.post(
        f"/units/{unit.code}/answer/", {"question": str(question.code), "given": "5"}
    )
    assert answer.status_code == 422
    assert question.prompt_html not in answer.content.decode()
    assert question.prompt_html not in text(client, f"/units/{unit.code}/?question={question.code}")
    assert not Response.objects.exists()


@pytest.fixture
def drawing(mia):
    """A practice test of one question of its own and one that is drawn from two."""
    unit = make_test(
        mia, scenario="practice", questions=1, random_questions=[{"tag": "loops", "count": 1}]
    )
    for number in (1, 2):
        fill_bank(unit, prompt_html=f"Drawn {number}", explanation_html=f"Because {number}")
    return unit


def test_a_drawn_question_is_asked_and_reported_like_the_others(client, drawing):
    assert '<dd class="num">2</dd>' in text(client, f"/units/{drawing.code}/")
    attempt = begin(client, drawing)
    number = attempts.load_questions(attempt)[1].prompt_html.split()[1]
    said = text(client, f"/attempts/{attempt.id}/?place=2")
    assert f"Drawn {number}" in said
    assert [word for word in HELP if word in said and "self_report" not in word] == []
    keep(client, attempt, 2, "4")
    client.post(f"/attempts/{attempt.id}/hand-in/")
    report = text(client, f"/attempts/{attempt.id}/report/")
    assert f"Because {number}" in report
    assert f"Because {3 - int(number)}" not in report


def test_a_question_of_the_bank_is_never_asked_outside_an_attempt(client, mia, drawing):
    question = Question.objects.filter(in_bank=True).first()
    fields = {"question": str(question.code), "given": "5"}
    assert client.post(f"/units/{drawing.code}/answer/", fields).status_code in (404, 422)
    assert client.get(f"/api/v1/questions/{question.code}/").status_code == 404
    answer = client.post(
        f"/api/v1/questions/{question.code}/answers/",
        {"id": str(uuid4()), "given": "5"},
        content_type="application/json",
    )
    assert answer.status_code == 404
    with pytest.raises(UngradableReply):
        responses.record(
            learner=mia, question=question, given="5", sitting=None, hints_used=0, elapsed_ms=1,
            draw=None, now=timezone.now(),
        )  # fmt: skip
    assert not Response.objects.exists()
