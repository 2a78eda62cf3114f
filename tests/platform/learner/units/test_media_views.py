"""Course files over HTTP: ranges, conditional requests, members only."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from courses.models import Reading, Unit, Video
from learner.units.http_range import ByteSpan, RangeNotSatisfiable, parse_range
from tests.fixtures import factories
from tests.fixtures.servers.s3_server import fill_store
from tests.fixtures.users import read_body

BYTES = bytes(range(256)) * 4


@pytest.fixture
def unit(db, any_store, mia):
    """A unit with files; each test runs with a folder and with a bucket."""
    unit = factories.make_video_unit()
    factories.make_enrolment(mia, unit.course)
    add_files(
        unit,
        {
            "lecture.mp4": BYTES,
            "lecture.en.vtt": b"WEBVTT\n",
            "figure.png": b"\x89PNG",
            "notes.txt": b"not for pages",
        },
    )
    fill_store({"secret.mp4": b"secret"})
    return unit


def add_files(unit, files):
    fill_store({f"{unit.course.code}/{name}": content for name, content in files.items()})


@pytest.fixture
def fetch(unit, client_for):
    def get(person, path="lecture.mp4", method="get", **headers):
        url = path if path.startswith("/") else f"/media/units/{unit.code}/{path}"
        answer = getattr(client_for(person), method)(url, headers=headers)
        answer.body = read_body(answer)
        return answer

    return get


@pytest.mark.django_db
def test_a_member_gets_the_whole_file_or_the_range_asked_for(fetch, mia):
    whole = fetch(mia)
    assert (whole.status_code, whole.body) == (200, BYTES)
    assert whole["Accept-Ranges"] == "bytes"
    part = fetch(mia, Range="bytes=100-199")
    assert (part.status_code, part.body) == (206, BYTES[100:200])
    assert part["Content-Range"] == f"bytes 100-199/{len(BYTES)}"
    assert part["Content-Length"] == "100"
    assert part["Content-Type"] == "video/mp4"
    tail = fetch(mia, Range="bytes=-10")
    assert tail.body == BYTES[-10:]


@pytest.mark.django_db
def test_head_returns_the_size_and_no_body(fetch, mia):
    answer = fetch(mia, method="head", Range="bytes=0-9")
    assert (answer.status_code, answer.body) == (206, b"")
    assert answer["Content-Length"] == "10"


@pytest.mark.django_db
def test_a_range_beyond_the_end_is_refused_with_the_size(fetch, mia):
    answer = fetch(mia, Range=f"bytes={len(BYTES)}-")
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{len(BYTES)}"


@pytest.mark.django_db
def test_a_changed_file_is_sent_whole_and_an_unchanged_one_not_again(fetch, mia):
    tag = fetch(mia)["ETag"]
    same = fetch(mia, **{"Range": "bytes=0-9", "If-Range": tag})
    assert same.status_code == 206
    other = fetch(mia, **{"Range": "bytes=0-9", "If-Range": '"other"'})
    assert (other.status_code, len(other.body)) == (200, len(BYTES))
    assert fetch(mia, **{"If-None-Match": tag}).status_code == 304


@pytest.mark.django_db
def test_captions_come_as_text(fetch, mia):
    answer = fetch(mia, "lecture.en.vtt")
    assert answer["Content-Type"] == "text/vtt; charset=utf-8"


@pytest.mark.django_db
def test_a_stranger_gets_a_404_and_a_visitor_the_sign_in_page(fetch, mallory):
    assert fetch(mallory).status_code == 404
    assert fetch(None).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "notes.txt",
        "figure.png",
        "..%2Fsecret.mp4",
        "%2e%2e%2fsecret.mp4",
        "secret.mp4",
        "missing.mp4",
    ],
)
def test_only_files_of_the_unit_itself_have_an_address(fetch, mia, path):
    assert fetch(mia, path).status_code == 404


@pytest.mark.django_db
def test_a_picture_of_a_question_comes_from_the_folder_of_its_course(fetch, mia, mallory, unit):
    url = f"/media/{unit.course.code}"
    assert fetch(mia, f"{url}/figure.png").body == b"\x89PNG"
    assert fetch(mia, f"{url}/notes.txt").status_code == 404
    assert fetch(mia, f"{url}/..%2Fsecret.mp4").status_code == 404
    assert fetch(mallory, f"{url}/figure.png").status_code == 404


@pytest.mark.django_db
def test_the_date_of_a_unit_is_looked_up_only_for_learners(fetch, mia, ines, unit):
    factories.make_enrolment(ines, unit.course, role="teacher")
    later = factories.make_reading_unit(unit.course)
    Reading.objects.filter(unit=later).update(html='<img src="figure.png">')
    Unit.objects.filter(pk=later.pk).update(opens_at=timezone.now() + timedelta(days=1))
    url = f"/media/{unit.course.code}/figure.png"
    assert fetch(mia, url).status_code == 403
    with CaptureQueriesContext(connection) as asked:
        assert fetch(ines, url).body == b"\x89PNG"
    assert not any("courses_reading" in each["sql"] for each in asked)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", ByteSpan(0, 0)),
        ("bytes=5-", ByteSpan(5, 9)),
        ("bytes=-3", ByteSpan(7, 9)),
        ("bytes=-30", ByteSpan(0, 9)),
        ("bytes=2-100", ByteSpan(2, 9)),
        ("", None),
        ("bytes=-", None),
        ("bytes=5-2", None),
        ("bytes=0-1,3-4", None),
        ("lines=0-1", None),
        ("bytes=a-b", None),
    ],
)
def test_a_range_header_is_read_as_the_rfc_says(header, expected):
    assert parse_range(header, 10) == expected


@given(st.text(max_size=40), st.integers(0, 10_000))
def test_a_span_lies_in_the_file_whatever_was_asked(text, size):
    try:
        span = parse_range("bytes=" + text, size)
    except RangeNotSatisfiable:
        return
    assert span is None or 0 <= span.first <= span.last < size


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["lecture.mp4", "lecture.en.vtt"])
def test_no_url_serves_media_of_a_closed_unit(fetch, unit, mia, name):
    course_road = f"/media/{unit.course.code}/{name}"
    assert fetch(mia, course_road).status_code == fetch(mia, name).status_code == 200
    unit.opens_at = timezone.now() + timedelta(days=1)
    unit.save(update_fields=["opens_at"])
    assert fetch(mia, name).status_code == 403
    assert fetch(mia, course_road).status_code == 403
    assert fetch(mia, f"/media/{unit.course.code}/figure.png").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("opens_in", [None, timedelta(days=1)])
def test_only_authors_load_an_original_or_the_film_of_a_draft(fetch, unit, mia, ines, opens_in):
    factories.make_enrolment(ines, unit.course, role="teacher")
    add_files(unit, {"original.mp4": BYTES, "draft.webm": BYTES})
    Video.objects.filter(unit=unit).update(original=f"{unit.course.code}/original.mp4")
    if opens_in:
        later = factories.make_reading_unit(unit.course)
        Unit.objects.filter(pk=later.pk).update(opens_at=timezone.now() + opens_in)
    for name in ("original.mp4", "draft.webm"):
        url = f"/media/{unit.course.code}/{name}"
        assert fetch(mia, url).status_code == fetch(mia, name).status_code == 404
        assert fetch(ines, url).body == BYTES
