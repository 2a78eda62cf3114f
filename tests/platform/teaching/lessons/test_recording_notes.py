"""Notes for the authors of a lesson: sealed, read by its teachers and authors, closed when done."""

from __future__ import annotations

import pytest

from authoring.course_package import code_of
from privacy.erasure import erasure
from teaching.lessons.recording_notes import LONGEST_NOTE, MOST_OPEN, load_notes, write_note
from teaching.models import RecordingNote
from tests.fixtures import factories
from tests.platform.teaching.conftest import TEN

pytestmark = pytest.mark.django_db
TEXT = "Say which of the two numbers is negative."


@pytest.fixture
def teacher(client_for, course, ines, settings):
    settings.LEGAL_PROFILE = "demo"
    return client_for(ines)


@pytest.fixture
def notes(video):
    return f"/teach/algebra/lessons/{video.code}/notes/"


def test_a_note_is_sealed_and_shown_with_its_time_in_the_video(teacher, video, quiz, notes):
    answer = teacher.post(notes, {"part": "c1", "text": TEXT})
    row = RecordingNote.objects.get()

    assert answer["Location"] == f"/teach/algebra/lessons/{video.code}/?part=c1#notes"
    assert TEXT.encode() not in bytes(row.sealed)
    assert (row.unit, row.at_s) == (video, 50.0)
    assert [(note.at, note.text) for note in load_notes([video])] == [("0:50", TEXT)]


def test_a_note_about_a_quiz_question_belongs_to_the_quiz(teacher, video, quiz, question, notes):
    teacher.post(notes, {"part": f"q{question.code.hex}", "text": TEXT})

    assert RecordingNote.objects.get().unit == quiz


@pytest.mark.parametrize("text", ["", "   ", "x" * (LONGEST_NOTE + 1)])
def test_an_empty_or_too_long_note_is_refused_and_not_stored(teacher, video, notes, text):
    answer = teacher.post(notes, {"part": "c0", "text": text})

    assert answer.status_code == 422
    assert not RecordingNote.objects.exists()


def test_a_note_that_is_done_is_gone_and_cannot_be_closed_twice(teacher, video, ines, notes):
    row = write_note(video, ines, TEXT, at_s=None, now=TEN)

    assert teacher.post(notes, {"done": str(row.id)}).status_code == 302
    assert load_notes([video]) == []
    assert teacher.post(notes, {"done": str(row.id)}).status_code == 404


def test_a_note_of_another_course_cannot_be_closed_here(teacher, video, ines, notes):
    other = factories.make_video_unit(factories.make_course("other"))
    row = write_note(other, ines, TEXT, at_s=None, now=TEN)

    assert teacher.post(notes, {"done": str(row.id)}).status_code == 404


def test_authors_read_it_on_the_page_of_the_unit(teacher, course, video, ines):
    write_note(video, ines, TEXT, at_s=12.0, now=TEN)

    code = code_of(course, "unit", video.ref)
    answer = teacher.get(f"/author/courses/algebra/units/{code}/")

    assert answer.status_code == 200
    assert TEXT in answer.content.decode()


def test_it_goes_with_the_account_of_its_writer(video, course, ines):
    write_note(video, ines, TEXT, at_s=None, now=TEN)

    erasure.erase(ines.code, actor=ines.code, cause="request", now=TEN)

    assert not RecordingNote.objects.exists()


def test_a_note_too_many_is_refused_and_none_is_hidden(teacher, video, quiz, ines, notes):
    for number in range(MOST_OPEN):
        write_note(video if number % 2 else quiz, ines, f"{number}: {TEXT}", at_s=None, now=TEN)

    answer = teacher.post(notes, {"part": "c0", "text": TEXT})

    assert answer.status_code == 422
    assert "already has 20 notes. Mark one as done first." in answer.content.decode()
    assert answer.content.decode().count('name="done"') == MOST_OPEN
