"""The demo's threads are written by its cast, once."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from authoring.imports.import_course import import_package
from demo.seed_data import COURSE_PACKAGE, DISCUSSION
from discussion.models import Helpful, Mention, Post, Thread
from discussion.posts import post_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def seeded(mia, noah, ines, settings, tmp_path, now):
    from tests.fixtures import factories

    settings.MEDIA_ROOT = tmp_path
    course = import_package(COURSE_PACKAGE, now=now, tell=lambda *_: None).course
    for person, role in ((mia, "learner"), (noah, "learner"), (ines, "teacher")):
        factories.make_enrolment(person, course, role=role)
    call_command("seed_discussion", str(DISCUSSION), verbosity=0)
    return course


def test_the_cast_discusses_the_units_of_the_demo(seeded):
    titles = {post_store.title_of(t) for t in Thread.objects.select_related("author")}

    assert "How to ask so that others can help" in titles
    assert Post.objects.filter(thread__unit__course=seeded, accepted=True).count() == 1
    assert Thread.objects.get(time_s=32).unit.kind == "video"
    assert Mention.objects.count() == 2
    assert Helpful.objects.count() == 3


def test_a_second_start_writes_nothing(seeded):
    before = Post.objects.count()
    call_command("seed_discussion", str(DISCUSSION), verbosity=0)

    assert Post.objects.count() == before
