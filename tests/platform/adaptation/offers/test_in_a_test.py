"""A practice test brings only a calming offer; a graded test brings none."""

from __future__ import annotations

import pytest

from interventions.facts import Fact
from tests.fixtures.offers import answer, make_stuck, until_offered

pytestmark = pytest.mark.django_db
AROUSED = Fact(0.9, 60.0, "sensed", 0.9, (), 0.8, 0.95, origin="people")
TENSE = {"arousal": AROUSED, "skills_known": Fact(7.0), "skills_in_unit": Fact(10.0)}


def sat(person, now, scenario):
    """Two wrong answers and a long pause, in a Sitting of this scenario."""
    sitting = make_stuck(person, now)
    answer(sitting, sitting.unit.questions.get(position=1), "998", 1)
    sitting.scenario = scenario
    sitting.save(update_fields=["scenario"])
    return sitting


@pytest.mark.parametrize(
    ("scenario", "rules"), [("course", {"R1"}), ("practice", set()), ("graded", set())]
)
def test_no_hint_is_offered_in_a_test(mia, now, scenario, rules):
    offer, _ = until_offered(sat(mia, now, scenario), last=20)
    assert {offer.rule for offer in [offer] if offer} == rules


@pytest.mark.parametrize(
    ("scenario", "found"), [("practice", [("R13", "message")]), ("graded", [])]
)
def test_a_calming_offer_may_come_in_a_practice_test_alone(mia, now, scenario, found):
    offer, _ = until_offered(sat(mia, now, scenario), TENSE, last=20)
    assert [(offer.rule, offer.kind) for offer in [offer] if offer] == found
