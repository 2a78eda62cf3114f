"""A class: ines teaches mia and noah a quiz on slope; mia asks for help, noah can give it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone

from peers.models import HelperSkill, PeerHelpWish, PeerPair
from telemetry import events, sittings
from tests.fixtures import factories
from tests.fixtures.users import client_for_person


@dataclass
class PeerClass:
    """The course and its people, and what each of them does in the pages."""

    course: object
    quiz: object
    skill: object
    people: dict

    @property
    def question(self):
        return self.quiz.questions.get(position=1)

    def client(self, who):
        return client_for_person(self.people[who])

    def learn(self, who):
        """Answer one question on the skill correctly."""
        factories.make_response(learner=self.people[who], question=self.question)

    def choose(self, who, *, helps=(), wishes=False):
        fields = {"skill": list(helps), **({"may_be_helped": "on"} if wishes else {})}
        return self.client(who).post(self.url, fields)

    def press(self, who, name="stuck", *, unit=None, ago=timedelta(minutes=1), ref=None):
        """Press "I'm stuck", or do something else, on a page of the unit."""
        at = timezone.now() - ago
        page = sittings.open(
            self.people[who], unit or self.quiz, scenario="course", page=uuid.uuid4(), now=at
        )
        events.store(page, uuid.uuid4(), 1.0, name, None, ref, at)
        return page

    def ask(self):
        """Let noah offer help with the skill, and mia ask for it."""
        self.learn("noah")
        self.choose("noah", helps=[self.skill.slug])
        self.choose("mia", wishes=True)
        self.press("mia")

    def suggest(self, who="ines", helper="noah", **changed):
        fields = {
            "wish": PeerHelpWish.objects.get(enrolment__user=self.people["mia"]).id,
            "skill": self.skill.slug,
            "suggest": HelperSkill.objects.get(enrolment__user=self.people[helper]).id,
        }
        return self.client(who).post(self.teach_url, {**fields, **changed})

    def pair(self):
        """Ask and suggest; return the pair."""
        self.ask()
        assert self.suggest().status_code == 302
        return PeerPair.objects.get()

    def do(self, who, pair, act):
        return self.client(who).post(f"{self.url}{pair.id}/", {"do": act})

    def text(self, who, url=None):
        response = self.client(who).get(url or self.url)
        assert response.status_code == 200, response.status_code
        return response.content.decode()

    @property
    def url(self):
        return f"/courses/{self.course.slug}/classmates/"

    @property
    def teach_url(self):
        return f"/teach/{self.course.slug}/classmates/"


@pytest.fixture
def peers(mia, noah, ines, mallory):
    course = factories.make_course("algebra")
    for learner in (mia, noah):
        factories.make_enrolment(learner, course)
    factories.make_enrolment(ines, course, role="teacher")
    skill = factories.make_skill(course, "slope")
    quiz = factories.make_quiz_unit(course, skill=skill)
    quiz.skills.add(skill)
    people = {"mia": mia, "noah": noah, "ines": ines, "mallory": mallory}
    return PeerClass(course, quiz, skill, people)
