"""Marking: from the answer of a learner to points that both can read, one after another."""

from __future__ import annotations

import re
from fractions import Fraction
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import Leaf
from courses.gradebook import grades, marks, regrades
from courses.gradebook.regrade_preview import RegradeChoice
from courses.models import AnswerMark, Attempt, OpenAnswer, Question, Unit
from teaching.marking import view_model
from tests.fixtures import factories
from tests.fixtures.exams import make_test, regrade, take
from tests.fixtures.open_questions import RUBRIC, add_essay, answer_of, mark
from vault.errors import KeyDestroyed

pytestmark = pytest.mark.django_db
TEXT = "A fraction is <b>a part</b> of a whole."


@pytest.fixture
def unit(mia, noah, ines):
    made = make_test(mia, noah, questions=1)
    factories.make_enrolment(ines, made.course, role="teacher")
    return made


@pytest.fixture
def essay(unit):
    return add_essay(unit)


@pytest.fixture
def client(client_for, ines):
    return client_for(ines)


def page(client, unit, rest="marking/"):
    return client.get(f"/teach/{unit.course.slug}/{rest}").content.decode()


def url(answer, names=""):
    return f"/teach/{answer.question.course.slug}/marks/{answer.pk}/{names}"


def give(client, answer, names="", **fields):
    shown = client.get(url(answer, names))
    seen = re.search(r'name="seen"(?: value="([^"]*)")?', shown.content.decode())
    body = {"seen": seen[1] or "", "comment": "Well argued.", **fields}
    return client.post(url(answer, names), body)


def test_without_answers_there_is_nothing_to_mark(client, unit, essay):
    assert "Nothing to mark" in page(client, unit)
    assert "Nothing to mark" in page(client, unit, f"marking/{unit.code}/{essay.code}/")


def test_a_teacher_marks_answer_after_answer(client, mia, noah, unit, essay):
    answers = [answer_of(take(person, unit, "5", TEXT)) for person in (mia, noah)]
    first, second = sorted(answers, key=lambda row: row.pk)
    assert "0 of 2 marked" in page(client, unit)
    shown = page(client, unit, f"marking/{unit.code}/{essay.code}/")
    assert f"/marks/{first.pk}/" in shown.partition("Mark the next answer")[0]
    text = client.get(url(first)).content.decode()
    assert "A fraction is &lt;b&gt;a part&lt;/b&gt; of a whole." in text
    assert first.learner.pk == mia.pk or "noah" in text
    assert give(client, first, points="3").headers["Location"] == url(second)
    assert "1 of 2 marked" in page(client, unit)
    to_list = give(client, second, points="2.5").headers["Location"]
    assert "All answers are marked." in client.get(to_list).content.decode()
    assert {grades.load_grade(person, unit).percent for person in (mia, noah)} == {70, 80}


def test_the_learner_reads_points_and_comment_before_other_answers_are_shown(
    client, client_for, mia, unit, essay
):
    unit.attempts, unit.due_at = 3, None
    unit.save()
    attempt = take(mia, unit, "5", TEXT)
    own = client_for(mia)
    report = own.get(f"/attempts/{attempt.id}/report/").content.decode()
    assert "waiting for marks" in report
    assert "1 of 5 points so far" in report
    assert "This attempt has no grade yet." in report
    assert "Well argued" not in report
    give(client, answer_of(attempt), points="3")
    report = own.get(f"/attempts/{attempt.id}/report/").content.decode()
    for words in ("4 of 5 points", "3 of 4 points", "Well argued.", "Marked by ines", "a part"):
        assert words in report
    assert "waiting" not in report
    assert re.findall(r'<span id="n-(\d+)">', report) == ["2"]
    assert "Subtract 9" not in report
    assert essay.explanation not in report


def test_a_rubric_gives_the_points(client, client_for, mia, unit):
    essay = add_essay(unit, rubric=RUBRIC)
    answer = answer_of(take(mia, unit, "5", TEXT))
    shown = client.get(url(answer)).content.decode()
    assert "Clear thesis (3 of 3 points)" in shown
    assert 'name="points"' not in shown
    missing = give(client, answer, **{"level-thesis": "clear"})
    assert missing.status_code == 422
    assert "Choose a level of “Style”." in missing.content.decode()
    assert not AnswerMark.objects.exists()
    give(client, answer, **{"level-thesis": "clear", "level-style": "rough"})
    # 3.5 of 4 points of the rubric are 3.5 of the 4 points of the question.
    assert float(AnswerMark.objects.get().share) * essay.points == 3.5
    report = client_for(mia).get(f"/attempts/{Attempt.objects.get().id}/report/").content.decode()
    for words in ("Thesis", "Clear thesis", "3 of 3 points", "0.5 of 1 point"):
        assert words in report


def test_points_beyond_those_of_the_question_are_refused(client, mia, unit, essay):
    answer = answer_of(take(mia, unit, "5", TEXT))
    for typed in ("4.5", "-1", "many", ""):
        assert give(client, answer, points=typed).status_code == 422
    assert "Enter a number from 0 to 4." in give(client, answer, points="5").content.decode()
    assert not AnswerMark.objects.exists()


def test_each_answer_has_the_points_of_its_version(client, mia, noah, ines, unit, essay):
    old = answer_of(take(mia, unit, "5", TEXT))
    essay.points = 10
    essay.save()
    new = answer_of(take(noah, unit, "5", TEXT))
    mark(old, 1, by=ines)
    mark(new, 1, by=ines)
    shown = page(client, unit, f"marking/{unit.code}/{essay.code}/")
    assert "4 of 4 points" in shown
    assert "10 of 10 points" in shown
    assert "Points, from 0 to 4" in client.get(url(old)).content.decode()


def test_two_markers_do_not_overwrite_each_other(client, mia, sara, unit, essay):
    answer = answer_of(take(mia, unit, "5", TEXT))
    mark(answer, 1, "Excellent.", by=sara)
    late = client.post(url(answer), {"seen": "", "points": "0", "comment": "Off topic."})
    said = late.content.decode()
    assert late.status_code == 409
    assert "sara marked this answer while the page was open: 4 of 4 points" in said
    assert "Off topic." in said
    assert AnswerMark.objects.get().share == 1
    seen = re.search(r'name="seen" value="([^"]+)"', said)[1]
    client.post(url(answer), {"seen": seen, "points": "0", "comment": "Off topic."})
    history = marks.load_history(answer)
    assert [(row.by, row.share) for row in history] == [("ines", 0), ("sara", 1)]
    assert "Excellent." in client.get(url(answer)).content.decode()


def test_a_third_mark_is_displayed_before_it_can_be_replaced(
    client, mia, sara, unit, essay, monkeypatch
):
    answer = answer_of(take(mia, unit, "5", TEXT))
    second = mark(answer, 1, "Excellent.", by=sara)
    load, pages = view_model.load_page, []

    def load_and_mark(*args, **options):
        pages.append(load(*args, **options))
        if len(pages) == 2:
            mark(answer, 0, "I think not.", by=sara, seen=second.pk)
        return pages[-1]

    monkeypatch.setattr(view_model, "load_page", load_and_mark)
    sent = {"points": "2", "comment": "Off topic."}
    said = client.post(url(answer), sent | {"seen": ""}).content.decode()
    assert "I think not." not in said
    seen = re.search(r'name="seen" value="([^"]+)"', said)[1]
    late = client.post(url(answer), sent | {"seen": seen})
    assert late.status_code == 409
    assert "I think not." in late.content.decode()
    assert AnswerMark.objects.get(replaced_at=None).share == 0


def test_more_than_two_decimals_are_refused(client, mia, unit):
    essay = add_essay(unit, points=7)
    answer = answer_of(take(mia, unit, "5", TEXT))
    refused = give(client, answer, points="2.555")
    assert refused.status_code == 422
    assert "Enter points with at most two decimal places." in refused.content.decode()
    give(client, answer, points="2.55")
    share = AnswerMark.objects.get().share
    typed = re.search(r'name="points" value="([^"]+)"', client.get(url(answer)).content.decode())
    give(client, answer, points=typed[1], comment="Another comment.")
    assert share * essay.points == Fraction("2.55")
    assert {row.share for row in AnswerMark.objects.all()} == {share}
    assert AnswerMark.objects.count() == 2


def test_saving_an_unchanged_mark_adds_no_mark_and_no_leaf(client, mia, unit):
    add_essay(unit, rubric=RUBRIC)
    answer = answer_of(take(mia, unit, "5", TEXT))
    levels = {"level-thesis": "clear", "level-style": "rough"}
    for _ in range(2):
        assert give(client, answer, comment=" All right. ", **levels).status_code == 302
    assert AnswerMark.objects.count() == 1
    assert Leaf.objects.filter(verb="grade.mark").count() == 1
    give(client, answer, comment="All right.", **levels | {"level-style": "fluent"})
    assert AnswerMark.objects.count() == 2


def test_an_erasure_while_a_teacher_marks_answers_not_found(client, mia, unit, essay, monkeypatch):
    answer = answer_of(take(mia, unit, "5", TEXT))

    def refuse(*_args, **_options):
        raise KeyDestroyed

    monkeypatch.setattr(marks, "seal_value", refuse)
    assert give(client, answer, points="3").status_code == 404
    assert not AnswerMark.objects.exists()


def test_pages_read_no_text_of_other_answers(client, mia, noah, ines, unit, essay):
    answers = [answer_of(take(person, unit, "5", TEXT)) for person in (mia, noah)]
    mark(answers[1], 1, by=ines)
    with CaptureQueriesContext(connection) as queries:
        page(client, unit, f"marking/{unit.code}/{essay.code}/")
    sealed = ('"given_sealed"', '"note_sealed"')
    assert not [row for row in queries if any(name in row["sql"] for name in sealed)]
    with CaptureQueriesContext(connection) as queries:
        client.get(url(answers[0]))
    read = [row["sql"] for row in queries if '"given_sealed"' in row["sql"]]
    assert len(read) == 1
    assert answers[0].pk.hex in read[0].replace("-", "")


def test_names_can_be_hidden_all_the_way(client, mia, noah, unit, essay):
    answers = [answer_of(take(person, unit, "5", TEXT)) for person in (mia, noah)]
    first, second = sorted(answers, key=lambda row: row.pk)
    place = f"marking/{unit.code}/{essay.code}/?names=hidden"
    for shown in (
        page(client, unit, place),
        client.get(url(first, "?names=hidden")).content.decode(),
    ):
        assert "Answer 1" in shown
        assert "mia" not in shown
        assert "noah" not in shown
    after = give(client, first, "?names=hidden", points="1").headers["Location"]
    assert after == url(second, "?names=hidden")


def test_each_mark_leaves_a_leaf_without_its_comment(client, mia, unit, essay):
    answer = answer_of(take(mia, unit, "5", TEXT))
    give(client, answer, points="3")
    leaf = Leaf.objects.get(verb="grade.mark")
    assert leaf.public == f"mark={AnswerMark.objects.get().pk} unit={unit.code}"


def test_attempts_that_were_reset_and_people_who_left_are_not_marked(
    client, mia, noah, unit, essay
):
    Attempt.objects.filter(pk=take(mia, unit, "5", TEXT).pk).update(reset_at="2026-11-20T09:00Z")
    take(noah, unit, "5", TEXT)
    noah.enrolments.all().delete()
    assert "Nothing to mark" in page(client, unit)
    for answer in OpenAnswer.objects.all():
        assert client.get(url(answer)).status_code == 404


def test_a_teacher_of_another_course_cannot_mark(client_for, mia, amir, unit, essay):
    answer = answer_of(take(mia, unit, "5", TEXT))
    other = factories.make_course("geometry")
    factories.make_enrolment(amir, other, role="teacher")
    assert client_for(amir).get(url(answer)).status_code == 404
    assert client_for(amir).get(f"/teach/geometry/marks/{answer.pk}/").status_code == 404
    assert client_for(mia).get(url(answer)).status_code == 403


def test_the_dashboard_counts_what_waits(client, mia, noah, ines, unit, essay):
    assert "waiting for marks" not in page(client, unit, "")
    mark(answer_of(take(mia, unit, "5", TEXT)), 1, by=ines)
    answer = answer_of(take(noah, unit, "5", TEXT))
    take(noah, unit, "5", TEXT)
    said = page(client, unit, "")
    assert "2 answers are waiting for marks." in said
    assert f'href="/teach/{unit.course.slug}/marking/"' in said.partition("waiting for marks.")[2]
    Attempt.objects.filter(pk=answer.attempt_id).update(reset_at="2026-11-20T09:00Z")
    assert "1 answer is waiting for marks." in page(client, unit, "")
    noah.enrolments.all().delete()
    assert "waiting for marks" not in page(client, unit, "")


def test_the_gradebook_says_what_waits(client, mia, unit, essay):
    take(mia, unit, "5", TEXT)
    assert "waiting for marks" in page(client, unit, "grades/")
    assert page(client, unit, "grades/?as=csv").splitlines()[1] == '"mia","1 of 1",""'


def test_a_test_with_an_essay_cannot_become_a_quiz_with_hints(client, unit, essay):
    place = f"/teach/{unit.course.slug}/units/{unit.code}/"
    sent = client.post(place, {"scenario": "course", "attempts": "", "minutes": ""})
    assert sent.status_code == 422
    assert "Only a test can ask questions that people mark" in sent.content.decode()
    unit.refresh_from_db()
    assert unit.scenario == "graded"


@pytest.mark.parametrize("change", [{"position": None}, {"scenario": "course"}])
def test_answers_of_a_test_that_was_removed_or_became_a_quiz_are_marked(
    client, mia, noah, unit, essay, change
):
    answers = [answer_of(take(person, unit, "5", TEXT)) for person in (mia, noah)]
    first, second = sorted(answers, key=lambda row: row.pk)
    Question.objects.filter(pk=essay.pk).update(position=None)
    Unit.objects.filter(pk=unit.pk).update(**change)
    assert "2 answers are waiting for marks." in page(client, unit, "")
    assert f"/marking/{unit.code}/{essay.code}/" in page(client, unit)
    shown = client.get(f"/teach/{unit.course.slug}/marking/{unit.code}/{essay.code}/")
    assert shown.status_code == 200
    assert give(client, first, points="3").headers["Location"] == url(second)
    after = client.get(give(client, second, points="3").headers["Location"])
    assert "All answers are marked." in after.content.decode()
    assert all(row.is_final for row in Attempt.objects.all())


def test_a_unit_of_another_course_has_no_list_of_answers(client, unit, essay):
    other = factories.make_quiz_unit(factories.make_course("geometry"))
    place = f"/teach/{unit.course.slug}/marking/{other.code}/{essay.code}/"
    assert client.get(place).status_code == 404


@pytest.mark.parametrize(
    ("treatment", "points"), [("full_credit", "4 of 4 points"), ("left_out", "left out of the")]
)
def test_an_essay_that_a_regrade_settles_waits_for_no_one(
    client, client_for, mia, ines, unit, essay, treatment, points
):
    attempt = take(mia, unit, "5", TEXT)
    made = regrade(RegradeChoice(unit, essay, treatment, keeps_higher=False), "Unclear.", by=ines)
    report = client_for(mia).get(f"/attempts/{attempt.id}/report/").content.decode()
    assert points in report
    assert "Marked by" not in report
    listed = page(client, unit, f"marking/{unit.code}/{essay.code}/")
    assert "needs no marks" in listed
    assert "No answer is waiting for marks." in listed
    assert "Mark the next answer" not in listed
    task = page(client, unit)
    assert "0 of 1 marked" in task
    for said in (report, task, page(client, unit, "")):
        assert "waiting for marks" not in said
    assert 'class="btn dense push go"' not in task
    regrades.undo(made, now=timezone.now())
    assert "1 answer is waiting for marks." in page(client, unit, "")
    assert 'class="btn dense push go"' in page(client, unit)


def test_an_essay_that_counts_again_after_it_was_left_out_waits(client, mia, ines, unit, essay):
    take(mia, unit, "5", TEXT)
    for treatment in ("left_out", "new_key"):
        regrade(RegradeChoice(unit, essay, treatment, keeps_higher=False), "Unclear.", by=ines)
    assert Attempt.objects.get().unmarked == 1
    assert "1 answer is waiting for marks." in page(client, unit, "")


def test_a_mark_in_place_of_one_that_never_was_is_refused(client, mia, unit, essay):
    answer = answer_of(take(mia, unit, "5", TEXT))
    sent = {"seen": str(uuid4()), "points": "3", "comment": ""}
    assert client.post(url(answer), sent).status_code == 404
    assert not AnswerMark.objects.exists()
