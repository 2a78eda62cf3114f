"""What goes with a Learner's account, and what with a Teacher's."""

from __future__ import annotations

import pytest
from django.utils import timezone

from messaging.models import (
    Conversation,
    ConversationReply,
    MessageMention,
    MessageTemplate,
    TeacherMessage,
)
from messaging.saved_templates import save_template
from privacy.erasure import erasure
from tests.fixtures.messages import answer

pytestmark = pytest.mark.django_db


def erase(person):
    return erasure.erase(person.code, actor=None, cause="request", now=timezone.now())


def test_a_learners_threads_go_with_the_replies_in_them(letters):
    letters.write("mia", "noah")
    letters.write("mia", text="For you, mia.")
    answer(Conversation.objects.filter(learner=letters.people["mia"])[0], letters.people["mia"])
    erase(letters.people["mia"])
    assert Conversation.objects.get().learner == letters.people["noah"]
    assert TeacherMessage.objects.count() == 1
    assert not ConversationReply.objects.exists()


def test_a_name_in_another_thread_is_gone(letters):
    letters.write("noah", text="Ask mia about it.")
    erase(letters.people["mia"])
    assert not MessageMention.objects.exists()
    page = letters.open("noah", f"/messages/{letters.thread('noah').id}/")
    assert "Ask a former member about it." in page


def test_a_teachers_texts_go_and_answered_threads_stay_empty(letters):
    ines = letters.people["ines"]
    letters.write("noah")
    letters.write("mia")
    letters.reply("mia", "My words.")
    answer(letters.thread("mia"), ines, "Good.", by_learner=False)
    save_template(letters.course, ines, "Mine", "Hello", now=timezone.now())
    erase(ines)
    row = TeacherMessage.objects.get()
    assert (row.sealed, row.author) == (None, None)
    assert not MessageTemplate.objects.exists()
    page = letters.open("mia", f"/messages/{letters.thread('mia').id}/")
    assert page.count("This text was removed with its author’s account.") == 2
    assert "My words." in page
    assert "ines" not in page
    assert "A former teacher" in letters.open("mia", "/messages/")
    assert not Conversation.objects.filter(learner=letters.people["noah"]).exists()


def test_a_thread_that_a_co_teacher_answered_stays(letters):
    letters.write("mia", question=letters.question, skill=letters.question.skills.get())
    answer(letters.thread("mia"), letters.people["tom"], "I can help.", by_learner=False)
    erase(letters.people["ines"])
    page = letters.open("mia", f"/messages/{letters.thread('mia').id}/")
    assert "I can help." in page
    row = TeacherMessage.objects.get()
    assert (row.sealed, row.question, row.skill) == (None, None, None)
