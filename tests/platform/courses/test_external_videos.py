"""Addresses of videos on other sites."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from courses import external_videos
from courses.models import ExternalVideo
from tests.fixtures import factories

TUBE = "https://www.youtube.com/watch?v=abc_DEF-123&t=5s"


@pytest.mark.parametrize(
    ("address", "site"),
    [
        (TUBE, "YouTube"),
        ("https://youtu.be/abc_DEF-123", "YouTube"),
        ("https://vimeo.com/76979871", "Vimeo"),
        ("https://school.cloud.panopto.eu/Panopto/Pages/Viewer.aspx?id=1", "Panopto"),
        ("https://opencast.uni-bern.example/play/5f-1", "opencast.uni-bern.example"),
        ("https://www.school.example/film", "school.example"),
        ("https://notyoutube.com/a", "notyoutube.com"),
        ("https://VIMEO.COM/1", "Vimeo"),
    ],
)
def test_an_https_address_is_accepted_and_its_site_named(address, site):
    assert external_videos.is_accepted(address)
    assert external_videos.find_site(address) == site


@pytest.mark.parametrize("typed", ["Https://vimeo.com/Ab", "HTTPS://vimeo.com/Ab"])
def test_a_scheme_in_capitals_is_made_one_that_is_accepted(typed):
    assert not external_videos.is_accepted(typed)
    assert external_videos.lower_scheme(typed) == "https://vimeo.com/Ab"
    assert external_videos.find_player(typed) == "https://vimeo.com/Ab"
    assert external_videos.find_site(typed) == "Vimeo"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://vimeo.com/1",
        "javascript:alert(1)",
        "//vimeo.com/1",
        "https://",
        "https://localhost/a",
        "https://127.0.0.1/a",
        "https://[::1]/a",
        "https://vimeo.com@evil.example/1",
        "https://vimeo.com:8443/1",
        "https://vimeo.com\\@evil.example/1",
        "https://vimeo.com/a b",
        "https://vimeo.com/1\n",
        "https://vimeo.com/\u202e1",
        'https://vimeo.com/"onclick="x',
        "https://vimeo.com/<b>",
        "https://-vimeo.com/1",
        "https://vimeo.com/" + "a" * 500,
    ],
)
def test_other_addresses_are_refused(address):
    assert not external_videos.is_accepted(address)
    assert external_videos.find_site(address) == ""


@pytest.mark.parametrize(
    ("address", "found"),
    [
        (f" {TUBE} ", TUBE),
        ("http://youtu.be/abc", "https://youtu.be/abc"),
        ("https://www.youtube.com/", ""),
        ("https://example.org/film", ""),
        ("http://vimeo.com@evil.example/1", ""),
    ],
)
def test_only_an_address_within_a_known_site_is_taken_for_a_player(address, found):
    assert external_videos.find_player(address) == found


@pytest.mark.django_db
def test_the_database_refuses_an_address_without_https():
    unit = factories.make_unit(kind="external")
    with pytest.raises(IntegrityError, match="courses_externalvideo_https"):
        ExternalVideo.objects.create(unit=unit, address="http://vimeo.com/1")
