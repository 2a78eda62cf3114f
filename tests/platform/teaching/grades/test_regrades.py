"""Regrading a test: preview, reason, leaf, the learners' view, undo, and concurrent changes."""

from __future__ import annotations

import re
from datetime import timedelta
from random import Random

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.people import name_of
from adaptation import submit_attempt
from audit.models import Leaf
from courses import attempts, enrolment
from courses.answer_files import storage
from courses.gradebook import grades, regrades
from courses.gradebook.regrade_notes import grade_notes
from courses.gradebook.regrade_preview import RegradeChoice, find_covered, preview
from courses.models import Attempt, Regrade, RegradedAttempt, Unit
from teaching.grades.regrade_view_model import question_line, question_lines
from tests.fixtures import factories
from tests.fixtures.answer_files import PDF, add_upload
from tests.fixtures.exams import begin, fill_bank, make_test, regrade, take
from tests.fixtures.open_questions import RUBRIC, add_essay, answer_of, mark

pytestmark = pytest.mark.django_db
REASON = "The key had a sign wrong."


@pytest.fixture
def test(mia, noah, ines):
    """A graded test; its first question has the wrong key 5, and 9 is correct."""
    unit = make_test(mia, noah, attempts=2, due_at=timezone.now() + timedelta(days=1))
    factories.make_enrolment(ines, unit.course, role="teacher")
    return unit


def first_of(unit):
    return unit.questions.order_by("position").first()


def correct(unit, answer="9"):
    """Change the key of the first question, as republishing the course does."""
    question = first_of(unit)
    question.answer = answer
    question.save(update_fields=["answer"])
    return question


def choose(unit, treatment, question=None, *, keeps_higher=False):
    return RegradeChoice(unit, question or first_of(unit), treatment, keeps_higher)


def do(choice, by, reason=REASON):
    return regrade(choice, reason, by=by)


def test_other_points_in_a_draw_are_no_corrected_key(mia, test):
    test.random_questions = [{"tag": "loops", "count": 1, "points": 4}]
    test.save()
    drawn = fill_bank(test)
    take(mia, test, "9", "5", "5", "8")
    assert not question_line(test, drawn.code).has_new_key
    drawn.answer = "8"
    drawn.save()
    line = question_line(test, drawn.code)
    assert (line.has_new_key, line.removed) == (True, False)
    assert [line.question.in_bank for line in question_lines(test)] == [False] * 3 + [True]


def test_a_drawn_question_is_regraded_with_the_points_of_the_test(mia, noah, test, ines):
    test.random_questions = [{"tag": "loops", "count": 1, "points": 4}]
    test.save()
    drawn = fill_bank(test)
    for person in (mia, noah):
        take(person, test, "5", "5", "5", "8" if person == mia else "5")
    assert scores() == [(3, 7), (7, 7)]
    drawn.answer = "8"
    drawn.save()
    do(choose(test, "new_key", drawn), ines)
    assert scores() == [(7, 7), (3, 7)]


def scores():
    rows = Attempt.objects.order_by("learner", "number")
    return [(row.right, row.out_of) for row in rows]


def address(unit, question=None):
    base = f"/teach/{unit.course.slug}/regrades/{unit.code}/"
    return base if question is None else f"{base}{question.code}/"


def test_a_wrong_key_is_corrected_from_preview_to_the_learners_page(
    client_for, mia, noah, ines, test
):
    take(mia, test, "9", "5", "4")
    take(noah, test, "5", "5", "4")
    question = correct(test)
    client = client_for(ines)
    assert "edited since attempts started" in client.get(address(test)).content.decode()
    asked = f"{address(test, question)}?treatment=new_key"
    said = client.get(asked).content.decode()
    assert "2 grades change." in said
    assert "1 goes down." in said
    assert scores() == [(1, 3), (2, 3)]
    stamp = re.search(r'name="stamp" value="(\w+)"', said)[1]
    refused = client.post(asked, {"stamp": stamp, "reason": REASON})
    assert refused.status_code == 422
    assert "Confirm this below" in refused.content.decode()
    blank = client.post(asked, {"stamp": stamp, "reason": " ", "lowers": "on"})
    assert "Enter a reason." in blank.content.decode()
    assert not Regrade.objects.exists()
    made = client.post(asked, {"stamp": stamp, "reason": REASON, "lowers": "on"})
    assert made.status_code == 302
    assert scores() == [(2, 3), (1, 3)]
    assert REASON.encode() not in bytes(RegradedAttempt.objects.first().reason_sealed)
    done = Attempt.objects.get(learner=mia)
    for page in (f"/courses/{test.course.slug}/", f"/units/{test.code}/"):
        said = client_for(mia).get(page).content.decode()
        assert "67%" in said
        assert REASON in said
        assert "The grade was 33% before." in said
    report = client_for(mia).get(f"/attempts/{done.id}/report/").content.decode()
    assert "This attempt was 33% before and is 67% now." in report
    csv = client.get(f"/teach/{test.course.slug}/grades/?as=csv").content.decode()
    assert "67" in csv


def test_a_preview_counts_those_who_have_left_and_names_only_those_in_the_course(
    client_for, mia, noah, ines, test
):
    take(mia, test, "9", "5")
    take(noah, test, "9", "5")
    question = correct(test)
    enrolment.remove(test.course, noah, "learner", by=ines)
    said = client_for(ines).get(f"{address(test, question)}?treatment=new_key").content.decode()
    assert "2 grades change." in said
    assert "1 of these grades belongs to a learner who has left the course." in said
    assert name_of(mia) in said
    assert name_of(noah) not in said


def test_a_grade_names_the_regrade_that_made_it_also_after_one_that_did_not_change_it(
    mia, ines, test
):
    take(mia, test, "9", "5", "5")
    take(mia, test, "4", "4", "5")
    correct(test)
    do(choose(test, "new_key"), ines)
    second = test.questions.get(position=2)
    do(choose(test, "full_credit", second), ines, "The picture was missing.")
    assert scores() == [(3, 3), (2, 3)]
    note = grade_notes(mia, [test])[test.pk]
    assert (note.reason, note.before, note.after) == (REASON, 67, 100)


def test_the_attempts_of_an_account_that_is_being_erased_are_left_alone(mia, noah, ines, test):
    take(mia, test, "9")
    take(noah, test, "9")
    correct(test)
    User.objects.filter(pk=noah.pk).update(is_active=False)
    made = do(choose(test, "new_key"), ines)
    assert [row.learner for row in made.attempts.all()] == [mia]


def test_it_leaves_a_leaf_for_the_act_and_one_about_each_learner_it_changed(
    client_for, mia, noah, ines, test
):
    take(mia, test, "9")
    take(noah, test, "4")
    question = correct(test)
    client = client_for(ines)
    asked = f"{address(test, question)}?treatment=new_key"
    stamp = re.search(r'name="stamp" value="(\w+)"', client.get(asked).content.decode())[1]
    client.post(asked, {"stamp": stamp, "reason": REASON})
    made = Regrade.objects.get()
    client.post(address(test), {"undo": str(made.id)})
    client.post(address(test), {"undo": str(made.id)})
    leaves = Leaf.objects.filter(verb="grade.regrade").order_by("at")
    named = f"regrade={made.id}"
    assert [(leaf.subject_ref is None, leaf.public) for leaf in leaves] == [
        (True, f"learners=1 {named} treatment=new_key unit={test.code} what=set"),
        (False, f"{named} unit={test.code} what=set"),
        (True, f"learners=1 {named} treatment=new_key unit={test.code} what=undone"),
        (False, f"{named} unit={test.code} what=undone"),
    ]


def test_undoing_gives_back_the_grades_and_its_learner_reads_it(client_for, mia, noah, ines, test):
    take(mia, test, "9", "5")
    take(noah, test, "5", "5")
    correct(test)
    first = do(choose(test, "new_key"), ines)
    second = do(choose(test, "full_credit"), ines)
    assert scores() == [(2, 3), (2, 3)]
    assert regrades.undo(first, now=timezone.now())
    assert scores() == [(2, 3), (2, 3)]
    assert regrades.undo(second, now=timezone.now())
    assert not regrades.undo(second, now=timezone.now())
    assert scores() == [(1, 3), (2, 3)]
    done = Attempt.objects.get(learner=mia)
    assert "Undone on" in client_for(mia).get(f"/attempts/{done.id}/report/").content.decode()
    assert REASON not in client_for(mia).get(f"/courses/{test.course.slug}/").content.decode()


def test_each_treatment_counts_as_described(mia, noah, ines, test):
    take(mia, test, "9", "5", "5")
    take(noah, test, "5", "5", "4")
    correct(test)
    for treatment, keeps_higher, expected in [
        ("either_key", False, [(3, 3), (2, 3)]),
        ("full_credit", False, [(3, 3), (2, 3)]),
        ("left_out", False, [(2, 2), (1, 2)]),
        ("left_out", True, [(2, 2), (2, 3)]),
        ("new_key", True, [(3, 3), (2, 3)]),
    ]:
        made = do(choose(test, treatment, keeps_higher=keeps_higher), ines)
        assert scores() == expected, treatment
        regrades.undo(made, now=timezone.now())
        assert scores() == [(2, 3), (2, 3)]


def test_an_attempt_that_runs_is_regraded_when_it_is_handed_in_and_a_later_one_is_not(
    mia, noah, ines, test
):
    now = timezone.now()
    take(noah, test, "9")
    running = attempts.begin(mia, test, rng=Random(1), now=now)
    attempts.save_answer(running, attempts.load_questions(running)[0], "9", elapsed_ms=1, now=now)
    question = correct(test)
    do(choose(test, "new_key"), ines)
    submit_attempt.submit(running, now=now)
    take(mia, test, "5")
    correct(test, "7")
    regrades.recount(list(Attempt.objects.select_related("learner")))
    assert scores() == [(1, 3), (0, 3), (1, 3)]
    row = RegradedAttempt.objects.get(attempt=running)
    assert (row.right_before, row.right, regrades.reason_of(row)) == (0, 1, REASON)
    assert question.pk == row.regrade.question_id


def test_a_submission_during_the_preview_requires_a_new_preview(client_for, mia, noah, ines, test):
    take(mia, test, "9")
    question = correct(test)
    client = client_for(ines)
    asked = f"{address(test, question)}?treatment=new_key"
    stamp = re.search(r'name="stamp" value="(\w+)"', client.get(asked).content.decode())[1]
    attempt = attempts.begin(noah, test, rng=Random(1), now=timezone.now())
    Attempt.objects.filter(pk=attempt.pk).update(contents=Attempt.objects.get(learner=mia).contents)
    submit_attempt.submit(Attempt.objects.get(pk=attempt.pk), now=timezone.now())
    answer = client.post(asked, {"stamp": stamp, "reason": REASON, "lowers": "on"})
    assert answer.status_code == 409
    said = answer.content.decode()
    assert "The preview has changed" in said
    assert REASON in said
    assert not Regrade.objects.exists()
    stamp = re.search(r'name="stamp" value="(\w+)"', said)[1]
    assert client.post(asked, {"stamp": stamp, "reason": REASON}).status_code == 302


def test_a_second_regrade_on_an_old_preview_is_refused(mia, ines, test):
    take(mia, test, "9")
    correct(test)
    choice = choose(test, "new_key")
    stamp = preview(choice, list(find_covered(choice))).stamp
    do(choose(test, "full_credit"), ines)
    with pytest.raises(regrades.StalePreview):
        regrades.make(choice, REASON, stamp, by=ines, now=timezone.now())


def test_the_only_counting_question_cannot_be_left_out(client_for, mia, ines):
    unit = make_test(mia, questions=1)
    factories.make_enrolment(ines, unit.course, role="teacher")
    take(mia, unit, "5")
    asked = f"{address(unit, first_of(unit))}?treatment=left_out"
    said = client_for(ines).get(asked).content.decode()
    assert "cannot be left out" in said
    stamp = preview(choose(unit, "left_out"), list(find_covered(choose(unit, "left_out")))).stamp
    refused = client_for(ines).post(asked, {"stamp": stamp, "reason": REASON})
    assert refused.status_code == 422


def test_a_question_without_another_key_offers_none(client_for, mia, ines, test):
    take(mia, test, "5")
    question = first_of(test)
    said = client_for(ines).get(address(test, question)).content.decode()
    assert 'value="full_credit"' in said
    assert 'value="new_key"' not in said
    question.answer, question.unit, question.position = "9", None, None
    question.save()
    said = client_for(ines).get(address(test, question)).content.decode()
    assert "no longer in the course" in said
    assert 'value="new_key"' not in said


@pytest.mark.parametrize(("treatment", "after"), [("left_out", 67), ("full_credit", 86)])
def test_the_preview_lists_grades_that_attempts_get_without_marks(
    client_for, mia, noah, ines, test, treatment, after
):
    take(noah, test, "5", "4", "4", "")
    essay = add_essay(test)
    for person in (mia, noah):
        take(person, test, "5", "5", "4", "My own words.")
    choice = choose(test, treatment, essay)
    found = preview(choice, list(find_covered(choice)))
    changes = {(change.learner, change.before, change.after) for change in found.changes}
    assert changes == {(mia, None, after), (noah, 33, after)}
    assert (found.lowered, found.unchanged) == (0, 0)
    said = client_for(ines).get(f"{address(test, essay)}?treatment={treatment}").content.decode()
    assert "no grade yet" in said
    do(choice, ines)
    assert {grades.load_grade(person, test).percent for person in (mia, noah)} == {after}


def test_a_preview_of_another_question_leaves_a_waiting_attempt_without_a_grade(
    mia, noah, ines, test
):
    take(noah, test, "4", "5", "5")
    add_essay(test)
    take(mia, test, "4", "5", "5", "My own words.")
    choice = choose(test, "full_credit")
    found = preview(choice, list(find_covered(choice)))
    assert [(change.learner, change.before, change.after) for change in found.changes] == [
        (noah, 67, 100)
    ]
    assert found.unchanged == 0


def test_a_regrade_names_no_percent_that_an_essay_without_marks_never_had(
    client_for, mia, ines, test
):
    add_essay(test)
    attempt = take(mia, test, "4", "5", "5", "My own words.")
    do(choose(test, "full_credit"), ines)
    report = f"/attempts/{attempt.id}/report/"
    said = client_for(mia).get(report).content.decode()
    assert f"“{REASON}”" in said
    assert "% before" not in said
    mark(answer_of(attempt), 1, by=ines)
    for page in (report, f"/units/{test.code}/"):
        said = client_for(mia).get(page).content.decode()
        assert f"“{REASON}”" in said
        assert "% before" not in said


def test_full_credit_for_an_essay_without_marks_names_no_percent(client_for, mia, ines, test):
    essay = add_essay(test)
    attempt = take(mia, test, "5", "5", "5", "My own words.")
    do(choose(test, "full_credit", essay), ines)
    for page in (f"/attempts/{attempt.id}/report/", f"/units/{test.code}/"):
        said = client_for(mia).get(page).content.decode()
        assert f"“{REASON}”" in said
        assert "% before" not in said


def test_a_regrade_of_marked_essays_names_the_percents(client_for, mia, ines, test):
    add_essay(test)
    attempt = take(mia, test, "4", "5", "5", "My own words.")
    mark(answer_of(attempt), 1, by=ines)
    do(choose(test, "full_credit"), ines)
    said = client_for(mia).get(f"/attempts/{attempt.id}/report/").content.decode()
    assert "This attempt was 86% before and is 100% now." in said
    said = client_for(mia).get(f"/units/{test.code}/").content.decode()
    assert "The grade was 86% before." in said


def test_a_mark_of_zero_during_the_preview_requires_a_new_preview(mia, ines, test):
    essay = add_essay(test)
    attempt = take(mia, test, "5", "5", "4", "My own words.")
    choice = choose(test, "left_out", essay)
    stamp = preview(choice, list(find_covered(choice))).stamp
    mark(answer_of(attempt), 0, by=ines)
    with pytest.raises(regrades.StalePreview):
        regrades.make(choice, REASON, stamp, by=ines, now=timezone.now())


def test_an_essay_that_became_another_type_is_not_graded_by_its_key(
    client_for, mia, noah, ines, test
):
    essay = add_essay(test, rubric=RUBRIC)
    attempt = take(mia, test, "5", "5", "5", "My own words.")
    blank = take(noah, test, "5", "5", "5")
    Unit.objects.update(due_at=timezone.now() - timedelta(days=9))
    mark(answer_of(attempt), 1, by=ines, levels={"thesis": "clear", "style": "fluent"})
    essay.kind, essay.rubric, essay.answer = "text", [], "this one"
    essay.save()
    assert not question_line(test, essay.code).has_new_key
    do(choose(test, "new_key", essay), ines)
    report = client_for(mia).get(f"/attempts/{attempt.id}/report/").content.decode()
    assert "My own words." in report
    assert "Clear thesis" in report
    assert "this one" not in report
    assert "this one" not in client_for(noah).get(f"/attempts/{blank.id}/report/").content.decode()


@pytest.mark.parametrize(("treatment", "after"), [("left_out", 67), ("full_credit", 86)])
def test_a_file_is_regraded_as_an_essay_is_and_stays(client_for, mia, ines, test, treatment, after):
    upload = add_upload(test)
    attempt = begin(mia, test, "5", "5", "4", now=timezone.now())
    storage.add_file(attempt, upload, "sheet.pdf", PDF, now=timezone.now())
    submit_attempt.submit(attempt, now=timezone.now())
    assert not question_line(test, upload.code).has_new_key
    assert grades.load_grade(mia, test) is None
    do(choose(test, treatment, upload), ines)
    assert grades.load_grade(mia, test).percent == after
    file = storage.load_attempt_files(attempt)[upload.pk].files[0]
    Unit.objects.update(due_at=timezone.now() - timedelta(days=9))
    said = client_for(mia).get(f"/attempts/{attempt.id}/report/").content.decode()
    assert "sheet.pdf" in said
    assert client_for(mia).get(f"/attempts/{attempt.id}/files/{file.id}/").status_code == 200


def test_a_file_upload_that_became_another_type_still_has_its_file(client_for, mia, ines, test):
    upload = add_upload(test)
    attempt = begin(mia, test, "5", "5", "5", now=timezone.now())
    storage.add_file(attempt, upload, "sheet.pdf", PDF, now=timezone.now())
    submit_attempt.submit(attempt, now=timezone.now())
    upload.kind, upload.file_kinds, upload.answer = "text", [], "this one"
    upload.save()
    assert not question_line(test, upload.code).has_new_key
    do(choose(test, "new_key", upload), ines)
    answer = answer_of(attempt)
    assert (
        "sheet.pdf"
        in client_for(ines).get(f"/teach/{test.course.slug}/marks/{answer.pk}/").content.decode()
    )
    Unit.objects.update(due_at=timezone.now() - timedelta(days=9))
    report = client_for(mia).get(f"/attempts/{attempt.id}/report/").content.decode()
    assert "sheet.pdf" in report
    assert "this one" not in report


def test_a_grade_given_by_a_teacher_stays(client_for, mia, ines, test):
    take(mia, test, "9")
    grades.set_override(mia, test, 80, REASON, by=ines, now=timezone.now())
    question = correct(test)
    asked = f"{address(test, question)}?treatment=new_key"
    said = client_for(ines).get(asked).content.decode()
    assert "A teacher set 80%. That grade stays." in said
    do(choose(test, "new_key"), ines)
    assert grades.load_grade(mia, test).percent == 80
