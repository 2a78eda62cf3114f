"""The Learner's own word brings help under `course` alone, for five minutes, with any consent."""

from __future__ import annotations

import random
import uuid

import pytest
from django.utils import timezone

from adaptation import decide_intervention
from adaptation.facts.sitting_facts import AFFECTS
from adaptation.offers import payload
from adaptation.offers.reasons import read_translated_reason
from adaptation.rules import active_rules
from estimates.models import FEELINGS, SelfReport
from interventions.facts import Fact
from telemetry import sittings, windows
from tests.fixtures import factories
from tests.fixtures.offers import (
    answer,
    leave_on,
    make_affect_fact,
    permits,
    read_facts,
    say,
    until_offered,
)

pytestmark = pytest.mark.django_db
SCOPE = "pointer:adapt"
HESITATION = {"hesitation": Fact(True, 5.0, "sensed", 0.9, (SCOPE,))}
KNOWN = {"skills_known": Fact(3.0), "skills_in_unit": Fact(4.0)}


@pytest.fixture
def now():
    """The database checks its own clock, so consent must be live by that one too."""
    return timezone.now()


@pytest.fixture
def sitting(mia, ines, now):
    """A Sitting of mia's after two wrong answers, with only R15 on."""
    unit = factories.make_quiz_unit()
    factories.make_enrolment(mia, unit.course)
    leave_on(unit.course, ines, {"R15"}, now)
    sitting = sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=now)
    for second in (1, 2):
        answer(sitting, unit.questions.get(position=1), "999", second)
    return sitting


def test_saying_confused_makes_the_next_questions_easier(sitting):
    say(sitting, "confusion", 3)
    offer, cut = until_offered(sitting, last=20)
    assert (offer.rule, offer.kind, offer.scopes, offer.epochs) == ("R15", "adjust", [], [])
    assert 5 * (cut - 1) >= 30
    why = read_translated_reason(offer, now=timezone.now())["why"]
    assert why["lead"] == "Your last two answers were not correct. You said you are confused."
    assert (why["said"], why["estimated"]) == (["You said you are confused."], [])


def test_nothing_sensed_is_read_beside_the_word(sitting, mia, allow):
    """Facts sensed under a Grant are replaced, so a withdrawal leaves the row readable."""
    allow(mia, SCOPE)
    say(sitting, "confusion", 3)
    sensed = {**make_affect_fact("boredom", scopes=(SCOPE,)), **HESITATION}
    for cut in range(1, 20):
        at = windows.end_of(sitting, cut)
        course, facts = read_facts(sitting, cut, sensed)
        held = permits(sitting, at)
        rng = random.Random(1)
        offer = decide_intervention.decide(course, facts, held, cut=cut, now=at, rng=rng)
        if offer is not None:
            break
    assert (offer.rule, offer.scopes) == ("R15", [])


@pytest.mark.parametrize("ends", ["deleted", "replaced", "got it"])
def test_a_word_that_ended_brings_nothing(sitting, ends):
    say(sitting, "confusion", 3)
    if ends == "deleted":
        SelfReport.objects.all().delete()
    else:
        say(sitting, {"replaced": "interest", "got it": "got_it"}[ends], 4)
    assert until_offered(sitting, last=40)[0] is None


def test_a_word_counts_for_five_minutes(sitting):
    say(sitting, "confusion", 3)
    # 303 s are over at the end of the 61st Window.
    assert until_offered(sitting, first=61, last=100)[0] is None
    say(sitting, "confusion", 505)
    offer, cut = until_offered(sitting, first=101, last=120)
    assert (offer.rule, cut) == ("R15", 107)


def test_the_word_alone_without_a_deed_brings_nothing(sitting):
    question = sitting.unit.questions.get(position=1)
    answer(sitting, question, question.answer, 3)
    say(sitting, "confusion", 4)
    assert until_offered(sitting, last=60)[0] is None


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("frustration", "this is frustrating"),
        ("anxiety", "you are anxious"),
        ("stuck", "you are stuck"),
    ],
)
def test_breathing_is_offered_from_words_and_answers(sitting, ines, now, word, said):
    leave_on(sitting.unit.course, ines, {"R13"}, now)
    _switch_on(sitting, ines, now, "R13")
    say(sitting, word, 3)
    offer, _ = until_offered(sitting, KNOWN, last=20)
    assert (offer.rule, offer.kind, offer.scopes) == ("R13", "message", [])
    page = payload.build_message(offer.code, sitting)
    known = "You probably know three of the four skills in this unit."
    assert page["text"].startswith(f"You said {said}. {known}")
    assert page["rests"] is True


def test_every_word_is_a_fact_and_replaces_what_was_sensed(sitting):
    sensed = {name: fact for each in AFFECTS for name, fact in make_affect_fact(each).items()}
    for second, word in enumerate(FEELINGS, 3):
        say(sitting, word, second)
        _, facts = read_facts(sitting, 2, sensed)
        assert [name for name in FEELINGS if facts[f"self_{name}"].value is True] == [word]
        assert {name: facts[name].value for name in AFFECTS} == {
            name: float(name == word) for name in AFFECTS
        }
        assert facts["engaged"].value == float(word in ("interest", "happiness", "confidence"))


def test_r5_names_the_feeling_that_was_said(sitting, ines, now):
    _switch_on(sitting, ines, now, "R5")
    answer(sitting, sitting.unit.questions.get(position=1), "998", 3)
    say(sitting, "frustration", 4)
    offer, _ = until_offered(sitting, last=20)
    assert (offer.rule, offer.kind) == ("R5", "worked_step")
    page = payload.build_message(offer.code, sitting)
    assert page["text"] == "You said this is frustrating. Let’s break it down."


def _switch_on(sitting, teacher, now, rule):
    active_rules.switch_rule(sitting.unit.course, rule, enabled=True, by=teacher, now=now)


def test_in_a_discussion_the_word_points_to_the_explanation_and_to_asking(mia, ines, now):
    skill = factories.make_skill(slug="factoring")
    unit = factories.make_video_unit(skill.course)
    unit.skills.add(skill)
    factories.make_question(unit, skills=[skill], time_s=40.0, jump_from_s=60.0, jump_to_s=75.0)
    factories.make_enrolment(mia, unit.course)
    sitting = sittings.open(mia, unit, scenario="discussion", page=uuid.uuid4(), now=now)
    say(sitting, "confusion", 1)
    offer, _ = until_offered(sitting, last=20)
    assert (offer.rule, offer.kind) == ("R2", "jump_back")
    page = payload.build_message(offer.code, sitting)
    asks = "You can also ask about it here in the discussion."
    assert page["text"] == (
        f"You said you are confused. “{unit.title}” explains it at 1:00. {asks}"
    )
    assert page["url"] == f"/units/{unit.code}/?t=60.0#player"


def test_in_a_discussion_of_a_reading_it_leads_back_to_the_reading(mia, now):
    unit = factories.make_reading_unit()
    factories.make_enrolment(mia, unit.course)
    sitting = sittings.open(mia, unit, scenario="discussion", page=uuid.uuid4(), now=now)
    say(sitting, "confusion", 1)
    offer, _ = until_offered(sitting, last=20)
    assert payload.build_message(offer.code, sitting)["url"] == f"/units/{unit.code}/"


def test_a_practice_test_brings_breathing_from_a_word_and_no_hint(mia, now):
    unit = factories.make_quiz_unit()
    factories.make_enrolment(mia, unit.course)
    sitting = sittings.open(mia, unit, scenario="practice", page=uuid.uuid4(), now=now)
    for word in ("confusion", "stuck"):
        say(sitting, word, 1)
    offer, _ = until_offered(sitting, KNOWN, last=20)
    assert (offer.rule, offer.kind) == ("R13", "message")


def test_a_practice_test_without_known_skills_brings_nothing(mia, now):
    unit = factories.make_quiz_unit()
    factories.make_enrolment(mia, unit.course)
    sitting = sittings.open(mia, unit, scenario="practice", page=uuid.uuid4(), now=now)
    for word in ("confusion", "stuck"):
        say(sitting, word, 1)
    assert until_offered(sitting, last=40)[0] is None
