"""Facts that need minutes of Blocks are read only where a rule may act on them."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from adaptation import window_cases
from adaptation.rules import active_rules
from consent.permits import gate
from courses.models import UnitSkill
from estimates.inference.affect import SensedWindow
from estimates.knowledge import mastery
from telemetry import sittings, windows
from telemetry.blocks import partitions
from telemetry.models import Window
from tests.fixtures import factories
from tests.fixtures.models.estimates import make_predictor_row, store_estimate
from tests.fixtures.offers import answer
from tests.fixtures.sockets import recordings

pytestmark = pytest.mark.django_db
SCOPES = ("course", "pointer:adapt")
CUT = 59


@pytest.fixture
def now():
    """The database checks its own clock, so consent must be live by that one too."""
    return timezone.now()


@pytest.fixture
def sitting(mia, allow, now):
    """Five minutes of pauses of mia's, who knows the unit's skill, and is tense at the end."""
    partitions.open_days()
    allow(mia, "pointer:adapt")
    skill = factories.make_skill(slug="factoring")
    quiz = factories.make_quiz_unit(skill.course, skill=skill, questions=14)
    UnitSkill.objects.create(unit=quiz, skill=skill)
    factories.make_enrolment(mia, quiz.course)
    opened = sittings.open(mia, quiz, scenario="course", page=uuid.uuid4(), now=now)
    recordings.store_pauses(opened, now=now)
    by = make_predictor_row("arousal", "d", hop_s=60.0, origin="people")
    store_estimate(opened, CUT, by, now, AROUSAL=0.9)
    for place in range(1, 15):
        question = quiz.questions.get(position=place)
        answer(opened, question, question.answer, place)
    mastery.refine_due(now=now)
    return opened


def load(sitting):
    """Return the facts at the end, and whether Blocks were read for them."""
    at = windows.end_of(sitting, CUT)
    granted = gate.permits(sitting.learner.code, SCOPES, now=timezone.now()).granted
    batch = [SensedWindow(Window(pk=1, sitting=sitting, cut=CUT), None, granted, late=False)]
    with CaptureQueriesContext(connection) as found:
        (case,) = window_cases.load_window_cases(batch, {}, now=at)
    return case.facts, any("telemetry_block" in row["sql"] for row in found.captured_queries)


def _answer_wrong(sitting):
    other = factories.make_question(sitting.unit, skills=[factories.make_skill(slug="graphs")])
    answer(sitting, other, "999", 200)


def test_pauses_are_not_read_while_no_rule_may_act_on_them(sitting):
    facts, read = load(sitting)
    assert facts["arousal"].value == pytest.approx(0.9)
    assert ("hesitation" in facts, read) == (False, False)


def test_pauses_are_read_where_a_rule_may_act_on_them(sitting):
    _answer_wrong(sitting)
    facts, read = load(sitting)
    assert (facts["hesitation"].value, read) == (True, True)


def test_pauses_are_not_read_where_the_rule_is_off(sitting, ines, now):
    _answer_wrong(sitting)
    active_rules.switch_rule(sitting.unit.course, "R13", enabled=False, by=ines, now=now)
    facts, read = load(sitting)
    assert ("hesitation" in facts, read) == (False, False)
