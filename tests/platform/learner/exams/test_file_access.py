"""Uploaded files from outside: hostile ones, other people's, and how a file is sent."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from adaptation import submit_attempt
from courses.answer_files import storage
from courses.answer_files.acceptance import MB, MOST_BYTES
from courses.models import AnswerFile
from courses.refused_file import RefusedFile
from tests.fixtures import factories
from tests.fixtures.answer_files import PDF, add_upload, begin_with_file, upload
from tests.fixtures.exams import begin, make_test
from tests.fixtures.open_questions import answer_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def question(mia, noah):
    return add_upload(make_test(mia, noah, questions=0))


@pytest.fixture
def attempt(mia, question, now):
    return begin_with_file(mia, question.unit, question, now=now)


@pytest.fixture
def file(attempt):
    return AnswerFile.objects.get(attempt=attempt)


def url_of(attempt, file):
    return f"/attempts/{attempt.id}/files/{file.pk}/"


def test_a_file_is_sent_as_an_attachment_that_nothing_opens_or_keeps(
    client_for, mia, attempt, file
):
    sent = client_for(mia).get(url_of(attempt, file))
    assert sent.content == PDF
    assert sent["Content-Type"] == "application/octet-stream"
    assert sent["Content-Disposition"] == 'attachment; filename="sheet.pdf"'
    assert sent["X-Content-Type-Options"] == "nosniff"
    assert sent["Cache-Control"] == "no-store"
    assert "sandbox" in sent["Content-Security-Policy"]


def test_others_do_not_find_a_file(client_for, mia, noah, ines, attempt, file, now):
    mine = begin(noah, attempt.unit, now=now)
    other = client_for(noah)
    assert other.get(url_of(attempt, file)).status_code == 404
    assert other.get(url_of(mine, file)).status_code == 404
    assert client_for(ines).get(url_of(attempt, file)).status_code == 404
    assert client_for(mia).get(f"/attempts/{attempt.id}/files/{uuid.uuid4()}/").status_code == 404


def test_others_do_not_change_files(client_for, noah, attempt, question, file, now):
    mine = begin(noah, attempt.unit, now=now)
    client = client_for(noah)
    assert upload(client, attempt, question, b"x", "x.txt").status_code == 404
    assert upload(client, mine, question, None, act=f"remove:{file.pk}").status_code == 200
    assert upload(client, mine, question, None, act="remove:x").status_code == 404
    assert upload(client, mine, question, None, act=f"restore:{file.pk}").status_code == 200
    assert storage.load_files(attempt, question).files[0].id == file.pk
    assert storage.load_files(mine, question).files == ()


def test_a_removed_file_is_not_sent(client_for, mia, attempt, question, file):
    client = client_for(mia)
    upload(client, attempt, question, None, act=f"remove:{file.pk}")
    assert client.get(url_of(attempt, file)).status_code == 404


def test_a_teacher_of_the_course_downloads_it_once_it_is_submitted(
    client_for, ines, amir, attempt, question, file, now
):
    factories.make_enrolment(ines, question.course, role="teacher")
    teacher = client_for(ines)
    answer = answer_of(submit_attempt.submit(attempt, now=now))
    place = f"/teach/{question.course.slug}/marks/{answer.pk}"
    assert "sheet.pdf" in teacher.get(f"{place}/").content.decode()
    sent = teacher.get(f"{place}/files/{file.pk}/")
    assert (sent.content, sent["Content-Type"]) == (PDF, "application/octet-stream")
    assert teacher.get(url_of(attempt, file)).status_code == 403
    assert client_for(amir).get(f"{place}/files/{file.pk}/").status_code == 404


def test_hidden_names_hide_those_of_files_too(client_for, ines, mia, attempt, question, file, now):
    later = now + timedelta(seconds=1)
    storage.add_file(attempt, question, "Mia Muster.txt", b"by Mia", now=later)
    factories.make_enrolment(ines, question.course, role="teacher")
    answer = answer_of(submit_attempt.submit(attempt, now=now))
    other = storage.load_files(attempt, question).files[1].id
    place = f"/teach/{question.course.slug}/marks/{answer.pk}"
    page = client_for(ines).get(f"{place}/?names=hidden").content.decode()
    assert "Muster" not in page
    assert "File 2.txt" in page
    assert f'{place}/files/{other}/?names=hidden"' in page
    sent = client_for(ines).get(f"{place}/files/{other}/?names=hidden")
    assert sent["Content-Disposition"] == 'attachment; filename="File 2.txt"'


def test_a_learner_finds_the_files_while_a_graded_test_hides_other_answers(
    client_for, mia, question, now
):
    unit = make_test(course=question.course, questions=1, attempts=2)
    asked = add_upload(unit)
    submit_attempt.submit(done := begin_with_file(mia, unit, asked, now=now), now=now)
    page = client_for(mia).get(f"/attempts/{done.id}/report/").content.decode()
    assert "sheet.pdf" in page
    assert "Question 1<" not in page


def test_a_removed_file_is_deleted_when_a_teacher_resets_the_attempt(
    client_for, ines, mia, attempt, question, file
):
    factories.make_enrolment(ines, question.course, role="teacher")
    upload(client_for(mia), attempt, question, None, act=f"remove:{file.pk}")
    unit = question.unit
    place = f"/teach/{question.course.slug}/grades/{mia.code}/{unit.code}/"
    assert client_for(ines).post(place, {"act": "reset", "attempt": attempt.id}).status_code == 302
    assert not AnswerFile.objects.exists()


def test_a_teacher_finds_only_files_of_the_answer_that_is_named(
    client_for, ines, mia, attempt, question, file, now
):
    factories.make_enrolment(ines, question.course, role="teacher")
    answer = answer_of(submit_attempt.submit(attempt, now=now))
    unit = make_test(course=question.course, questions=0)
    other = begin_with_file(mia, unit, add_upload(unit), now=now)
    running = AnswerFile.objects.get(attempt=other)
    place = f"/teach/{question.course.slug}/marks/{answer.pk}"
    assert client_for(ines).get(f"{place}/files/{running.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("sheet.pdf", b"MZ" + bytes(300), "This file has another format"),
        ("sheet.pdf", b"", "This file is empty."),
        ("sheet.pdf", PDF + bytes(MOST_BYTES), "This file is larger than 10 MB."),
    ],
)
def test_hostile_files_are_refused_and_nothing_is_stored(
    client_for, mia, question, name, content, said, now
):
    client, attempt = client_for(mia), begin(mia, question.unit, now=now)
    refused = upload(client, attempt, question, content, name)
    assert refused.status_code == 422
    assert refused.content.decode().startswith(said)
    page = upload(client, attempt, question, content, name, stay=None)
    assert page.status_code == 422
    assert said in page.content.decode()
    assert not AnswerFile.objects.exists()


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("../../../etc/cron.d/x.pdf", "x.pdf"),
        ("a\tb\x07\u202efdp.pdf", "abfdp.pdf"),
        ("a" * 250 + ".pdf", "a" * 196 + ".pdf"),
        ('"; filename=evil.exe.pdf', "_; filename=evil.exe.pdf"),
    ],
)
def test_names_are_made_safe_and_survive_the_header(client_for, mia, question, name, stored, now):
    client, attempt = client_for(mia), begin(mia, question.unit, now=now)
    storage.add_file(attempt, question, name, PDF, now=now)
    file = AnswerFile.objects.get()
    sent = client.get(url_of(attempt, file))
    assert sent["Content-Disposition"] == f'attachment; filename="{stored}"'


def test_two_files_in_one_request_are_refused(client_for, mia, question, now):
    from django.core.files.uploadedfile import SimpleUploadedFile

    client, attempt = client_for(mia), begin(mia, question.unit, now=now)
    files = [SimpleUploadedFile("a.pdf", PDF), SimpleUploadedFile("b.pdf", PDF)]
    body = {"question": str(question.code), "stay": "1", "file": files}
    refused = client.post(f"/attempts/{attempt.id}/files/", body)
    assert refused.content.decode() == "Upload one file at a time."
    assert not AnswerFile.objects.exists()


def test_all_files_of_a_learner_in_a_course_have_a_limit(mia, question, attempt, now, monkeypatch):
    monkeypatch.setattr(storage, "MOST_IN_COURSE", len(PDF) + 3)
    with pytest.raises(RefusedFile, match="in the graded tests of this course"):
        storage.add_file(attempt, question, "b.txt", b"four", now=now)
    storage.add_file(attempt, question, "b.txt", b"and", now=now)


@pytest.mark.parametrize(
    ("full", "other", "named"),
    [
        ("graded", "practice", "your files in the graded tests of this course would have"),
        ("practice", "graded", "your files in the practice tests of this course would have"),
    ],
)
def test_practice_uses_up_no_space_of_graded_tests_nor_they_of_practice(
    mia, now, monkeypatch, full, other, named
):
    """Nobody can remove the files of an attempt that was submitted."""
    monkeypatch.setattr(storage, "MOST_IN_COURSE", len(PDF))
    unit = make_test(mia, scenario=full, questions=0)
    submit_attempt.submit(begin_with_file(mia, unit, add_upload(unit), now=now), now=now)
    again = make_test(course=unit.course, scenario=full, questions=0)
    with pytest.raises(RefusedFile, match=named):
        begin_with_file(mia, again, add_upload(again), now=now)
    free = make_test(course=unit.course, scenario=other, questions=0)
    begin_with_file(mia, free, add_upload(free), now=now)


def test_files_of_an_erased_learner_are_gone(mia, attempt, file, client_for, ines, question, now):
    from vault.keystore import open_keystore

    factories.make_enrolment(ines, question.course, role="teacher")
    answer = answer_of(submit_attempt.submit(attempt, now=now))
    open_keystore().destroy(mia.code, ["course"])
    place = f"/teach/{question.course.slug}/marks/{answer.pk}/files/{file.pk}/"
    assert client_for(ines).get(place).status_code == 404


def test_the_largest_file_passes_the_limit_of_bodies_and_no_larger_one():
    from config.request_body.limits import UPLOADS

    limit = UPLOADS["attempts/<uuid:id>/files/"]
    assert MOST_BYTES < limit.most <= 11 * MB
