"""A course keeps the slug of its package, up to the length limit of slugs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authoring.formats import registry
from authoring.formats.course_builder import Package
from authoring.imports.target import Target
from courses.models import Course
from tests.platform.authoring.formats.test_there_and_back import NAMES, export_files

LONGEST = Course._meta.get_field("slug").max_length
WORDS = st.text("aez059", min_size=1, max_size=20)
SLUGS = st.lists(WORDS, min_size=1, max_size=8).map("-".join)
WHOLE = "-".join(["whole"] * 13) + "-ab"
QUESTION = {"id": "q1", "type": "text", "prompt": "One?", "answer": "one", "skills": ["counting"]}


@given(SLUGS.filter(lambda slug: len(slug) <= LONGEST))
def test_valid_slug_is_kept(slug):
    assert Target().slug_for(slug, ()) == slug


@given(SLUGS, st.booleans())
def test_longer_slug_is_cut_to_the_limit(slug, updates):
    found = Target(updates=updates).slug_for(slug * 20, ())
    assert 0 < len(found) <= LONGEST
    assert not found.endswith("-")


def test_a_second_course_of_the_longest_slug_gets_a_number():
    assert Target().slug_for(WHOLE, {WHOLE}) == f"{WHOLE[: LONGEST - 3]}-2"


@pytest.mark.parametrize("name", NAMES)
def test_each_format_gives_the_longest_slug_back(name, tmp_path: Path):
    assert len(WHOLE) == LONGEST
    unit = {"id": "u1", "kind": "quiz", "title": "Week", "skills": ["counting"]}
    head = {"format": "attune-course", "format_version": "1.1", "slug": WHOLE, "title": "Long"}
    skills = [{"slug": "counting", "name": "Counting", "prerequisites": []}]
    course = head | {
        "language": "en",
        "skills": skills,
        "units": [unit | {"questions": [QUESTION]}],
    }
    export_files(name, course, tmp_path)
    package = Package(tmp_path, WHOLE)
    assert registry.detect_format(package).slug_of(package) == WHOLE
