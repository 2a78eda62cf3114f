"""What simulated learners reply is what the page's own form would send, for every kind."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.http import QueryDict

from classroom.given import given_in
from courses.grading import grade
from courses.items import item_of
from courses.models import Question
from courses.models.question import KINDS
from operations.simulated.course import fields, lessons
from tests.platform.authoring.conftest import load, media  # noqa: F401
from tests.platform.authoring.test_every_kind import EVERY

pytestmark = pytest.mark.django_db


def test_replies_of_every_kind_are_sent_as_their_form_sends_them(load):  # noqa: F811
    course = load(EVERY).course
    met = set()
    for lesson in lessons(course):
        for ask in lesson.asks.values():
            item = item_of(Question.objects.get(pk=ask.pk))
            met.add(ask.kind)
            for right in (True, False):
                given = ask.reply(right=right, number=None, lot=0)
                sent = QueryDict(urlencode(fields(ask, given), doseq=True))
                assert grade(item, given_in(ask.kind, sent)).correct is right
    assert met == set(KINDS)
