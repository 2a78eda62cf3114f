"""Files of uploads go with the person who sent them, and with their course."""

from __future__ import annotations

import io
import os
from datetime import timedelta

import pytest
from django.utils import timezone

from authoring.films import film_files, film_uploads
from authoring.films.models import Upload
from courses.media.stored_file import StoreUnavailable
from privacy.erasure import erasure
from tests.fixtures import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def course(load, package, small_course, ines):
    course = load(package(small_course)).course
    factories.make_enrolment(ines, course, role="teacher")
    return course


@pytest.fixture
def begin(course):
    """Return a function that begins an upload of ten bytes."""

    def run(by):
        unit, now = course.units.get(kind="video").code, timezone.now()
        return film_uploads.begin(course, unit, 10, keeps_original=False, by=by, now=now)

    return run


def test_an_erased_author_leaves_no_row_and_no_file(begin, ines, greta):
    mine, others = begin(ines), begin(greta)
    erasure.erase(ines.code, actor=ines.code, cause="request", now=timezone.now())
    assert list(Upload.objects.all()) == [others]
    assert not film_files.path_of(mine.id).parent.exists()
    assert film_files.path_of(others.id).is_file()


def test_the_files_of_a_deleted_course_are_swept(begin, course, ines):
    path = film_files.path_of(begin(ines).id)
    course.delete()
    assert not Upload.objects.exists()
    film_uploads.clear_expired(now=timezone.now() + timedelta(hours=2))
    assert not path.parent.exists()


def test_pieces_in_a_bucket_go_with_their_upload(bucket_store, begin, ines):
    rows = [begin(ines) for _ in range(3)]
    for row in rows:
        film_uploads.append(row.id, 0, io.BytesIO(b"abcd"), by=ines, now=timezone.now())
    stays, cancelled, gone = rows
    assert film_uploads.cancel(cancelled.id, by=ines)
    Upload.objects.filter(pk=gone.pk).delete()
    film_uploads.clear_expired(now=timezone.now())
    assert len(list(bucket_store.list_files("films"))) == 2
    film_uploads.clear_expired(now=timezone.now() + timedelta(hours=2))
    (left,) = bucket_store.list_files("films")
    assert str(stays.id) in left.name


def test_a_piece_that_a_bucket_did_not_store_is_not_counted(bucket_store, begin, ines, s3_server):
    row, now = begin(ines), timezone.now()
    s3_server.kill()
    with pytest.raises(StoreUnavailable):
        film_uploads.append(row.id, 0, io.BytesIO(b"abcd"), by=ines, now=now)
    row.refresh_from_db()
    assert (row.offset, row.state) == (0, "arriving")
    s3_server.start()
    assert film_uploads.append(row.id, 0, io.BytesIO(b"abcdefghij"), by=ines, now=now).offset == 10
    film_files.join_pieces(row.id, 10)
    assert film_files.path_of(row.id).read_bytes() == b"abcdefghij"


def test_a_sweep_leaves_what_has_just_begun_and_what_still_arrives(begin, ines):
    path = film_files.path_of(begin(ines).id)
    fresh = film_files.path_of(Upload().id)
    fresh.parent.mkdir()
    os.utime(path.parent, (0, 0))
    film_uploads.clear_expired(now=timezone.now())
    assert path.is_file()
    assert fresh.parent.is_dir()
