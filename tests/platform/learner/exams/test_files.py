"""Files that a learner uploads in a test: stored, listed, removed, restored, and submitted once."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from courses import attempts
from courses.answer_files import acceptance, storage
from courses.models import AnswerFile, Attempt, OpenAnswer
from tests.fixtures.answer_files import PDF, PROGRAM, add_upload, photograph, upload
from tests.fixtures.exams import begin, make_test
from tests.fixtures.open_questions import answer_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client_for, mia):
    return client_for(mia)


@pytest.fixture
def question(mia):
    return add_upload(make_test(mia, scenario="practice", questions=0))


@pytest.fixture
def attempt(mia, question, now):
    return begin(mia, question.unit, now=now)


def text(client, url):
    return client.get(url, follow=True).content.decode()


def stored(attempt, question):
    files = storage.load_files(attempt, question)
    return [each.name for each in files.files], files.removed and files.removed.name


def test_a_file_is_stored_and_listed_with_its_name(client, attempt, question):
    sent = upload(client, attempt, question).json()
    (row,) = AnswerFile.objects.all()
    assert sent == {"file": str(row.pk)}
    assert storage.read_content(row) == PDF
    assert b"sheet" not in bytes(row.facts_sealed)
    assert b"%PDF" not in bytes(row.content_sealed)
    said = text(client, f"/attempts/{attempt.id}/?place=1")
    assert "sheet.pdf" in said
    assert "Question 1, answered" in said


def test_a_form_without_scripts_stays_or_goes_on_with_the_file(client, mia, now):
    unit = make_test(mia, questions=1)
    question = add_upload(unit)
    attempt = begin(mia, unit, now=now)
    sent = upload(client, attempt, question, stay=None, act="upload")
    assert sent.url == f"/attempts/{attempt.id}/?place=2#files"
    sent = upload(client, attempt, question, PROGRAM, "half.py", stay=None, next="0")
    assert sent.url == f"/attempts/{attempt.id}/hand-in/"
    assert stored(attempt, question)[0] == ["sheet.pdf", "half.py"]


def test_the_same_file_sent_twice_is_stored_once(client, attempt, question):
    upload(client, attempt, question)
    assert upload(client, attempt, question, name="again.pdf").status_code == 200
    assert stored(attempt, question) == (["sheet.pdf"], None)


@pytest.mark.parametrize("name", ["solution\\", "a&#47;", "a&sol;"])
def test_a_file_without_a_name_is_refused_and_not_announced_as_saved(
    client, attempt, question, name
):
    refused = upload(client, attempt, question, name=name)
    assert refused.status_code == 422
    assert refused.content.decode() == "Select a file with a name first."
    assert not AnswerFile.objects.exists()


def test_a_script_that_sends_no_file_is_refused(client, attempt, question):
    assert upload(client, attempt, question, None).status_code == 422
    assert upload(client, attempt, question, None, file="text").status_code == 422


def test_a_picture_is_not_decoded_where_it_has_no_room_or_is_there_already(
    client, attempt, question, monkeypatch
):
    upload(client, attempt, question, photograph(), "a.jpg")
    upload(client, attempt, question)
    monkeypatch.setattr(acceptance, "encode_picture", None)
    assert upload(client, attempt, question, photograph(), "again.jpg").status_code == 200
    assert upload(client, attempt, question, photograph("PNG"), "b.png").status_code == 422


def test_more_files_than_allowed_are_refused(client, attempt, question):
    upload(client, attempt, question)
    upload(client, attempt, question, PROGRAM, "half.py")
    refused = upload(client, attempt, question, b"more", "more.txt")
    assert refused.status_code == 422
    assert refused.content.decode() == "You can upload at most 2 files here. Remove one first."
    assert len(stored(attempt, question)[0]) == 2


def test_a_removed_file_is_restored_or_gives_way_to_another(client, attempt, question):
    upload(client, attempt, question)
    (row,) = AnswerFile.objects.all()
    upload(client, attempt, question, None, act=f"remove:{row.pk}")
    assert stored(attempt, question) == ([], "sheet.pdf")
    said = text(client, f"/attempts/{attempt.id}/?place=1")
    assert "“sheet.pdf” was removed." in said
    assert "Question 1, answered" not in said

    upload(client, attempt, question, None, act=f"restore:{row.pk}")
    assert stored(attempt, question) == (["sheet.pdf"], None)

    upload(client, attempt, question, PROGRAM, "half.py")
    for each in list(AnswerFile.objects.order_by("uploaded_at")):
        upload(client, attempt, question, None, act=f"remove:{each.pk}")
    assert stored(attempt, question) == ([], "half.py")


def test_a_removed_file_does_not_come_back_where_others_took_its_place(client, attempt, question):
    upload(client, attempt, question)
    (row,) = AnswerFile.objects.all()
    upload(client, attempt, question, None, act=f"remove:{row.pk}")
    for name in ("a.txt", "b.txt"):
        upload(client, attempt, question, name.encode(), name)
    assert upload(client, attempt, question, None, act=f"restore:{row.pk}").status_code == 422
    assert stored(attempt, question) == (["a.txt", "b.txt"], "sheet.pdf")


def test_a_removed_file_that_is_sent_again_is_back(client, attempt, question):
    upload(client, attempt, question)
    row = AnswerFile.objects.get()
    upload(client, attempt, question, None, act=f"remove:{row.pk}")
    upload(client, attempt, question)
    assert stored(attempt, question) == (["sheet.pdf"], None)


def test_submitting_makes_one_answer_of_the_files_and_deletes_removed_ones(
    client, attempt, question
):
    upload(client, attempt, question)
    upload(client, attempt, question, PROGRAM, "half.py")
    first = AnswerFile.objects.order_by("uploaded_at").first()
    upload(client, attempt, question, None, act=f"remove:{first.pk}")
    client.post(f"/attempts/{attempt.id}/hand-in/")
    answer = answer_of(attempt)
    assert answer.question == question
    assert stored(attempt, question) == (["half.py"], None)
    assert AnswerFile.objects.count() == 1
    assert Attempt.objects.get().unmarked == 1
    said = text(client, f"/attempts/{attempt.id}/report/")
    assert "half.py" in said
    assert "waiting for marks" in said
    assert "Remove" not in said


def test_without_a_file_the_answer_is_blank_and_needs_no_marks(client, attempt, question):
    upload(client, attempt, question)
    row = AnswerFile.objects.get()
    upload(client, attempt, question, None, act=f"remove:{row.pk}")
    client.post(f"/attempts/{attempt.id}/hand-in/")
    assert not OpenAnswer.objects.exists()
    assert not AnswerFile.objects.exists()
    assert Attempt.objects.get().unmarked == 0


def test_nothing_is_stored_after_submission(client, attempt, question):
    client.post(f"/attempts/{attempt.id}/hand-in/")
    late = upload(client, attempt, question)
    assert (late.status_code, late.json()) == (409, {"code": "over"})
    assert not AnswerFile.objects.exists()


def test_nothing_is_stored_once_time_is_over(client, mia, now):
    unit = make_test(mia, questions=0, time_limit_s=60)
    question = add_upload(unit)
    attempt = begin(mia, unit, now=now)
    with pytest.raises(attempts.AttemptClosed):
        storage.add_file(attempt, question, "a.pdf", PDF, now=now + timedelta(seconds=60))
    Attempt.objects.update(
        began_at=now - timedelta(seconds=90), ends_at=now - timedelta(seconds=30)
    )
    assert upload(client, attempt, question).status_code == 409
    assert upload(client, attempt, question, stay=None).url.endswith("/report/")
    assert not AnswerFile.objects.exists()


def test_a_photograph_is_stored_upright_without_its_place_and_owner(client, attempt, question):
    upload(client, attempt, question, photograph(), "IMG_1.JPG")
    assert stored(attempt, question)[0] == ["IMG_1.jpg"]
    content = storage.read_content(AnswerFile.objects.get())
    assert b"Taken by" not in content
    assert b"Exif" not in content
    with Image.open(BytesIO(content)) as picture:
        # Turned to the right: its blue corner is at the top right now.
        assert picture.size == (20, 40)
        blue, red = picture.getpixel((17, 2)), picture.getpixel((2, 2))
    assert blue[2] > 200 > 100 > blue[0]
    assert red[0] > 200 > 100 > red[2]


def test_a_refused_form_without_scripts_does_not_call_its_saved_files_unsaved(
    client, attempt, question
):
    upload(client, attempt, question)
    refused = upload(client, attempt, question, b"", stay=None, act="upload")
    assert refused.status_code == 422
    said = refused.content.decode()
    assert "This file is empty." in said
    assert "sheet.pdf" in said
    assert "Not saved yet." not in said


def test_the_page_names_the_limit_that_the_server_holds(client, attempt, monkeypatch):
    monkeypatch.setattr(acceptance, "MOST_BYTES", 3 * acceptance.MB)
    said = text(client, f"/attempts/{attempt.id}/?place=1")
    assert f'data-most-bytes="{3 * acceptance.MB}"' in said
    assert 'data-too-large="This file is larger than 3 MB. Upload a smaller one."' in said
    assert 'data-empty="This file is empty. Check it, then upload it again."' in said


@pytest.mark.parametrize(("most", "several"), [(1, False), (2, True)])
def test_a_script_lets_select_several_files_only_where_several_are_asked_for(
    client, mia, now, most, several
):
    question = add_upload(make_test(mia, questions=0), most_files=most)
    attempt = begin(mia, question.unit, now=now)
    assert ("data-several" in text(client, f"/attempts/{attempt.id}/?place=1")) is several


def test_the_page_says_what_is_allowed_and_what_is_removed_from_photographs(
    client, attempt, question
):
    said = text(client, f"/attempts/{attempt.id}/?place=1")
    assert "Up to 2 files, at most 10 MB each." in said
    assert "Photos are stored without the place and time at which they were taken." in said


def test_the_answer_of_a_file_upload_cannot_be_written_by_a_form(client, attempt, question):
    upload(client, attempt, question)
    body = {"question": str(question.code), "stamp": "1", "given": "", "stay": "1"}
    assert client.post(f"/attempts/{attempt.id}/answer/", body).status_code == 422
    assert len(attempts.load_answers(Attempt.objects.get())) == 1


def test_one_file_and_many_take_as_many_queries_and_no_contents_are_read(
    client_for, mia, noah, now
):
    unit = make_test(mia, noah, scenario="practice", questions=0)
    uploads = [add_upload(unit, position=place, most_files=5) for place in (1, 2, 3)]
    asked = []
    for learner, number in ((mia, 1), (noah, 5)):
        client, attempt = client_for(learner), begin(learner, unit, now=now)
        for question in uploads:
            for at in range(number):
                storage.add_file(attempt, question, f"{at}.txt", b"%d" % at, now=now)
        running = queries_of(client, f"/attempts/{attempt.id}/?place=1", files=number)
        client.post(f"/attempts/{attempt.id}/hand-in/")
        report = queries_of(client, f"/attempts/{attempt.id}/report/", files=3 * number)
        asked.append((len(running), len(report)))
        assert not [sql for sql in (*running, *report) if "content_sealed" in sql]
    assert asked[0] == asked[1]


def queries_of(client, url, *, files):
    """Return the queries of a page that lists this many files."""
    with CaptureQueriesContext(connection) as asked:
        said = client.get(url).content.decode()
    assert said.count(".txt</bdi>") == files
    return [each["sql"] for each in asked.captured_queries]


def test_a_question_of_another_kind_takes_no_files(client, mia, now):
    unit = make_test(mia, questions=1)
    attempt = begin(mia, unit, now=now)
    assert upload(client, attempt, unit.questions.first()).status_code == 404
