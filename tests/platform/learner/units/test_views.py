"""The page of a unit: a video, a reading, and the progress it reports."""

from __future__ import annotations

import re

import pytest

from courses import completion
from courses.models import Completion, Unit
from tests.fixtures import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(mia, ines):
    made = factories.make_course()
    factories.make_enrolment(mia, made)
    factories.make_enrolment(ines, made, role="teacher")
    return made


@pytest.fixture
def video(course):
    unit = factories.make_video_unit(course)
    factories.make_question(
        unit, kind="single", time_s=40.0, jump_from_s=10.0, jump_to_s=30.0, position=None
    )
    return unit


def page_of(client, unit, query=""):
    answer = client.get(f"/units/{unit.code}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_video_page_has_captions_chapters_transcript_and_its_question(client_for, mia, video):
    page = page_of(client_for(mia), video)
    assert '<track kind="captions"' in page
    assert 'data-chapter="Undo an addition"' in page
    assert "An equation says two things are equal." in page
    assert 'data-time="40.0"' in page
    assert "controls" in page


def test_a_sentence_of_the_transcript_is_a_link_to_its_second(client_for, mia, video):
    page = page_of(client_for(mia), video)
    assert 'href="?t=1.0#player"' in page
    assert "#t=12.5" in page_of(client_for(mia), video, "?t=12.5")


@pytest.mark.parametrize("wanted", ["-3", "nan", "inf", "x", ""])
def test_an_invalid_start_time_begins_where_the_learner_stopped(client_for, mia, video, wanted):
    client = client_for(mia)
    client.post(f"/units/{video.code}/watched/", {"watched": "0,20", "at": "20"})
    assert "#t=20.0" in page_of(client, video, f"?t={wanted}")


def test_watched_stretches_are_stored_and_only_grow(client_for, mia, video):
    client = client_for(mia)
    url = f"/units/{video.code}/watched/"
    assert client.post(url, {"watched": "0,20,50,60", "at": "60"}).status_code == 204
    assert client.post(url, {"watched": "10,30", "at": "30"}).status_code == 204
    row = Completion.objects.get(learner=mia, unit=video)
    assert row.watched == [0, 30, 50, 60]
    assert row.resume_s == 30
    assert "40%" in page_of(client, video)


@pytest.mark.parametrize("watched", ["0", "5,2", "0,inf", "0,x", "nan,4"])
def test_invalid_stretches_are_refused(client_for, mia, video, watched):
    answer = client_for(mia).post(f"/units/{video.code}/watched/", {"watched": watched, "at": "1"})
    assert answer.status_code == 400
    assert not Completion.objects.filter(learner=mia).exists()


def test_a_reading_is_done_when_the_learner_says_so(client_for, mia, course):
    reading = factories.make_reading_unit(course)
    client = client_for(mia)
    assert "Mark as read" in page_of(client, reading)
    assert client.post(f"/units/{reading.code}/done/").status_code == 302
    assert "You have read this" in page_of(client, reading)


def test_a_quiz_cannot_be_marked_as_done(client_for, mia, course):
    quiz = factories.make_quiz_unit(course)
    assert client_for(mia).post(f"/units/{quiz.code}/done/").status_code == 400


def test_a_teacher_sees_the_page_and_may_not_act_on_it(client_for, ines, video):
    client = client_for(ines)
    page = page_of(client, video)
    assert 'data-controller="sensing/sitting"' not in page
    assert "Check answer" not in page
    assert client.post(f"/units/{video.code}/done/").status_code == 403
    assert client.post(f"/units/{video.code}/watched/", {"watched": "0,9"}).status_code == 403


def test_a_stranger_gets_a_404_everywhere(client_for, mallory, video):
    client = client_for(mallory)
    assert client.get(f"/units/{video.code}/").status_code == 404
    for what in ("watched", "done", "answer"):
        assert client.post(f"/units/{video.code}/{what}/").status_code == 404


def test_no_page_has_an_inline_style_or_script(client_for, mia, video, course):
    client = client_for(mia)
    units = [video, factories.make_reading_unit(course), factories.make_quiz_unit(course)]
    paths = ["/", f"/courses/{course.slug}/", *(f"/units/{unit.code}/" for unit in units)]
    for path in paths:
        page = client.get(path, follow=True).content.decode()
        assert not re.search(r'\sstyle="|\son[a-z]+="|javascript:', page), path
        inline = re.findall(r"<script(?![^>]*\ssrc=)[^>]*>", page)
        assert len(inline) == 1
        assert 'type="importmap" nonce="' in inline[0]


@pytest.mark.parametrize("kind", ["video", "reading", "quiz"])
@pytest.mark.parametrize(
    ("profile", "first"),
    [("uk_child", True), ("demo", False), ("eu_education", False), (None, False)],
)
def test_report_buttons_stay_hidden_where_the_profile_requires_it(
    client_for, mia, course, settings, kind, profile, first
):
    settings.LEGAL_PROFILE = profile
    unit = getattr(factories, f"make_{kind}_unit")(course)
    page = client_for(mia).get(f"/units/{unit.code}/", follow=True).content.decode()
    before = page[: page.index('data-report="stuck"')]
    folded = before.rfind("<details") > before.rfind("</details>")
    assert folded is first
    assert ('<details class="asks-first" hidden>' in page) is first


@pytest.mark.parametrize("made", [factories.make_video_unit, factories.make_reading_unit])
def test_a_unit_deleted_while_its_page_is_built_is_a_404(
    client_for, mia, course, monkeypatch, made
):
    """An Author publishes or leaves the preview meanwhile: the answer is 404, not 500."""
    unit, progress = made(course), completion.load_progress

    def after_it_went(user, of_course):
        Unit.objects.filter(pk=unit.pk).update(position=None)
        return progress(user, of_course)

    monkeypatch.setattr(completion, "load_progress", after_it_went)
    assert client_for(mia).get(f"/units/{unit.code}/").status_code == 404


def test_a_video_on_another_site_is_a_link_on_a_page_without_sensing(client_for, mia, course):
    unit = factories.make_external_unit(course)
    page = page_of(client_for(mia), unit)
    link = re.search(r'<a class="btn go"[^>]*>', page)[0]
    assert 'href="https://www.youtube.com/watch?v=abc_DEF-123"' in link
    assert 'target="_blank" rel="noopener noreferrer"' in link
    assert "Watch on YouTube" in page
    assert "Nothing is sensed on this page." in page
    assert "YouTube sees your IP address and may set cookies." in page
    assert 'data-controller="lessons/in_place"' in page
    assert 'data-controller="sensing/camera_setup"' not in page
    assert page.count("youtube.com") == 1, "something else is loaded from there"


def test_a_video_on_another_site_is_done_when_it_is_marked(client_for, mia, course):
    unit, after = factories.make_external_unit(course), factories.make_reading_unit(course)
    client = client_for(mia)
    assert "Mark as watched" in page_of(client, unit)
    answer = client.post(f"/units/{unit.code}/done/")
    assert answer["Location"] == f"/units/{after.code}/"
    assert completion.load_progress(mia, course)[unit.pk].done
    page = page_of(client, unit)
    assert "You have watched this." in page
    assert "Mark as watched" not in page
    assert completion.count_done(course) == {mia.pk: 1}


def test_a_video_on_another_site_reports_no_watched_seconds(client_for, mia, course):
    unit = factories.make_external_unit(course)
    answer = client_for(mia).post(f"/units/{unit.code}/watched/", {"watched": "0,20", "at": "20"})
    assert answer.status_code == 400
