"""Each Rule offers real help: a hint, part of a video, another question, a break, the teacher.

Where no help is available the rule does not fire, and no turn is used up.
"""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from adaptation.models import Intervention, RuleState
from adaptation.offers import hint_access, outcomes, payload
from courses.models import CaptionTrack, SkillPrerequisite, UnitSkill
from estimates.models import SelfReport
from interventions.facts import Fact
from telemetry import events, sittings
from tests.fixtures import factories
from tests.fixtures.offers import answer, make_affect_fact, until_offered

pytestmark = pytest.mark.django_db


@pytest.fixture
def skill():
    return factories.make_skill(slug="factoring")


@pytest.fixture
def quiz(mia, skill):
    unit = factories.make_quiz_unit(skill.course, skill=skill)
    UnitSkill.objects.create(unit=unit, skill=skill)
    factories.make_enrolment(mia, unit.course)
    return unit


@pytest.fixture
def sitting(mia, quiz, now):
    return sittings.open(mia, quiz, scenario="course", page=uuid.uuid4(), now=now)


@pytest.fixture
def first(quiz):
    return quiz.questions.get(position=1)


@pytest.fixture
def watching(mia, quiz, skill, now):
    """mia in a video that asks about the skill at 0:40 and explains it at 1:00."""
    unit = factories.make_video_unit(quiz.course)
    UnitSkill.objects.create(unit=unit, skill=skill)
    factories.make_question(unit, skills=[skill], time_s=40.0, jump_from_s=60.0, jump_to_s=75.0)
    CaptionTrack.objects.filter(video__unit=unit).update(
        cues=[{"start": 18.0, "end": 24.0, "text": "Look for two\nnumbers."}]
    )
    return sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=now)


def played(sitting, *rows):
    for t, name, value in rows:
        at = sitting.began_at + timedelta(seconds=t)
        events.store(sitting, uuid.uuid4(), float(t), name, value, None, at)


def shown(offer, sitting):
    return payload.build_message(offer.code, sitting)


def take(offer, sitting):
    at = offer.decided_at + timedelta(seconds=2)
    return outcomes.record(offer.code, "accepted", sitting, now=at)


def test_r1_walks_up_the_hints_and_then_to_the_worked_step(sitting, first):
    for second in (1, 2):
        answer(sitting, first, "999", second)
    found = []
    for round_ in range(3):
        begin = 2 + 40 * round_
        answer(sitting, first, "999", begin * 5)
        offer, cut = until_offered(sitting, first=begin, last=begin + 38)
        found.append(offer.kind)
        take(offer, sitting)
        opened = sitting.began_at + timedelta(seconds=5 * cut + 8)
        value, t = float(round_ + 1), 5.0 * cut + 8
        events.store(sitting, uuid.uuid4(), t, "hint", value, first.code, opened)

    assert found == ["hint", "hint", "worked_step"]


def test_r3_quotes_the_captions_of_the_replayed_part_and_plays_it_again(watching):
    played(watching, (0, "play", 0.0), (26, "seek", -8.0), (96, "seek", -70.0), (100, "pause", 22))

    offer, cut = until_offered(watching, make_affect_fact("confusion"), first=20)

    assert (offer.rule, offer.kind) == ("R3", "message")
    assert 5 * (cut - 20) >= 30
    page = shown(offer, watching)
    assert page["text"] == "You replayed this part two times. It says: “Look for two numbers.”"
    assert page["jump"] == [18.0, 38.0]


def test_r3_offers_nothing_without_captions_and_replay(watching):
    CaptionTrack.objects.all().delete()
    planted = {**make_affect_fact("confusion"), "replays_here": Fact(2.0)}
    assert until_offered(watching, planted, last=30)[0] is None
    assert not RuleState.objects.filter(phase="arming").exists()


SPINNING = {"opportunities": Fact(10.0), "mastery": Fact(0.4), "right_of_last_5": Fact(1.0)}


def test_r4_offers_what_comes_before_and_once_a_day_for_a_skill(sitting, quiz, first, skill, now):
    needs = factories.make_skill(quiz.course, "products")
    SkillPrerequisite.objects.create(skill=skill, needs=needs)
    before = factories.make_video_unit(quiz.course)
    UnitSkill.objects.create(unit=before, skill=needs)
    answer(sitting, first, "999", 1)

    offer, cut = until_offered(sitting, SPINNING)

    assert (offer.rule, offer.kind) == ("R4", "easier")
    page = shown(offer, sitting)
    assert page["url"] == f"/units/{before.code}/"
    assert "You have tried factoring ten times." in page["text"]
    assert f"“{before.title}” covers this: products." in page["text"]
    assert until_offered(sitting, SPINNING, first=cut + 1, last=cut + 80)[0] is None


def test_r4_after_a_right_answer_is_about_its_skill_and_comes_once(sitting, quiz, first, ines):
    factories.make_enrolment(ines, quiz.course, role="teacher")
    answer(sitting, first, first.answer, 1)
    offer, cut = until_offered(sitting, SPINNING)
    assert (offer.rule, offer.kind, offer.question) == ("R4", "ask_teacher", first)

    calm = {**SPINNING, "opportunities": Fact(9.0)}
    assert until_offered(sitting, calm, first=cut + 1, last=cut + 4)[0] is None
    assert until_offered(sitting, SPINNING, first=cut + 25, last=cut + 40)[0] is None


def test_r4_asks_the_teacher_where_nothing_comes_before(sitting, quiz, first, ines):
    answer(sitting, first, "999", 1)
    assert until_offered(sitting, SPINNING, last=10)[0] is None
    factories.make_enrolment(ines, quiz.course, role="teacher")

    offer, _ = until_offered(sitting, SPINNING, first=10, last=20)
    assert (offer.rule, offer.kind) == ("R4", "ask_teacher")
    assert not SelfReport.objects.exists()
    take(offer, sitting)

    assert SelfReport.objects.get(learner=sitting.learner).occasion == "event"
    assert sitting.events.filter(name="stuck").exists()


def test_r5_offers_the_worked_step_at_once_and_opens_it_by_that_offer_alone(sitting, first, noah):
    for second in (1, 2, 3):
        answer(sitting, first, "999", second)
    offer, _ = until_offered(sitting, make_affect_fact("frustration"))

    assert (offer.rule, offer.kind) == ("R5", "worked_step")
    assert "a different approach often helps" in shown(offer, sitting)["text"]
    code = str(offer.code)
    assert hint_access.opens_worked_step(sitting.learner, first, code)
    assert not hint_access.opens_worked_step(noah, first, code)
    second = first.unit.questions.get(position=2)
    assert not hint_access.opens_worked_step(sitting.learner, second, code)
    Intervention.objects.update(outcome="later")
    assert not hint_access.opens_worked_step(sitting.learner, first, code)


def test_r6_skips_to_the_harder_sibling_of_what_was_answered_so_well(sitting, quiz, first):
    harder = factories.make_variant(quiz.questions.get(position=2), relation="harder")
    answer(sitting, first, first.answer, 1)
    planted = {
        **make_affect_fact("boredom"),
        "predicted_success": Fact(0.9),
        "fast_right": Fact(2.0),
    }

    offer, cut = until_offered(sitting, planted)

    assert (offer.rule, offer.kind, offer.question) == ("R6", "challenge", None)
    assert 5 * (cut - 1) >= 30
    assert shown(offer, sitting)["url"] == f"/units/{quiz.code}/?question={harder.code}"


def test_not_for_this_part_keeps_that_rule_away_from_the_whole_unit(sitting, quiz, first):
    factories.make_variant(quiz.questions.get(position=2), relation="harder")
    answer(sitting, first, first.answer, 1)
    planted = {
        **make_affect_fact("boredom"),
        "predicted_success": Fact(0.9),
        "fast_right": Fact(2.0),
    }
    offer, cut = until_offered(sitting, planted)
    outcomes.record(offer.code, "never", sitting, now=offer.decided_at)
    RuleState.objects.all().delete()
    assert until_offered(sitting, planted, first=cut + 1, last=cut + 30)[0] is None


def _refuse_for(question, sitting, rule):
    """Store that an offer of this rule about this question was answered with "Not for this"."""
    long_ago = sitting.began_at - timedelta(days=30)
    Intervention.objects.create(
        sitting=sitting,
        learner=sitting.learner,
        question=question,
        rule=rule,
        version=1,
        cut=0,
        kind="hint",
        probability=1,
        delivered=True,
        sealed=b"",
        outcome="never",
        decided_at=long_ago,
        outcome_at=long_ago,
    )


def test_not_for_this_question_says_nothing_of_another(sitting, quiz, first):
    _refuse_for(first, sitting, "R1")
    second = quiz.questions.get(position=2)
    for second_s in (1, 2):
        answer(sitting, second, "999", second_s)
    offer, _ = until_offered(sitting, last=30)
    assert (offer.rule, offer.question) == ("R1", second)


def test_not_for_this_question_holds_for_good(sitting, first):
    _refuse_for(first, sitting, "R2")
    for second in (1, 2):
        answer(sitting, first, "999", second)
    assert until_offered(sitting, last=30)[0] is None


def test_r6_offers_nothing_when_nothing_is_left_to_do(sitting, first):
    answer(sitting, first, first.answer, 1)
    planted = {
        **make_affect_fact("boredom"),
        "predicted_success": Fact(0.9),
        "fast_right": Fact(2.0),
    }
    assert until_offered(sitting, planted, last=30)[0] is None


def test_r7_names_the_later_part_that_explains_what_is_known_least_with_its_time(
    watching, sitting, first
):
    for second in (1, 2, 3):
        answer(sitting, first, "999", second)
    from estimates.knowledge import mastery

    mastery.refine_due(now=sitting.began_at + timedelta(seconds=5))
    played(watching, (5, "play", 0.0))

    offer, _ = until_offered(watching, make_affect_fact("boredom"), first=2, last=14)

    assert (offer.rule, offer.kind) == ("R7", "message")
    page = shown(offer, watching)
    assert "The step on factoring is at 1:00." in page["text"]
    assert page["jump"] == [60.0, 75.0]


def test_r7_is_too_late_once_the_part_is_over(watching, sitting, first):
    from estimates.knowledge import mastery

    answer(sitting, first, "999", 1)
    mastery.refine_due(now=sitting.began_at + timedelta(seconds=5))
    played(watching, (5, "play", 65.0))
    assert until_offered(watching, make_affect_fact("boredom"), first=2, last=18)[0] is None


def test_r8_slows_hints_for_ten_minutes_without_blame(sitting, first):
    for second in (1, 2, 3):
        answer(sitting, first, "999", second, ms=900)
    offer, _ = until_offered(sitting)

    assert (offer.rule, offer.kind) == ("R8", "message")
    told = shown(offer, sitting)["text"].lower()
    assert not any(word in told for word in ("cheat", "guess", "should", "gam"))
    at, mia = offer.decided_at, sitting.learner
    assert hint_access.wait_s(mia, now=at + timedelta(minutes=9)) == 15
    assert hint_access.wait_s(mia, now=at + timedelta(minutes=11)) == 8


def test_r8_offers_the_same_with_new_numbers_where_there_are_any(sitting, first):
    first.parameterised = {"params": {}, "prompt": "", "answer": "1"}
    first.save()
    answer(sitting, first, "999", 1)
    offer, _ = until_offered(sitting, {"quick_answers": Fact(3.0)})
    assert shown(offer, sitting)["url"].endswith(f"?question={first.code}&draw=1")


def test_r10_offers_nothing_and_suppresses_all_offers(sitting, first):
    for second in (1, 2):
        answer(sitting, first, "999", second)
    away = {"tab_hidden": Fact(True), "away_s": Fact(130.0)}
    assert until_offered(sitting, away, last=40)[0] is None


def test_r11_offers_a_break_and_restarts_the_count_after_one(sitting, first):
    offer, cut = until_offered(sitting, {"active_min": Fact(46.0)})
    assert (offer.rule, offer.kind) == ("R11", "break")
    assert shown(offer, sitting)["rests"] is True

    from tests.fixtures.offers import read_facts

    before = read_facts(sitting, cut + 1)[1]["active_min"].value
    take(offer, sitting)
    assert read_facts(sitting, cut + 3)[1]["active_min"].value < before


@pytest.mark.parametrize(("difficulty", "comes"), [(1, True), (5, False)])
def test_r12_offers_an_easier_sibling_only_where_it_is_within_reach(
    sitting, first, difficulty, comes
):
    first.variants.update(difficulty=difficulty)
    answer(sitting, first, "999", 1, hints=1)
    at = sitting.began_at + timedelta(seconds=2)
    events.store(sitting, uuid.uuid4(), 2.0, "hint", 1.0, first.code, at)

    offer, _ = until_offered(sitting, {"unlikely_after_help": Fact(2.0)}, last=20)

    assert (offer is not None) is comes
    if comes:
        assert (offer.rule, offer.kind) == ("R12", "easier")
        assert shown(offer, sitting)["url"].endswith(str(first.variants.get().code))


def tense(origin):
    arousal = Fact(0.8, 60.0, "sensed", 0.9, (), 0.7, 0.9, origin=origin)
    return {"arousal": arousal, "skills_known": Fact(7.0), "skills_in_unit": Fact(10.0)}


def test_r13_tells_the_true_figure_and_changes_no_question(sitting, first):
    answer(sitting, first, "999", 1)
    offer, cut = until_offered(sitting, tense("people"))

    assert (offer.rule, offer.kind) == ("R13", "message")
    assert 5 * (cut - 1) >= 30
    page = shown(offer, sitting)
    assert "You probably know seven of the ten skills in this unit." in page["text"]
    assert (page["url"], page["rests"]) == (None, True)


def test_r13_ignores_a_model_trained_on_simulated_people(sitting, first):
    answer(sitting, first, "999", 1)
    assert until_offered(sitting, tense("simulated"), last=20)[0] is None


def test_r14_names_what_was_mastered_and_leads_on(sitting, quiz, first):
    for second in (1, 2, 3):
        answer(sitting, first, "999", second)
    answer(sitting, first, first.answer, 4)

    offer, _ = until_offered(sitting)

    assert (offer.rule, offer.kind, offer.question) == ("R14", "message", first)
    page = shown(offer, sitting)
    assert "After three answers that were not correct, you worked out factoring." in (page["text"])
    assert page["url"] == f"/units/{quiz.code}/?after={first.code}"
    assert page["question"] is None
