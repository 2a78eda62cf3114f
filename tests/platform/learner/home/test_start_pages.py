"""Each role has its own start page."""

from __future__ import annotations

import pytest
from django.urls import is_valid_path

from tests.fixtures.factories import make_enrolment

pytestmark = pytest.mark.django_db


def test_a_learner_starts_with_their_courses(mia, client_for):
    assert client_for(mia).get("/").status_code == 200


def test_a_guardian_starts_with_the_consents_of_the_ward(greta, client_for):
    assert client_for(greta).get("/")["Location"] == "/consents/"


def test_a_steward_starts_with_the_stewards_page_where_the_site_has_it(amir, client_for):
    response = client_for(amir).get("/")
    if is_valid_path("/steward/"):
        assert response["Location"] == "/steward/"
    else:
        assert response.status_code == 200


def test_a_teacher_who_is_also_an_author_starts_with_the_course(ines, client_for):
    make_enrolment(ines, role="teacher")
    assert "Teach this course" in client_for(ines).get("/").content.decode()
