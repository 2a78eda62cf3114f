"""What the authors of a course read about an upload: its own author deletes it, others wait."""

from __future__ import annotations

import pytest
from django.utils import timezone

from authoring.films import film_uploads
from authoring.films.models import Upload
from tests.fixtures import factories
from tests.fixtures.users import client_for_person, make

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(load, package, small_course, ines):
    course = load(package(small_course)).course
    factories.make_enrolment(ines, course, role="teacher")
    return course


@pytest.fixture
def begun(course, ines):
    unit = course.units.get(kind="video").code
    now = timezone.now()
    return film_uploads.begin(course, unit, 10, keeps_original=False, by=ines, now=now)


@pytest.fixture
def read(course):
    """Return a function that returns what a person reads about the unit's upload."""
    unit = course.units.get(kind="video").code
    address = f"/author/courses/{course.slug}/units/{unit}/film/"
    return lambda person: client_for_person(person).get(address).content.decode()


@pytest.fixture
def olga(course):
    olga = make("olga")
    olga.roles = ["author"]
    olga.save()
    factories.make_enrolment(olga, course, role="teacher")
    return olga


def queue():
    row = Upload.objects.get()
    Upload.objects.update(state="pending", offset=row.length, due_at=timezone.now(), percent=40)


def test_a_part_is_shown_to_its_own_author_alone(begun, read, ines, olga):
    Upload.objects.update(offset=4)
    assert "40 % of a video are here" in read(ines)
    assert "of a video are here" not in read(olga)


def test_a_conversion_is_shown_to_all_authors_and_cancelled_by_its_own(begun, read, ines, olga):
    queue()
    assert "Converting… 40 %" in read(ines)
    assert "Converting… 40 %" in read(olga)
    assert "data-delete" in read(ines)
    assert "data-delete" not in read(olga)


def test_a_unit_without_an_upload_shows_nothing(read, ines):
    assert "<p" not in read(ines)
