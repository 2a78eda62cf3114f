"""A class: ines and tom teach mia, noah and gita a quiz; messages go between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.people import make_person
from courses.models import LearnerGroup, Response
from messaging.models import Conversation, TeacherMessage
from tests.fixtures import factories
from tests.fixtures.messages import answer, write_message
from tests.fixtures.users import NOW, PASSWORD, client_for_person


@dataclass
class MessagingClass:
    """The course, its people, and what each of them does in the pages."""

    course: object
    quiz: object
    video: object
    people: dict
    _clients: dict = field(default_factory=dict)

    @property
    def question(self):
        return self.quiz.questions.get(position=1)

    def client(self, who):
        if who not in self._clients:
            self._clients[who] = client_for_person(self.people[who])
        return self._clients[who]

    def url(self, tail=""):
        return f"/teach/{self.course.slug}/messages/{tail}"

    def open(self, who, path):
        response = self.client(who).get(path)
        assert response.status_code == 200, response.status_code
        return response.content.decode()

    def compose(self, who="ines", **fields):
        response = self.client(who).post(self.url("new/"), fields)
        assert response.status_code == 200, response.status_code
        return response.content.decode()

    def send(self, *to, text="Hello {name}, look again.", who="ines", **fields):
        """Send the form to these Learners, as ines."""
        person = [self.people[name].code for name in to]
        sent = {"id": uuid4(), "person": person, "text": text, "start": "own_words", **fields}
        return self.client(who).post(self.url("send/"), sent)

    def write(self, *to, text="Hello {name}, look again.", **more):
        """Store a message as the page does, and return it."""
        people = [self.people[name] for name in to]
        return write_message(self.course, self.people["ines"], people, text, **more)

    def thread(self, who):
        return Conversation.objects.get(learner=self.people[who])

    def reply(self, who, text="I will.", **more):
        return answer(self.thread(who), self.people[who], text, **more)

    def miss(self, who, times=3):
        """Answer the question wrongly, so that a card opens on the page Now."""
        for minute in range(times):
            self.try_again(who, correct=False, ago=timedelta(minutes=times - minute))

    def try_again(self, who, *, correct, ago=timedelta(0), question=None):
        Response.objects.create(
            learner=self.people[who], question=question or self.question, given_sealed=b"\x01",
            correct=correct, elapsed_ms=9000, answered_at=timezone.now() - ago,
        )  # fmt: skip

    def put_in_group(self, *names):
        group = LearnerGroup.objects.create(course=self.course, name="Tuesday")
        people = [self.people[name] for name in names]
        self.course.enrolments.filter(user__in=people).update(group=group)
        return group

    @property
    def messages(self):
        return TeacherMessage.objects.count()


@pytest.fixture
def letters(mia, noah, ines, mallory):
    course = factories.make_course("algebra")
    gita, tom = (
        make_person(f"{name}@school.example", name=name, roles=[role], password=PASSWORD, now=NOW)
        for name, role in (("gita", "learner"), ("tom", "teacher"))
    )
    for learner in (mia, noah, gita):
        factories.make_enrolment(learner, course)
    for teacher in (ines, tom):
        factories.make_enrolment(teacher, course, role="teacher")
    quiz, video = factories.make_quiz_unit(course), factories.make_video_unit(course)
    people = {
        "mia": mia, "noah": noah, "gita": gita, "ines": ines, "tom": tom, "mallory": mallory,
    }  # fmt: skip
    return MessagingClass(course, quiz, video, people)
