"""Fixtures of the Learner's API: `api(mia)` is a client with a token, `api(mia, "read")` a
read-only one."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.utils import timezone

from accounts.api_tokens import api_tokens
from tests.fixtures import factories


class Api:
    def __init__(self, text: str) -> None:
        self.client = Client(headers={"authorization": f"Bearer {text}"})

    def get(self, path: str, **headers: str):
        return self.client.get(f"/api/v1/{path}", headers=headers)

    def send(self, method: str, path: str, said=None):
        body = json.dumps(said) if said is not None else ""
        return getattr(self.client, method)(
            f"/api/v1/{path}", body, content_type="application/json"
        )


@pytest.fixture
def api(demo):
    def signed(person, may="write"):
        return Api(api_tokens.make_token(person, "phone", may, 7, now=timezone.now())[1])

    return signed


@pytest.fixture
def course(mia, noah, ines):
    """A course with a video and a quiz; mia and noah learn in it, ines teaches it."""
    found = factories.make_course("algebra")
    for learner in (mia, noah):
        factories.make_enrolment(learner, found)
    factories.make_enrolment(ines, found, role="teacher")
    factories.make_video_unit(found)
    factories.make_quiz_unit(found)
    return found


@pytest.fixture
def quiz(course):
    return course.units.get(kind="quiz")


@pytest.fixture
def video(course):
    return course.units.get(kind="video")
