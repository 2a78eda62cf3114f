"""Asked captions become a draft that is no part of the course, or the author reads why not."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from authoring import tasks
from authoring.films.conversion import BrokenFilm
from authoring.media import ffmpeg
from authoring.speech import draft_requests, drafting_worker, recogniser, sound_files
from authoring.speech.draft_list import make_panel
from authoring.speech.models import SpeechDraft, forget
from authoring.versions import drafts, publication
from courses.media.folder_store import FolderStore
from courses.media.stored_file import StoreUnavailable
from courses.models import CaptionTrack, Enrolment
from tests.fixtures.media_files import folder_of
from tests.fixtures.servers.celery_worker import environment
from tests.fixtures.speech_programs import make_film, write_program
from tests.platform.authoring.films.test_conversion_worker import processes_with, until

pytestmark = pytest.mark.django_db
WORKER = """
import os
import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()
from authoring import tasks

tasks.draft_captions_due()
"""


def why(desk):
    (row,) = make_panel(desk.course, desk.code, desk.unit(), "en").drafts
    assert row.state == "failed"
    assert not list(sound_files.folder().glob("*"))
    return row.why


def test_the_sound_of_the_film_becomes_cues_and_nothing_else_is_kept(desk):
    row = desk.ask()
    assert desk.work() == 1
    row.refresh_from_db()
    assert [round(cue["start"]) for cue in row.cues] == [1, 3, 5]
    assert (row.state, row.percent, row.due_at) == ("there", 100, None)
    assert list(sound_files.folder().iterdir()) == []
    assert desk.work() == 0


def test_an_outage_of_the_store_uses_up_no_try(desk, monkeypatch):
    row = desk.ask()
    with monkeypatch.context() as patch:
        patch.setattr(FolderStore, "fetch", refuse)
        for number in range(2 * drafting_worker.MAX_TRIES):
            at = timezone.now() + number * drafting_worker.LEASE
            assert desk.work(now=lambda at=at: at) == 1
    row.refresh_from_db()
    assert (row.state, row.tries) == ("pending", 0)
    assert list(sound_files.folder().iterdir()) == []


def refuse(*_):
    raise StoreUnavailable("away")


def test_the_lease_lasts_while_a_large_film_is_fetched(desk, monkeypatch):
    row, fetch, due = desk.ask(), FolderStore.fetch, []
    days = lambda size: timedelta(days=1 if size else 0)  # noqa: E731
    monkeypatch.setattr(drafting_worker, "storing_time", days)

    def note(store, name, into):
        due.append(SpeechDraft.objects.get(pk=row.pk).due_at - timezone.now())
        return fetch(store, name, into)

    monkeypatch.setattr(FolderStore, "fetch", note)
    desk.work()
    row.refresh_from_db()
    assert row.state == "there"
    assert min(due) > timedelta(hours=23)


def test_sound_that_begins_after_the_picture_keeps_the_times_of_the_film(desk, tmp_path):
    film = folder_of(desk.course) / desk.unit()["files"]["video"]
    make_film(tmp_path / "late.mp4", sound_at=2).replace(film)
    row = desk.ask()
    desk.work()
    row.refresh_from_db()
    assert [round(cue["start"]) for cue in row.cues] == [3, 5]


def test_a_draft_is_in_no_draft_of_the_course_and_no_learner_gets_it(desk):
    stamp = drafts.working_copy_of(desk.course).stamp
    desk.ask()
    desk.work()
    working = drafts.working_copy_of(desk.course)
    assert working.stamp == stamp
    desk.save(desk.unit() | {"title": "Published meanwhile"})
    working = drafts.working_copy_of(desk.course)
    publication.publish(desk.course, stamp=working.stamp, by=desk.ines, now=timezone.now())
    assert [track.lang for track in CaptionTrack.objects.all()] == ["es"]
    assert draft_requests.find_draft(desk.course, desk.code, "en")


def test_a_silent_film_has_nothing_to_draft(desk, tmp_path):
    film = folder_of(desk.course) / desk.unit()["files"]["video"]
    make_film(tmp_path / "silent.mp4", sound=False).replace(film)
    desk.ask()
    desk.work()
    assert "has no sound" in why(desk)


def test_a_film_about_which_ffmpeg_gives_no_answer_is_not_called_silent(desk, monkeypatch):
    monkeypatch.setattr(ffmpeg, "CODEC_WITHIN_S", 0)
    desk.ask()
    desk.work()
    assert "The sound of the video could not be read." in why(desk)


@pytest.mark.parametrize(
    ("source", "lang", "expected"),
    [
        (None, "fr", "does not know this language"),
        ("print('WEBVTT')", "en", "found no speech"),
        ("raise SystemExit(1)", "en", "The speech model failed."),
    ],
)
def test_a_model_that_writes_nothing_says_why(desk, tmp_path, source, lang, expected):
    if source:
        write_program(tmp_path, source)
    desk.ask(lang)
    desk.work()
    assert expected in why(desk)


def test_a_model_that_takes_too_long_is_named_to_the_administrator(desk, monkeypatch, tmp_path):
    monkeypatch.setattr(recogniser, "WALL_S_PER_S", 0)
    monkeypatch.setattr(recogniser, "LEAST_WALL_S", 1)
    write_program(tmp_path, "import time\ntime.sleep(60)")
    desk.ask()
    desk.work()
    assert "took too long" in why(desk)


def test_what_the_program_writes_about_an_error_is_not_logged(desk, tmp_path, caplog):
    write_program(tmp_path, "print('mia wept')\nraise SystemExit('mia wept')")
    desk.ask()
    desk.work()
    assert "speech.broken_program" in caplog.text
    assert "wept" not in caplog.text


def test_a_film_that_ffmpeg_cannot_read_is_not_blamed_on_the_model(desk, monkeypatch):
    def fail(*_):
        raise BrokenFilm("mia")

    monkeypatch.setattr(sound_files, "extract", fail)
    desk.ask()
    desk.work()
    assert "The sound of the video could not be read." in why(desk)


def test_without_a_program_since_it_was_asked_the_author_uploads_a_file(desk, settings):
    desk.ask()
    settings.SPEECH_PROGRAM = None
    desk.work()
    assert "no longer has a speech model" in why(desk)


def test_the_sound_is_not_taken_on_a_full_disk(desk, monkeypatch):
    monkeypatch.setattr(drafting_worker, "RESERVE", 2**60)
    desk.ask()
    desk.work()
    assert "not have enough space to read the sound" in why(desk)


def test_a_film_that_was_replaced_before_is_not_read(desk):
    desk.ask()
    desk.replace_film()
    desk.work()
    assert "was replaced meanwhile" in why(desk)


def change_within(monkeypatch, change):
    """Let something happen while the program runs."""
    whole = recogniser.recognise

    def recognise(*args):
        found = whole(*args)
        change()
        return found

    monkeypatch.setattr(recogniser, "recognise", recognise)


def test_a_film_that_is_replaced_while_the_program_runs_gets_no_draft(desk, monkeypatch):
    desk.ask()
    change_within(monkeypatch, desk.replace_film)
    desk.work()
    assert "was replaced meanwhile" in why(desk)


def test_captions_that_arrive_while_the_program_runs_stay(desk, monkeypatch):
    desk.ask()
    change_within(monkeypatch, desk.add_track)
    desk.work()
    assert SpeechDraft.objects.get().state == "failed"
    assert SpeechDraft.objects.get().cues == []
    assert {row["lang"] for row in desk.unit()["files"]["captions"]} == {"en", "es"}


def remove_unit(desk):
    working = drafts.working_copy_of(desk.course)
    rest = working.package | {"units": working.package["units"][1:]}
    drafts.save(desk.course, rest, stamp=working.stamp, by=desk.ines, now=timezone.now())


def test_a_unit_that_is_removed_meanwhile_leaves_no_draft(desk, monkeypatch):
    desk.ask()
    change_within(monkeypatch, lambda: remove_unit(desk))
    desk.work()
    assert not SpeechDraft.objects.exists()
    assert list(sound_files.folder().iterdir()) == []


def test_a_course_that_is_deleted_meanwhile_leaves_no_draft(desk, monkeypatch):
    desk.ask()
    change_within(monkeypatch, desk.course.delete)
    assert desk.work() == 1
    assert not SpeechDraft.objects.exists()


def test_an_author_whose_account_is_erased_meanwhile_leaves_no_draft(desk, monkeypatch):
    desk.ask()
    change_within(monkeypatch, lambda: forget(desk.ines.code, None))
    assert desk.work() == 1
    assert not SpeechDraft.objects.exists()
    assert list(sound_files.folder().iterdir()) == []


def test_a_worker_that_was_taken_for_dead_stores_nothing(desk, monkeypatch):
    """The other one's try counts, also where the first one still lives."""
    desk.ask()
    change_within(monkeypatch, lambda: SpeechDraft.objects.update(tries=2))
    desk.work()
    row = SpeechDraft.objects.get()
    assert (row.state, row.cues, row.tries) == ("pending", [], 2)


def test_a_former_author_gets_no_draft(desk):
    desk.ask()
    Enrolment.objects.filter(user=desk.ines).delete()
    desk.work()
    assert "no longer an author" in why(desk)


def test_a_cancelled_draft_ends_the_program_and_stays_cancelled(desk, monkeypatch, tmp_path):
    write_program(tmp_path, "import time\nprint('WEBVTT', flush=True)\ntime.sleep(600)")
    row = desk.ask()
    whole = recogniser.recognise

    def cancel_within(program, sound, lang, seconds, tell):
        draft_requests.remove(desk.course, desk.code, "en", "pending")
        return whole(program, sound, lang, seconds, tell)

    monkeypatch.setattr(recogniser, "recognise", cancel_within)
    monkeypatch.setattr(drafting_worker, "TELL_EVERY_S", 0)
    assert desk.work() == 1
    assert not SpeechDraft.objects.exists()
    assert list(sound_files.folder().iterdir()) == []
    assert not processes_with(str(row.id))


def test_a_draft_that_takes_long_keeps_its_lease_and_tells_its_progress(desk, tmp_path):
    write_program(
        tmp_path,
        "import time\nprint('WEBVTT\\n\\n00:01.000 --> 00:03.000\\nhalf\\n', flush=True)\n"
        "time.sleep(3)",
    )
    row, seen, start = desk.ask(), [], timezone.now()

    def clock():
        row.refresh_from_db()
        seen.append((row.percent, row.due_at))
        return start + timedelta(hours=len(seen))

    desk.work(clock)
    assert 50 in [percent for percent, _ in seen]
    leases = [due_at for _, due_at in seen]
    assert leases == sorted(leases)
    assert len(set(leases)) > 2


def test_a_killed_worker_is_followed_by_another_and_given_up_after_three(desk, monkeypatch):
    desk.ask()

    def die(*_):
        raise SystemExit

    monkeypatch.setattr(sound_files, "extract", die)
    now = timezone.now()
    for hours in range(3):
        at = now + timedelta(hours=hours)
        with pytest.raises(SystemExit):
            desk.work(lambda at=at: at)
        assert SpeechDraft.objects.get().state == "pending"
    desk.work(lambda: now + timedelta(hours=4))
    assert "The speech model failed." in why(desk)


@pytest.mark.django_db(transaction=True)
def test_a_draft_whose_worker_was_killed_is_done_by_the_next_one(desk, settings, tmp_path):
    """The sound that the killed one left goes with the next hourly sweep."""
    slow = "import time\nprint('WEBVTT\\n\\n00:01.000 --> 00:03.000\\nhalf\\n', flush=True)\n"
    write_program(tmp_path, f"{slow}time.sleep(20)")
    row = desk.ask()
    database = connection.settings_dict["NAME"]
    place = {"MEDIA_ROOT": str(settings.MEDIA_ROOT)}
    place["ATTUNE_SPEECH_PROGRAM"] = str(settings.SPEECH_PROGRAM)
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER],
        env=environment(database) | place,
        stderr=subprocess.DEVNULL,
    )
    until(lambda: SpeechDraft.objects.get().percent > 0 or worker.poll() is not None)
    worker.kill()
    worker.wait()
    (left,) = sound_files.folder().iterdir()
    assert (left / "sound.wav").is_file()
    assert SpeechDraft.objects.get().state == "pending"
    assert desk.work() == 0
    tasks.clear_up()
    assert left.exists()
    write_program(tmp_path)
    later = timezone.now() + drafting_worker.LEASE
    assert desk.work(lambda: later) == 1
    row.refresh_from_db()
    assert (row.state, len(row.cues)) == ("there", 3)
    tasks.clear_up()
    assert not left.exists()


def test_the_sweep_leaves_a_sound_that_appears_while_it_reads_the_rows(desk):
    sound_files.folder().mkdir(parents=True)
    begun = []

    def begin_after(execute, sql, params, many, context):
        found = execute(sql, params, many, context)
        if not begun:
            begun.append(sound_files.folder() / f"{uuid.uuid4()}-x")
            begun[0].mkdir()
        return found

    with connection.execute_wrapper(begin_after):
        sound_files.clear_left()
    assert begun[0].is_dir()


def test_the_task_drafts_one_after_the_other(desk):
    desk.ask("en")
    desk.ask("de")
    tasks.draft_captions_due()
    assert sorted(SpeechDraft.objects.values_list("state", flat=True)) == ["pending", "there"]
    tasks.draft_captions_due()
    assert set(SpeechDraft.objects.values_list("state", flat=True)) == {"there"}
    assert os.listdir(sound_files.folder()) == []
