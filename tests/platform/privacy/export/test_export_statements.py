"""Statements of one course in a file: without typed text and without paused Learners."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from consent.permits import restrictions
from telemetry import sittings
from tests.fixtures import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def video(mia, noah, mallory, now):
    """mia, noah and mallory open it; only mia and noah learn in its course; mia opens another
    too."""
    video, other = factories.make_video_unit(), factories.make_video_unit()
    for number, person in enumerate((mia, noah, mallory)):
        at = now + timedelta(minutes=number)
        sittings.open(person, video, scenario="course", page=uuid.uuid4(), now=at)
    sittings.open(mia, other, scenario="course", page=uuid.uuid4(), now=now)
    for person in (mia, noah):
        factories.make_enrolment(person, video.course)
    return video


def written(course, path):
    call_command("export_statements", course.slug, path)
    return [json.loads(each) for each in path.read_text().splitlines()]


def test_it_exports_the_learners_of_this_course_only(video, mia, noah, tmp_path):
    told = written(video.course, tmp_path / "all.jsonl")
    assert {one["actor"]["account"]["name"] for one in told} == {str(mia.code), str(noah.code)}
    assert {one["object"]["id"] for one in told} == {f"urn:uuid:{video.code}"}
    assert (tmp_path / "all.jsonl").stat().st_mode & 0o777 == 0o600


def test_paused_learners_are_left_out(video, mia, noah, now, tmp_path):
    restrictions.set_restriction(mia, restrictions.RESTRICTION, on=True, now=now)
    told = written(video.course, tmp_path / "all.jsonl")
    assert {one["actor"]["account"]["name"] for one in told} == {str(noah.code)}


def test_an_existing_file_is_not_overwritten(video, tmp_path):
    path = tmp_path / "all.jsonl"
    path.write_text("mine")
    with pytest.raises(CommandError, match="already exists"):
        written(video.course, path)
    assert path.read_text() == "mine"
