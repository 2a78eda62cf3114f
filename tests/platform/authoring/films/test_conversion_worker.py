"""An uploaded video becomes the unit's video in the draft, or its Author reads why not."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from authoring import course_package
from authoring.films import conversion, conversion_worker, film_files, film_uploads
from authoring.films.models import Upload
from authoring.films.status_views import make_status
from authoring.versions import drafts
from courses.media import media_store
from courses.media.folder_store import FolderStore
from courses.media.stored_file import StoreUnavailable
from courses.models import Enrolment
from tests.fixtures import factories
from tests.fixtures.media_files import folder_of
from tests.fixtures.phone_clips import make_clip, make_portrait_hevc
from tests.fixtures.servers.celery_worker import environment

pytestmark = pytest.mark.django_db
WORKER = """
import os
import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()
from authoring import tasks

tasks.convert_films_due()
"""


@pytest.fixture
def course(load, package, small_course, ines):
    course = load(package(small_course)).course
    factories.make_enrolment(ines, course, role="teacher")
    return course


@pytest.fixture
def clip(tmp_path):
    return make_clip(tmp_path / "clip.mp4", seconds=1).read_bytes()


@pytest.fixture
def arrive(course, ines):
    """Return a function that uploads a file whole."""

    def run(content, *, keeps_original=False):
        unit, now = course.units.get(kind="video").code, timezone.now()
        row = film_uploads.begin(
            course, unit, len(content), keeps_original=keeps_original, by=ines, now=now
        )
        piece = _Piece(content)
        return film_uploads.append(row.id, 0, piece, by=ines, now=now)

    return run


class _Piece:
    def __init__(self, content):
        self.content = content

    def read(self, size):
        part, self.content = self.content[:size], self.content[size:]
        return part


def work():
    return conversion_worker.process_due(now=timezone.now)


def drafted(course):
    row = Upload.objects.get()
    package = drafts.working_copy_of(course).package
    return course_package.find_unit(course, package, row.unit)


def why(course, ines):
    row = Upload.objects.get()
    assert row.state == "failed"
    assert not film_files.path_of(row.id).parent.exists()
    return make_status(course, row.unit, ines).why


def test_a_portrait_hevc_clip_becomes_the_units_video_in_two_sizes(arrive, course, tmp_path):
    before = drafts.working_copy_of(course)
    arrive(make_portrait_hevc(tmp_path / "clip.mov", seconds=1).read_bytes(), keeps_original=True)
    assert work() == 1
    unit, row = drafted(course), Upload.objects.get()
    assert (unit["width"], unit["height"], row.state) == (720, 1280, "there")
    assert unit["duration"] == pytest.approx(1, abs=0.2)
    files = unit["files"]
    assert [(each["width"], each["height"]) for each in files["renditions"]] == [(480, 854)]
    names = [files["video"], files["original"], files["renditions"][0]["src"]]
    assert all((folder_of(course) / name).is_file() for name in names)
    assert row.step == drafts.working_copy_of(course).stamp != before.stamp
    assert before.package["units"][1:] == drafts.working_copy_of(course).package["units"][1:]
    assert not film_files.path_of(row.id).parent.exists()


def test_an_outage_of_the_store_uses_up_no_try_and_loses_no_film(arrive, clip, monkeypatch):
    row = arrive(clip)

    def refuse(*_):
        raise StoreUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(FolderStore, "move_in", refuse)
        for number in range(2 * conversion_worker.MAX_TRIES):
            at = timezone.now() + number * conversion_worker.LEASE
            assert conversion_worker.process_due(now=lambda at=at: at) == 1
    row.refresh_from_db()
    assert (row.state, row.tries) == ("pending", 0)
    later = timezone.now() + 2 * conversion_worker.MAX_TRIES * conversion_worker.LEASE
    assert conversion_worker.process_due(now=lambda: later) == 1
    assert Upload.objects.get().state == "there"


def test_a_film_of_which_a_piece_is_lost_is_not_converted(bucket_store, arrive, clip, course, ines):
    row = arrive(clip)
    (piece,) = bucket_store.list_files(f"films/{row.id}")
    bucket_store.delete([piece.name])
    assert work() == 1
    assert "Part of the video is no longer here" in why(course, ines)


def test_files_that_a_second_worker_may_use_are_not_deleted(arrive, course, clip, monkeypatch):
    """The first worker was so slow that a second one took the row and finds the files stored."""
    arrive(clip)
    before = set(folder_of(course).iterdir())
    place = conversion_worker._place

    def taken(row, film, now):
        Upload.objects.update(tries=2)
        place(row, film, now)

    monkeypatch.setattr(conversion_worker, "_place", taken)
    assert work() == 1
    assert Upload.objects.get().state == "pending"
    assert set(folder_of(course).iterdir()) - before


def test_an_import_before_a_film_is_named_leaves_its_files(
    arrive, load, package, small_course, course, clip, monkeypatch
):
    arrive(clip, keeps_original=True)
    place = conversion_worker._place

    def import_and_place(*args):
        load(package(small_course), now=timezone.now())
        place(*args)

    monkeypatch.setattr(conversion_worker, "_place", import_and_place)
    work()
    files = drafted(course)["files"]
    for name in (files["video"], files["original"]):
        assert (folder_of(course) / name).is_file()


def test_the_lease_lasts_while_large_files_are_stored(bucket_store, arrive, clip, monkeypatch):
    row = arrive(clip)
    monkeypatch.setattr(media_store, "BYTES_A_S", len(clip) / 86_400)
    move_in, due = type(bucket_store).move_in, []

    def note(store, name, source):
        due.append(Upload.objects.get(pk=row.pk).due_at - timezone.now())
        move_in(store, name, source)

    monkeypatch.setattr(type(bucket_store), "move_in", note)
    assert work() == 1
    assert min(due) > timedelta(hours=1)


def test_the_original_is_deleted_unless_it_is_wanted(arrive, course, clip):
    arrive(clip)
    work()
    assert "original" not in drafted(course)["files"]
    assert not [path for path in folder_of(course).iterdir() if path.read_bytes() == clip]


def test_a_thumbnail_of_the_author_stays(arrive, course, clip):
    old = drafts.working_copy_of(course).package["units"][0]["files"]["poster"]
    arrive(clip)
    work()
    assert drafted(course)["files"]["poster"] == old


def test_what_was_saved_meanwhile_stays_in_the_draft(arrive, course, clip, ines):
    arrive(clip)
    working = drafts.working_copy_of(course)
    changed = working.package | {"title": "Saved meanwhile"}
    drafts.save(course, changed, stamp=working.stamp, by=ines, now=timezone.now())
    work()
    assert drafts.working_copy_of(course).package["title"] == "Saved meanwhile"
    assert Upload.objects.get().state == "there"


def test_a_text_is_refused_with_advice(arrive, course, ines):
    arrive(b"This is no film at all, but a letter.")
    work()
    assert "Export it as MP4" in why(course, ines)


def test_half_a_film_is_refused_with_advice(arrive, course, clip, ines):
    arrive(clip[: len(clip) // 2])
    work()
    assert "upload it again" in why(course, ines)


def test_a_film_is_not_converted_on_a_full_disk(arrive, course, clip, ines, monkeypatch):
    arrive(clip)
    monkeypatch.setattr(conversion, "convert", lambda *_: pytest.fail("no conversion expected"))
    monkeypatch.setattr(conversion_worker, "RESERVE", 2**60)
    before = {path.name for path in folder_of(course).iterdir()}
    work()
    assert "not have enough space to convert the video" in why(course, ines)
    assert {path.name for path in folder_of(course).iterdir()} == before


def test_a_film_for_a_removed_unit_changes_nothing(arrive, course, clip, ines):
    arrive(clip)
    working = drafts.working_copy_of(course)
    rest = working.package | {"units": working.package["units"][1:]}
    stamp = drafts.save(course, rest, stamp=working.stamp, by=ines, now=timezone.now()).stamp
    work()
    assert "no longer in the draft" in why(course, ines)
    assert drafts.working_copy_of(course).stamp == stamp


def test_a_film_of_a_former_author_changes_nothing(arrive, course, clip, ines):
    arrive(clip)
    Enrolment.objects.filter(user=ines).delete()
    stamp = drafts.working_copy_of(course).stamp
    work()
    assert "no longer an author" in why(course, ines)
    assert drafts.working_copy_of(course).stamp == stamp


def test_a_cancelled_conversion_stops_and_leaves_nothing(arrive, course, clip, ines, monkeypatch):
    row = arrive(clip)
    whole = conversion.convert

    def cancel_within(film, facts, into, tell):
        film_uploads.cancel(row.id, by=ines)
        into.mkdir(parents=True, exist_ok=True)
        tell(40)
        return whole(film, facts, into, tell)

    monkeypatch.setattr(conversion_worker, "TELL_EVERY_S", 0)
    monkeypatch.setattr(conversion, "convert", cancel_within)
    stamp = drafts.working_copy_of(course).stamp
    work()
    assert drafts.working_copy_of(course).stamp == stamp
    assert not Upload.objects.exists()
    assert not film_files.path_of(row.id).parent.exists()


def test_a_film_that_is_not_placed_leaves_no_file_and_takes_none_away(
    arrive, course, clip, ines, monkeypatch
):
    arrive(clip, keeps_original=True)
    work()
    before = {path.name for path in folder_of(course).iterdir()}
    Upload.objects.all().delete()
    Enrolment.objects.filter(user=ines).delete()
    arrive(clip, keeps_original=True)
    monkeypatch.setattr(conversion, "SOUND", ("-an",))
    work()
    assert "no longer an author" in why(course, ines)
    assert {path.name for path in folder_of(course).iterdir()} == before


def test_a_film_that_fails_leaves_a_file_that_a_draft_has_named_meanwhile(
    arrive, course, clip, ines, monkeypatch
):
    arrive(clip, keeps_original=True)
    before, named = {path.name for path in folder_of(course).iterdir()}, []

    def name_and_fail(_row, film, now):
        working = drafts.working_copy_of(course)
        changed = working.package | {"title": film.original}
        drafts.save(course, changed, stamp=working.stamp, by=ines, now=now)
        named.append(film.original)
        raise conversion_worker.FailedFilm(conversion_worker.UNIT_GONE)

    monkeypatch.setattr(conversion_worker, "_place", name_and_fail)
    work()
    assert {path.name for path in folder_of(course).iterdir()} == {*before, *named}


def test_a_film_of_which_a_file_was_deleted_meanwhile_is_converted_again(
    arrive, course, clip, monkeypatch
):
    arrive(clip)
    place = conversion_worker._place

    def delete_and_place(row, film, now):
        (folder_of(course) / film.video).unlink()
        place(row, film, now)

    with monkeypatch.context() as patch:
        patch.setattr(conversion_worker, "_place", delete_and_place)
        work()
    assert Upload.objects.get().state == "pending"
    later = timezone.now() + 2 * conversion_worker.LEASE
    conversion_worker.process_due(now=lambda: later)
    assert Upload.objects.get().state == "there"
    assert (folder_of(course) / drafted(course)["files"]["video"]).is_file()


def test_a_film_that_is_cancelled_while_it_is_placed_leaves_no_file(
    arrive, course, clip, ines, monkeypatch
):
    row = arrive(clip, keeps_original=True)
    before = {path.name for path in folder_of(course).iterdir()}
    place = conversion_worker._place

    def cancel_and_place(*args):
        film_uploads.cancel(row.id, by=ines)
        place(*args)

    monkeypatch.setattr(conversion_worker, "_place", cancel_and_place)
    work()
    assert not Upload.objects.exists()
    assert {path.name for path in folder_of(course).iterdir()} == before


def test_a_killed_worker_is_followed_by_another_and_given_up_after_three(
    arrive, course, ines, monkeypatch
):
    arrive(b"....ftyp")

    def die(*_):
        raise SystemExit

    monkeypatch.setattr(conversion_worker, "measure", die)
    now = timezone.now()
    for hours in range(3):
        at = now + timedelta(hours=hours)
        with pytest.raises(SystemExit):
            conversion_worker.process_due(now=lambda at=at: at)
        assert Upload.objects.get().state == "pending"
    conversion_worker.process_due(now=lambda: now + timedelta(hours=4))
    assert "could not be converted" in why(course, ines)


@pytest.mark.django_db(transaction=True)
def test_a_conversion_killed_half_way_is_done_by_the_next_worker(
    arrive, course, settings, tmp_path
):
    row = arrive(make_clip(tmp_path / "long.mp4", size="1280x720", seconds=20).read_bytes())
    database = connection.settings_dict["NAME"]
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER],
        env=environment(database) | {"MEDIA_ROOT": str(settings.MEDIA_ROOT)},
        stderr=subprocess.DEVNULL,
    )
    until(lambda: Upload.objects.get().percent > 0 or worker.poll() is not None)
    worker.kill()
    worker.wait()
    left = film_files.path_of(row.id).parent
    assert list(left.glob("*/*.mp4"))
    assert Upload.objects.get().state == "pending"
    until(lambda: not processes_with(str(left)))
    assert work() == 0
    later = timezone.now() + conversion_worker.LEASE
    assert conversion_worker.process_due(now=lambda: later) == 1
    assert (Upload.objects.get().state, drafted(course)["height"]) == ("there", 720)
    assert not left.exists()


def until(is_so):
    """Wait until a condition holds; how long a busy machine takes is not what is tested."""
    for _ in range(3000):
        if is_so():
            return
        time.sleep(0.1)
    raise AssertionError("expected this within five minutes")


def processes_with(text):
    """Return the processes that name this text in their arguments."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found += [path] if text in path.read_bytes().decode(errors="replace") else []
    return found
