"""A quiz with plain links and forms: wrong answer, reason, hints, correct answer."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from courses.answers.responses import unseal_reply
from courses.models import Hint, Response
from learner.questions import hints
from tests.fixtures import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(mia):
    made = factories.make_course()
    factories.make_enrolment(mia, made)
    return made


@pytest.fixture
def quiz(course):
    return factories.make_quiz_unit(course, questions=2)


@pytest.fixture
def client(client_for, mia):
    return client_for(mia)


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def answer(client, question, given, **fields):
    data = {"question": str(question.code), "given": given, **fields}
    return client.post(f"/units/{question.unit.code}/answer/", data, follow=True)


def test_the_address_names_the_question_so_that_a_reload_asks_the_same(client, quiz):
    first = client.get(f"/units/{quiz.code}/")
    assert first.status_code == 302
    assert "?question=" in first.url
    pages = {re.sub(r'value="[^"]{40,}"', "", text_of(client.get(first.url))) for _ in range(3)}
    assert len(pages) == 1


def test_a_wrong_answer_stays_with_its_reason_and_a_right_one_leads_on(client, mia, course):
    unit = factories.make_unit(course, kind="quiz")
    question = factories.make_question(unit, kind="single")
    factories.make_question(unit)
    page = answer(client, question, "b")
    assert page.status_code == 200
    assert "Not this one" in text_of(page)
    assert "You added." in text_of(page)
    assert "Next question" not in text_of(page)
    page = answer(client, question, "a")
    assert "Next question" in text_of(page)
    assert "Subtract 9 from both sides." in text_of(page)
    assert [r.correct for r in Response.objects.order_by("answered_at")] == [False, True]


def test_a_question_without_hints_is_named_so_that_no_offer_for_another_one_opens(client, quiz):
    question = quiz.questions.get(position=1)
    question.hints.all().delete()
    page = client.get(f"/units/{quiz.code}/?question={question.code}").content.decode()
    assert re.findall(r'data-question="([^"]*)"', page) == [str(question.code)]


def test_a_number_is_read_as_people_write_it_and_what_cannot_be_read_is_not_kept(client, quiz):
    question = quiz.questions.get(position=1)
    page = client.post(
        f"/units/{quiz.code}/answer/", {"question": str(question.code), "given": "five"}
    )
    assert page.status_code == 422
    assert "Enter a number" in text_of(page)
    assert not Response.objects.exists()
    assert "Next question" in text_of(answer(client, question, " 10/2 "))


def test_all_selected_choices_are_stored(client, course):
    unit = factories.make_unit(course, kind="quiz")
    question = factories.make_question(unit, kind="multiple")
    answer(client, question, ["a", "b"])
    assert unseal_reply(Response.objects.get()) == ["a", "b"]


def test_when_every_place_is_right_the_quiz_says_so_and_names_the_next_unit(client, course, quiz):
    onward = factories.make_reading_unit(course)
    for question in quiz.questions.filter(position__isnull=False):
        answer(client, question, "5")
    page = client.get(f"/units/{quiz.code}/")
    assert "Every question is done" in text_of(page)
    assert f"Next: {onward.title}" in text_of(page)


def test_skipping_leads_to_another_place(client, quiz):
    first, second = quiz.questions.filter(position__isnull=False)
    led = client.get(f"/units/{quiz.code}/?after={first.code}").url
    places = {str(second.code), *(str(v.code) for v in second.variants.all())}
    assert led.split("=")[1] in places


def test_hints_open_one_by_one_and_the_second_waits(client, quiz):
    question = quiz.questions.get(position=1)
    url = f"/units/{quiz.code}/?question={question.code}"
    assert "Hint 1" not in text_of(client.get(url)).replace("Hint 1:", "")
    page = client.get(f"{url}&open=1")
    note = note_in(page)
    assert hints.read_note(note, question.code).opened == 1
    too_soon = client.get(f"{url}&open=1&h={note}")
    assert hints.read_note(note_in(too_soon), question.code).opened == 1
    assert "This one opens after" in text_of(too_soon)


def test_hints_that_were_open_are_counted_and_stay_open_after_an_answer(client, quiz):
    question = quiz.questions.get(position=1)
    note = note_in(client.get(f"/units/{quiz.code}/?question={question.code}&open=1"))
    page = answer(client, question, "4", h=note)
    assert hints.read_note(note_in(page), question.code).opened == 1
    assert Response.objects.get().hints_used == 1


def test_a_question_of_another_unit_or_course_meets_a_404(client, course, quiz):
    other = factories.make_quiz_unit(course).questions.get(position=1)
    foreign = factories.make_quiz_unit().questions.get(position=1)
    for question in (other, foreign):
        assert client.get(f"/units/{quiz.code}/?question={question.code}").status_code == 404
        data = {"question": str(question.code), "given": "5"}
        assert client.post(f"/units/{quiz.code}/answer/", data).status_code == 404
    assert client.get(f"/units/{quiz.code}/?question=none").status_code == 404
    assert not Response.objects.exists()


def test_the_sitting_of_another_is_not_stored_with_the_answer(client, quiz, mallory, now):
    from uuid import uuid4

    from telemetry import sittings

    foreign = sittings.open(mallory, quiz, scenario="course", page=uuid4(), now=now)
    answer(client, quiz.questions.get(position=1), "5", sitting=str(foreign.id))
    assert Response.objects.get().sitting is None


def test_a_question_with_drawn_numbers_offers_another_one_like_it(client, course):
    unit = factories.make_unit(course, kind="quiz")
    question = factories.make_question(
        unit,
        parameterised={
            "params": {"a": {"min": 2, "max": 9}},
            "constraints": [],
            "derived": {},
            "prompt": "What is $[[a]] + 1$?",
            "answer": "a + 1",
            "tolerance": 0,
        },
    )
    page = answer(client, question, "5")
    assert f"question={question.code}&amp;draw=1" in page.content.decode()
    drawn = client.get(f"/units/{unit.code}/?question={question.code}&draw=1")
    assert 'name="draw" value="1"' in drawn.content.decode()
    assert "Check answer" in text_of(drawn)


def note_in(page):
    return re.search(r'name="h" value="([^"]+)" form="answer"', page.content.decode())[1]


class TestLadder:
    def test_a_note_about_another_question_or_forged_opens_nothing(self):
        mine, other = factories.new_code(), factories.new_code()
        note = hints.write_note(hints.HintNote(other, 3, 0.0))
        assert hints.read_note(note, mine).opened == 0
        assert hints.read_note(note[:-1] + "x", other).opened == 0
        assert hints.read_note(note, other).opened == 3

    def test_each_hint_waits_eight_seconds_after_the_one_before(self, now):
        fresh = hints.HintNote(factories.new_code(), 0, 0.0)
        note = hints.open_next(fresh, 3, wait_s=8, now=now)
        assert note.opened == 1
        for late, opened in ((0, 1), (7.9, 1), (8, 2)):
            later = now + timedelta(seconds=late)
            assert hints.open_next(note, 3, wait_s=8, now=later).opened == opened

    def test_there_is_no_hint_after_the_last(self, now):
        note = hints.HintNote(factories.new_code(), 3, 0.0)
        assert hints.open_next(note, 3, wait_s=8, now=now) == note


def test_a_small_question_is_answered_only_where_its_hint_is_open(client, course):
    unit = factories.make_unit(course, kind="quiz")
    question = factories.make_question(unit)
    hint = factories.make_hints(question)[1]
    Hint.objects.filter(pk=hint.pk).update(kind="scaffold", reply_kind="numeric", answer="4")
    sent = {"question": str(question.code), "hint": str(hint.code), "given": "4"}
    url = f"/units/{unit.code}/answer/"
    closed = hints.write_note(hints.HintNote(question.code, 1, 0.0))
    opened = hints.write_note(hints.HintNote(question.code, 2, 0.0))
    assert client.post(url, {**sent, "h": closed}).status_code == 404
    assert client.post(url, {**sent, "h": ""}).status_code == 404
    page = client.post(url, {**sent, "h": opened}, follow=True)
    assert hints.read_note(note_in(page), question.code).solved == (2,)
    assert not Response.objects.exists()


def test_what_the_fields_of_a_small_question_hold_is_not_shown_twice(client, course):
    question = factories.make_question(factories.make_unit(course, kind="quiz"))
    hint = factories.make_hints(question)[0]
    parts = [{"id": "g1", "kind": "text", "answer": "sun", "compare": "words"}]
    Hint.objects.filter(pk=hint.pk).update(
        kind="scaffold", reply_kind="cloze", parts=parts, html="It is the [[g1]].", other_html="?"
    )
    note = hints.write_note(hints.HintNote(question.code, 1, 0.0))
    page = client.get(f"/units/{question.unit.code}/?question={question.code}&h={note}")
    assert text_of(page).count("It is the") == 1
    assert "[[g1]]" not in text_of(page)


def test_an_attempt_keeps_its_verdict_after_the_question_changed(client, course):
    unit = factories.make_unit(course, kind="quiz")
    question = factories.make_question(unit, kind="single")
    answer(client, question, "b")
    question.choices = [{**question.choices[0], "id": "c"}]
    question.save()
    page = client.get(f"/units/{unit.code}/?question={question.code}")
    assert page.status_code == 200
    assert "Next question" not in text_of(page)


def test_an_attempt_is_described_by_the_question_as_answered(client, course):
    unit = factories.make_unit(course, kind="quiz")
    parts = [{"id": "g1", "kind": "text", "answer": "sun", "compare": "words"}]
    question = factories.make_question(unit, kind="cloze", parts=parts, prompt_html="[[g1]]")
    client.post(f"/units/{unit.code}/answer/", {"question": question.code, "given-g1": "moon"})
    question.parts = [{**parts[0], "id": "other", "answer": "moon"}]
    question.prompt_html = "[[other]]"
    question.save()
    page = text_of(client.get(f"/units/{unit.code}/?question={question.code}"))
    assert "Next question" not in page
    assert "Already tried: moon" in page


@pytest.mark.parametrize("where", ["quiz", "video"])
def test_a_reply_sent_twice_by_one_form_is_stored_once(client, course, where):
    unit = factories.make_video_unit(course) if where == "video" else None
    unit = unit or factories.make_quiz_unit(course)
    place = {"time_s": 12.0} if where == "video" else {}
    question = factories.make_question(unit, **place)
    url = f"/units/{unit.code}/?question={question.code}"
    card = client.get(url).content.decode().split(str(question.code), 1)[1]
    once = re.search(r'name="once" value="([0-9a-f-]{36})"', card)[1]
    for given in ("4", "4", "5", "5"):
        assert answer(client, question, given, once=once).status_code == 200
    assert sorted(unseal_reply(row) for row in Response.objects.all()) == ["4", "5"]


def test_a_learner_reads_that_capitals_matter(client, course):
    unit = factories.make_unit(course, kind="quiz")
    question = factories.make_question(unit, kind="text", answer="Co")
    address = f"/units/{unit.code}/?question={question.code}"
    assert "Capital letters matter here." not in text_of(client.get(address))
    type(question).objects.update(compare="cased")
    assert "Capital letters matter here." in text_of(client.get(address))
    page = client.post(
        f"/units/{unit.code}/answer/", {"question": question.code, "given": "CO"}, follow=True
    )
    assert not Response.objects.get().correct
    assert page.status_code == 200
