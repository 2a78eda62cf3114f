"""Authors ask for captions, check the draft beside the film, and accept it, as the rest can not."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from authoring.media import captions
from authoring.speech import draft_requests
from authoring.speech.draft_list import make_panel
from authoring.speech.models import SpeechDraft
from authoring.versions import drafts, publication
from courses.models import CaptionTrack
from tests.fixtures import factories
from tests.fixtures.media_files import folder_of
from tests.fixtures.users import client_for_person, make

pytestmark = pytest.mark.django_db
NOTE = "Drafted by a speech model. Check it before you use it."


@pytest.fixture
def page(desk):
    """The unit's page and the captions' page, as ines sees them."""
    client = client_for_person(desk.ines)
    unit = f"/author/courses/{desk.course.slug}/units/{desk.code}/"
    track = f"/author/courses/{desk.course.slug}/captions/{desk.code}/en/"
    return client, unit, track


@pytest.fixture
def drafted(desk):
    desk.ask()
    desk.work()
    return SpeechDraft.objects.get()


def read(page):
    client, unit, _ = page
    return client.get(unit).content.decode()


def send(page, act, texts=("one", "two", "three"), **more):
    """Send the captions' page back, with these texts in its cues."""
    client, _, track = page
    shown = client.get(track).context
    rows = [row | {"text": text} for row, text in zip(shown["rows"], texts, strict=True)]
    fields = {
        f"cues-{n}-{name}": value for n, row in enumerate(rows) for name, value in row.items()
    }
    names = ("revision", "span")
    hidden = {name: shown[name] for name in names} | {"stamp": shown["author"].stamp}
    return client.post(track, {**fields, **hidden, "act": act, **more})


def saved_texts(desk):
    row = next(row for row in desk.unit()["files"]["captions"] if row["lang"] == "en")
    text = (folder_of(desk.course) / row["src"]).read_text(encoding="utf-8")
    return [cue["text"] for cue in captions.read_vtt(text)]


def test_without_a_program_the_page_offers_files_alone(page, settings):
    settings.SPEECH_PROGRAM = None
    said = read(page)
    assert "Draft captions" not in said
    assert "Upload captions" in said
    client, unit, _ = page
    answer = client.post(unit, {"act": "speech", "speech": "en"})
    assert answer.status_code == 422
    assert "has no speech model" in answer.content.decode()


def test_the_language_of_the_course_is_offered_first(page):
    assert '<option value="en" selected>English</option>' in read(page)
    assert '<option value="de">Deutsch</option>' in read(page)


def test_a_language_with_captions_is_not_offered(page):
    assert '<option value="es"' not in read(page)


@pytest.mark.parametrize(
    ("lang", "offered"), [("zh-cn", "zh-hans"), ("de-AT", "de"), ("PT-br", "pt-br"), ("qq", "")]
)
def test_the_language_of_any_course_is_one_that_can_be_chosen(lang, offered):
    assert draft_requests.guess_language(lang) == offered
    assert not offered or offered in draft_requests.list_languages()


def test_listing_drafts_asks_once_and_reads_no_cues(desk, django_assert_num_queries):
    for lang in ("en", "de", "fr"):
        desk.ask(lang)
    unit = desk.unit()
    with django_assert_num_queries(1) as asked:
        assert len(make_panel(desk.course, desk.code, unit, "en").drafts) == 3
    assert "cues" not in asked.captured_queries[0]["sql"]


def test_an_author_asks_follows_it_and_is_asked_to_check_the_draft(page, desk):
    client, unit, track = page
    assert client.post(unit, {"act": "speech", "speech": "en"}).status_code == 302
    assert "waiting to be drafted" in read(page)
    assert 'data-controller="page/refresh"' in read(page)
    SpeechDraft.objects.update(percent=40, tries=1)
    assert "English: drafting… 40 %" in read(page)
    desk.work()
    assert NOTE in read(page)
    assert track in read(page)
    shown = client.get(track)
    assert NOTE in shown.content.decode()
    assert [row["text"] for row in shown.context["rows"]] == ["a tone in en"] * 3


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        ("es", "already has captions in Español"),
        ("xx", "Select the language that is spoken"),
        ("", "Select the language that is spoken"),
    ],
)
def test_what_cannot_be_drafted_is_refused(page, lang, expected):
    client, unit, _ = page
    answer = client.post(unit, {"act": "speech", "speech": lang})
    assert answer.status_code == 422
    assert expected in answer.content.decode()
    assert not SpeechDraft.objects.exists()


def test_one_language_is_asked_for_once(page, desk):
    desk.ask()
    client, unit, _ = page
    answer = client.post(unit, {"act": "speech", "speech": "en"})
    assert "already a draft in English" in answer.content.decode()
    SpeechDraft.objects.update(state="failed", due_at=None)
    assert client.post(unit, {"act": "speech", "speech": "en"}).status_code == 302
    assert SpeechDraft.objects.get().state == "pending"


def test_one_author_does_not_fill_the_queue(page, desk, monkeypatch):
    monkeypatch.setattr(draft_requests, "MAX_PENDING", 1)
    desk.ask()
    client, unit, _ = page
    answer = client.post(unit, {"act": "speech", "speech": "de"})
    assert "1 of your videos are waiting for captions" in answer.content.decode()


def test_any_author_of_the_course_cancels_a_draft(page, desk):
    desk.ask()
    _, unit, _ = page
    olga = make("olga")
    olga.roles = ["author"]
    olga.save()
    factories.make_enrolment(olga, desk.course, role="teacher")
    client_for_person(olga).post(unit, {"act": "unspeech:en:pending"})
    assert not SpeechDraft.objects.exists()


def test_a_teacher_without_the_right_to_write_can_neither_ask_nor_read(page, drafted, desk):
    tom = make("tom")
    factories.make_enrolment(tom, desk.course, role="teacher")
    client, (_, unit, track) = client_for_person(tom), page
    for answer in (
        client.post(unit, {"act": "speech", "speech": "de"}),
        client.post(unit, {"act": "unspeech:en:there"}),
        client.get(track),
        client.post(track, {"act": "accept"}),
    ):
        assert answer.status_code == 403
    assert SpeechDraft.objects.get().state == "there"


def test_changes_are_saved_in_the_draft_and_not_in_the_course(page, drafted, desk):
    stamp = drafts.working_copy_of(desk.course).stamp
    assert send(page, "save").url.endswith("?done=changed")
    drafted.refresh_from_db()
    assert [cue["text"] for cue in drafted.cues] == ["one", "two", "three"]
    assert drafts.working_copy_of(desk.course).stamp == stamp
    client, _, track = page
    after = client.get(f"{track}?done=changed").content.decode()
    assert "Changes to the drafted captions saved" in after
    assert "data-undo" not in after


def test_accepted_captions_are_in_the_course_and_can_be_undone(page, drafted, desk):
    assert send(page, "accept").url.endswith("?done=accepted")
    assert saved_texts(desk) == ["one", "two", "three"]
    assert NOTE not in read(page)
    client, _, track = page
    assert NOTE not in client.get(track).content.decode()
    stamp = drafts.working_copy_of(desk.course).stamp
    client.post(f"/author/courses/{desk.course.slug}/undo/", {"stamp": stamp})
    assert {row["lang"] for row in desk.unit()["files"]["captions"]} == {"es"}
    assert [row["text"] for row in client.get(track).context["rows"]] == ["one", "two", "three"]


def test_learners_get_accepted_captions_after_the_course_is_published(page, drafted, desk):
    send(page, "accept")
    stamp = drafts.working_copy_of(desk.course).stamp
    publication.publish(desk.course, stamp=stamp, by=desk.ines, now=timezone.now())
    track = CaptionTrack.objects.get(lang="en")
    assert [cue["text"] for cue in track.cues] == ["one", "two", "three"]
    assert track.label == "English"


def test_the_text_of_a_draft_is_changed_as_one_file(page, drafted):
    client, _, track = page
    text = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nwhole\n"
    client.post(track, {"act": "text", "text": text, "revision": drafted.revision})
    drafted.refresh_from_db()
    assert [cue["text"] for cue in drafted.cues] == ["whole"]


@pytest.mark.parametrize("act", ["save", "accept"])
def test_what_another_author_changed_meanwhile_is_not_overwritten(page, drafted, desk, act):
    SpeechDraft.objects.update(revision=3)
    answer = send(page, act, revision=2)
    assert "were changed meanwhile" in answer.content.decode()
    drafted.refresh_from_db()
    assert drafted.cues[0]["text"] == "a tone in en"
    assert {row["lang"] for row in desk.unit()["files"]["captions"]} == {"es"}


def test_captions_are_not_accepted_over_another_authors_save(page, drafted, desk):
    stamp = drafts.working_copy_of(desk.course).stamp
    desk.save(desk.unit() | {"title": "Saved meanwhile"})
    answer = send(page, "accept", stamp=stamp)
    assert answer.status_code == 409
    drafted.refresh_from_db()
    assert drafted.cues[0]["text"] == "a tone in en"


def test_a_draft_of_a_replaced_film_says_so(page, drafted, desk):
    client, _, track = page
    assert "was replaced after this draft" not in client.get(track).content.decode()
    desk.replace_film()
    assert "was replaced after this draft" in client.get(track).content.decode()


def test_a_removed_draft_is_gone(page, drafted):
    client, unit, track = page
    assert 'value="unspeech:en:there"' in read(page)
    client.post(unit, {"act": "unspeech:en:there"})
    assert client.get(track).status_code == 404
    assert client.post(track, {"act": "accept"}).status_code == 404


def test_a_button_of_an_older_page_removes_no_draft_that_is_there_now(page, drafted):
    client, unit, _ = page
    for state in ("pending", "failed", ""):
        client.post(unit, {"act": f"unspeech:en:{state}"})
    assert SpeechDraft.objects.get().state == "there"


def test_a_draft_is_named_in_the_heading_of_its_page(page, drafted):
    client, _, track = page
    assert "<h1>Draft of captions: English</h1>" in client.get(track).content.decode()
    send(page, "accept")
    assert "<h1>Captions: English</h1>" in client.get(track).content.decode()


def test_a_file_for_a_draft_whose_encoding_was_guessed_says_so(page, drafted):
    client, _, track = page
    text = "1\n00:00:01,000 --> 00:00:02,000\nd\u00e9j\u00e0\n".encode("windows-1252")
    sent = SimpleUploadedFile("a.srt", text)
    answer = client.post(track, {"act": "file", "file": sent, "revision": drafted.revision})
    said = client.get(answer.url).content.decode()
    assert "read as Windows-1252" in said
    assert "data-undo" not in said
    drafted.refresh_from_db()
    assert [cue["text"] for cue in drafted.cues] == ["d\u00e9j\u00e0"]


def test_a_queued_draft_cannot_be_opened(page, desk):
    desk.ask()
    client, _, track = page
    assert client.get(track).status_code == 404
