"""Simulated learners: learning, feelings and dropout follow their world."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from emotion.simulate.learning_models import LEAVES, MOST, WORLDS, SimulatedAnswerer


def simulate_questions(chance, *, world="does not matter", learners=200, questions=40, seed=0):
    """Simulate learners who all receive questions of the same true probability."""
    people = [SimulatedAnswerer(0.0, WORLDS[world]) for _ in range(learners)]
    for number, person in enumerate(people):
        rng = Random(seed * 10_000 + number)
        for _ in range(questions):
            person.answer(person.ability - logit(chance), rng)
    return people


def logit(chance):
    from math import log

    return log(chance / (1 - chance))


def share(people, feeling):
    felt = sum((Counter(person.felt) for person in people), Counter())
    return felt[feeling] / felt.total()


@pytest.mark.parametrize(
    ("world", "best", "worse"),
    [
        ("peaks at .7", 0.7, (0.5, 0.9)),
        ("rises with success", 0.95, (0.5, 0.7)),
        ("peaks at .5", 0.5, (0.3, 0.7)),
    ],
)
def test_each_world_has_its_stated_optimum_of_learning(world, best, worse):
    learns = WORLDS[world]
    assert all(learns(best) > learns(chance) for chance in worse)
    assert all(0 <= learns(chance / 100) <= 1 for chance in range(101))


def test_in_one_world_difficulty_does_not_matter():
    learns = WORLDS["does not matter"]
    assert len({learns(chance / 10) for chance in range(11)}) == 1


def test_the_probability_of_a_right_answer_equals_the_rate():
    learner, rng = SimulatedAnswerer(0.5, lambda _: 0.0), Random(1)
    right = sum(learner.answer(1.0, rng) for _ in range(4000))
    assert right / 4000 == pytest.approx(learner.chance(1.0), abs=0.02)
    assert learner.gained == 0


def test_the_gain_is_in_ability_and_bounded_per_question():
    learner, rng = SimulatedAnswerer(0.0, WORLDS["rises with success"]), Random(2)
    for _ in range(50):
        learner.answer(0.0, rng)
    assert learner.ability >= learner.gained > 0.9 * learner.ability
    assert 0 < learner.gained < 50 * MOST


def test_easy_questions_bore_and_hard_ones_frustrate():
    easy, middle, hard = (simulate_questions(chance) for chance in (0.95, 0.7, 0.25))
    assert share(easy, "bored") > 2 * share(middle, "bored")
    assert share(hard, "frustrated") > 2 * share(middle, "frustrated")


def test_frustration_makes_people_leave():
    assert LEAVES["frustrated"] == max(LEAVES.values())
    easy, hard = simulate_questions(0.75), simulate_questions(0.25)
    left = [1 - sum(each.stays for each in people) / len(people) for people in (easy, hard)]
    assert left[1] > 2 * left[0] > 0


def test_questions_after_leaving_do_not_count():
    staying, leaving = (
        SimulatedAnswerer(0.0, WORLDS["does not matter"], stays=chance) for chance in (1, 0.5)
    )
    for learner in (staying, leaving):
        learner.answer(0.0, Random(5))
    assert leaving.gained == pytest.approx(staying.gained / 2)
    assert leaving.ability == staying.ability
    assert (leaving.asked, leaving.felt["engaged"]) == (0.5, 0.5)


def test_every_answer_uses_the_same_number_of_random_draws():
    """So that two policies have the same luck at the same question."""
    after = []
    for difficulty in (-3.0, 3.0):
        rng = Random(4)
        learner = SimulatedAnswerer(0.0, WORLDS["peaks at .5"])
        for _ in range(10):
            learner.answer(difficulty, rng)
        after.append(rng.random())
    assert after[0] == after[1]
