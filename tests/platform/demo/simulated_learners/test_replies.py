"""Simulated learners reply as the page's own form would, for every kind of question."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.http import QueryDict

from courses.models import Question
from courses.question_types.registry import QUESTION_TYPES
from courses.questions.question_spec import item_of
from demo.simulated_learners.course import list_lessons
from tests.platform.authoring.conftest import load, media  # noqa: F401
from tests.platform.authoring.formats.attune.test_every_kind import EVERY

pytestmark = pytest.mark.django_db


def test_replies_of_every_kind_are_sent_as_their_form_sends_them(load):  # noqa: F811
    course = load(EVERY).course
    met = set()
    for lesson in list_lessons(course):
        for ask in lesson.asks.values():
            item = item_of(Question.objects.get(pk=ask.pk))
            met.add(ask.kind)
            for right in (True, False):
                given = ask.reply(right=right, number=None, lot=0)
                sent = QueryDict(urlencode(item.form_data(given), doseq=True))
                assert item.grade(item.parse_form(sent)).correct is right
    assert met == {kind for kind, type in QUESTION_TYPES.items() if not type.is_open}
