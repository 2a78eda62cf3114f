"""A Learner ticks what they know; mastery marks their own page and opens nothing to others."""

from __future__ import annotations

import pytest
from django.utils import timezone

from consent.permits import gate
from courses.models import Response
from estimates.knowledge import mastery
from peers import choices
from peers.models import HelperSkill
from tests.fixtures import factories

pytestmark = pytest.mark.django_db


def test_only_skills_with_a_right_answer_can_be_ticked(peers, noah):
    factories.make_response(learner=noah, question=peers.question, correct=False)

    peers.choose("noah", helps=["slope"])
    assert not HelperSkill.objects.exists()

    peers.learn("noah")
    peers.choose("noah", helps=["slope", "no-such-skill"])
    assert HelperSkill.objects.get().skill == peers.skill


def test_mastered_skills_come_first_and_only_their_owner_sees_the_mark(peers, noah, monkeypatch):
    other = factories.make_skill(peers.course, "area")
    quiz = factories.make_quiz_unit(peers.course, skill=other)
    factories.make_response(learner=noah, question=quiz.questions.first())
    now = timezone.now()
    permit = gate.permit(noah.code, "course", now=now)
    for _ in range(8):
        peers.learn("noah")
        mastery.update(Response.objects.filter(question=peers.question).last(), permit, now=now)
    mastery.refine_due(now=now)
    monkeypatch.setattr(mastery, "MASTERED", 0.5)

    found = choices.load_skill_choices(noah, peers.course, now=now)

    assert [(each.slug, each.mastered) for each in found] == [("slope", True), ("area", False)]
    assert "probably mastered</span>" in peers.text("noah")
    peers.choose("noah", helps=["slope"])
    peers.choose("mia", wishes=True)
    peers.press("mia")
    assert "mastered" not in peers.text("ines", peers.teach_url)
    assert "probably mastered</span>" not in peers.text("mia")


def test_saving_twice_keeps_one_row_and_its_time(peers):
    peers.learn("noah")
    peers.choose("noah", helps=["slope"], wishes=True)
    before = HelperSkill.objects.get()

    peers.choose("noah", helps=["slope"], wishes=True)

    after = HelperSkill.objects.get()
    assert (after.pk, after.since) == (before.pk, before.since)
    page = peers.text("noah")
    assert 'value="slope" checked' in page
    assert 'aria-describedby="get-d" checked' in page
