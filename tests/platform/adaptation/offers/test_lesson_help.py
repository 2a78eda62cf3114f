"""Easier and harder reach videos and readings as offers, and no test."""

from __future__ import annotations

import random
import uuid
from random import Random

import pytest

from adaptation.models import Choice, ProximalOutcome
from adaptation.next_question import selection
from adaptation.offers import outcomes, payload
from consent.permits import gate
from courses import attempts
from courses.models import Question, UnitSkill
from interventions.facts import Fact
from telemetry import sittings
from tests.fixtures import factories
from tests.fixtures.difficulty_shifts import adjust
from tests.fixtures.offers import answer, leave_on, make_affect_fact, play_video, say, until_offered

pytestmark = pytest.mark.django_db
BACK_TWICE = ((0, "play", 0.0), (26, "seek", -8.0), (28, "seek", -9.0))
ENGAGED = {
    **make_affect_fact("engaged", scopes=()),
    "predicted_success": Fact(0.9),
    "self_interest": Fact(True, 30.0, "self"),
}


@pytest.fixture
def skill():
    return factories.make_skill(slug="factoring")


@pytest.fixture
def quiz(mia, skill):
    unit = factories.make_quiz_unit(skill.course, skill=skill)
    factories.make_enrolment(mia, unit.course)
    return unit


@pytest.fixture
def film(quiz, skill, mia, ines, now):
    """mia in a video of two chapters that teaches the skill; only R15 and R16 are on."""
    unit = factories.make_video_unit(quiz.course)
    UnitSkill.objects.create(unit=unit, skill=skill)
    leave_on(quiz.course, ines, {"R15", "R16"}, now)
    return sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=now)


@pytest.fixture
def reading(quiz, skill, mia, ines, now):
    unit = factories.make_reading_unit(quiz.course)
    UnitSkill.objects.create(unit=unit, skill=skill)
    leave_on(quiz.course, ines, {"R6", "R15", "R16"}, now)
    return sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=now)


def show(offer, sitting):
    return payload.build_message(offer.code, sitting)


def said_engaged(predicted=0.9):
    return {"engaged": Fact(1.0, 60.0, "self"), "predicted_success": Fact(predicted)}


def test_a_film_plays_slower_after_going_back_in_it(film):
    play_video(film, *BACK_TWICE)
    say(film, "confusion", 29)
    offer, cut = until_offered(film, first=6, last=20)
    assert (offer.rule, offer.kind, offer.scopes) == ("R15", "message", [])
    assert 5 * (cut - 6) >= 30
    page = show(offer, film)
    assert (page["pace"], page["url"], page["jump"]) == (-1, None, None)
    assert page["text"] == (
        "You went back in the video two times in the last minute. You said you are confused. "
        "You can go back to your usual speed at any time."
    )
    assert [each["outcome"] for each in page["actions"]] == ["accepted", "later", "never"]


def test_stuck_in_a_film_brings_one_more_example_with_a_worked_step(film, quiz):
    play_video(film, (0, "play", 0.0))
    for word in ("stuck", "confusion"):
        say(film, word, 5)
    offer, _ = until_offered(film, last=20)
    page = show(offer, film)
    easiest = Question.objects.filter(hints__kind="worked_step").order_by("difficulty", "pk")[0]
    assert (page["pace"], page["url"]) == (0, f"/units/{quiz.code}/?question={easiest.code}")
    assert page["actions"][0]["label"] == "Show one more example"


def test_a_solved_question_is_no_example(film, quiz, mia, now):
    practised = sittings.open(mia, quiz, scenario="course", page=uuid.uuid4(), now=now)
    for place in quiz.questions.filter(position__isnull=False):
        answer(practised, place, place.answer, 1)
    other = factories.make_video_unit(quiz.course)
    other.skills.set(film.unit.skills.all())
    for word in ("stuck", "confusion"):
        say(film, word, 5)
    offer, _ = until_offered(film, last=20)
    assert show(offer, film)["url"] == f"/units/{other.code}/?t=0.0#player"


@pytest.mark.parametrize(("rate", "pace"), [(1.0, 1), (1.75, 1), (2.0, 0)])
def test_a_good_run_in_a_film_plays_faster_and_else_skips_ahead(film, rate, pace):
    play_video(film, (0, "play", 0.0), (1, "rate", rate), (2, "pause", 2.0))
    offer, _ = until_offered(film, said_engaged(), last=12)
    assert (offer.rule, offer.kind) == ("R16", "message")
    page = show(offer, film)
    assert page["pace"] == pace
    if not pace:
        assert (page["jump"], page["actions"][0]["label"]) == ([50.0, 101.0], "Skip ahead")
        assert "Next is “Undo an addition”." in page["text"]


def test_the_slowest_film_brings_an_example_or_nothing(film):
    Question.objects.all().delete()
    play_video(film, (0, "rate", 0.5), *BACK_TWICE)
    say(film, "confusion", 29)
    assert until_offered(film, first=6, last=20)[0] is None


def test_a_film_that_looks_hard_is_not_made_harder(film):
    play_video(film, (0, "play", 0.0))
    assert until_offered(film, said_engaged(0.5), last=20)[0] is None


def test_a_reading_brings_an_example_and_a_challenge(reading, quiz):
    for word in ("stuck", "confusion"):
        say(reading, word, 1)
    offer, cut = until_offered(reading, last=20)
    assert (offer.rule, offer.kind) == ("R15", "message")
    assert show(offer, reading)["url"].startswith(f"/units/{quiz.code}/?question=")

    harder = factories.make_variant(quiz.questions.get(position=2), relation="harder")
    found, _ = until_offered(reading, said_engaged(), first=cut + 80, last=cut + 110)
    assert (found.rule, found.kind) == ("R16", "message")
    assert show(found, reading)["url"].endswith(f"?question={harder.code}")


def test_bored_in_a_reading_skips_ahead(reading, quiz):
    onward = factories.make_reading_unit(quiz.course)
    planted = {"boredom": Fact(1.0, 60.0, "self"), "predicted_success": Fact(0.9)}
    offer, _ = until_offered(reading, planted, last=20)
    assert (offer.rule, offer.kind) == ("R6", "challenge")
    assert show(offer, reading)["url"] == f"/units/{onward.code}/"


def test_bored_in_a_reading_is_not_led_to_a_unit_that_this_one_opens(reading, quiz):
    onward = factories.make_reading_unit(quiz.course)
    onward.opens_after = reading.unit
    onward.save()
    planted = {"boredom": Fact(1.0, 60.0, "self"), "predicted_success": Fact(0.9)}
    offer, _ = until_offered(reading, planted, last=20)
    assert offer is None or "url" not in show(offer, reading)


def test_without_a_word_or_a_grant_a_film_stays_as_it_is(film):
    play_video(film, *BACK_TWICE)
    assert until_offered(film, make_affect_fact("confusion"), first=6, last=30)[0] is None


@pytest.mark.parametrize("scenario", ["discussion", "practice", "graded"])
def test_no_other_scene_changes_pace(film, quiz, scenario):
    film.scenario = scenario
    film.save(update_fields=["scenario"])
    play_video(film, *BACK_TWICE)
    say(film, "confusion", 29)
    assert until_offered(film, first=6, last=40)[0] is None


def test_dismissing_it_for_this_part_ends_it_and_its_effect_is_measured(film):
    play_video(film, *BACK_TWICE)
    say(film, "confusion", 29)
    offer, cut = until_offered(film, first=6, last=20)
    assert ProximalOutcome.objects.filter(intervention=offer).exists()
    outcomes.record(offer.code, "never", film, now=offer.decided_at)
    later = 5 * cut + 900
    play_video(film, (later, "seek", -4.0), (later + 1, "seek", -4.0))
    say(film, "confusion", later + 2)
    first = (later // 5) + 1
    assert until_offered(film, first=first, last=first + 20)[0] is None


def test_the_questions_of_a_practice_test_are_fixed_whatever_was_said(quiz, mia, now):
    test = factories.make_quiz_unit(quiz.course, skill=quiz.questions.first().skills.get())
    test.scenario = "practice"
    test.save()
    own = test.questions.filter(sibling=None).order_by("position")
    before = [each.code for each in own]
    for rule in ("R15", "R16"):
        adjust(mia, quiz.questions.first(), rule, now)
        begun = attempts.begin(mia, test, rng=Random(1), now=now)
        assert [each.code for each in attempts.load_questions(begun)] == before
        permit = gate.permit(mia.code, "course", now=now)
        asked = selection.ask(mia, test, permit, rng=random.Random(1), now=now)
        assert asked.code == before[0]
    assert not Choice.objects.exists()
