"""Files of uploads go with the person who sent them, and with their course."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from authoring.films import film_files, film_uploads
from authoring.films.models import Upload
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


def test_a_sweep_leaves_what_has_just_begun_and_what_still_arrives(begin, ines):
    path = film_files.path_of(begin(ines).id)
    fresh = film_files.path_of(Upload().id)
    fresh.parent.mkdir()
    os.utime(path.parent, (0, 0))
    film_uploads.clear_expired(now=timezone.now())
    assert path.is_file()
    assert fresh.parent.is_dir()
