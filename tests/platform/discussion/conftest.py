"""A course with mia and noah learning, ines teaching, and a video to talk about."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone

from discussion.posts import post_store
from tests.fixtures import factories
from tests.fixtures.users import client_for_person


@dataclass
class Talk:
    """The Unit and its people; posts written through its functions are a minute apart."""

    unit: object
    people: dict
    minute: int = 0

    @property
    def url(self) -> str:
        return f"/units/{self.unit.code}/discussion/"

    def later(self):
        self.minute += 1
        return timezone.now() - timedelta(hours=1) + timedelta(minutes=self.minute)

    def begin(self, who="mia", title="Why nine?", text="Why do we subtract 9?", **more):
        sent = {"time_s": None, "title": title, "text": text, **more}
        author = self.people[who]
        return post_store.begin_thread(self.unit, author, id=uuid.uuid4(), now=self.later(), **sent)

    def reply(self, thread, who="noah", text="Because it undoes the sum."):
        return post_store.reply(
            thread, self.people[who], id=uuid.uuid4(), text=text, now=self.later()
        )

    def client(self, who):
        return client_for_person(self.people[who])

    def page(self, who, thread=None, path=""):
        url = f"{self.url}threads/{thread.id}/" if thread else self.url
        return self.client(who).get(url + path)

    def text(self, who, thread=None, path=""):
        response = self.page(who, thread, path)
        assert response.status_code == 200, response.status_code
        return response.content.decode()

    def post(self, who, thread=None, path="", **fields):
        url = f"{self.url}threads/{thread.id}/" if thread else self.url
        return self.client(who).post(url + path, fields)

    def do(self, who, thread, act, post=None):
        button = f"{act}:{post.id}" if post else act
        return self.post(who, thread, "act/", do=button)


@pytest.fixture
def talk(mia, noah, ines, mallory):
    unit = factories.make_video_unit()
    for learner in (mia, noah):
        factories.make_enrolment(learner, unit.course)
    factories.make_enrolment(ines, unit.course, role="teacher")
    return Talk(unit, {"mia": mia, "noah": noah, "ines": ines, "mallory": mallory})
