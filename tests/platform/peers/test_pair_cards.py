"""A card has no name before both have accepted, whatever its template shows."""

from __future__ import annotations

import pytest
from django.utils import timezone

from courses.models import UnitSkill
from peers import pair_cards
from tests.fixtures import factories
from tests.fixtures.peer_pairs import make_pair

pytestmark = pytest.mark.django_db


def cards_of(peers, who):
    return pair_cards.load_cards(peers.people[who], [peers.course], now=timezone.now())


@pytest.mark.parametrize(
    ("state", "hers", "his"),
    [
        ("suggested", [("asked", "")], []),
        ("wanted", [("waiting", "")], [("asked", "")]),
        ("paired", [("paired", "noah")], [("paired", "mia")]),
        ("declined", [], []),
        ("ended", [], []),
    ],
)
def test_each_side_sees_what_its_step_allows(peers, mia, noah, state, hers, his):
    make_pair(mia, noah, peers.skill, now=timezone.now(), state=state)

    assert [(card.step, card.name) for card in cards_of(peers, "mia")] == hers
    assert [(card.step, card.name) for card in cards_of(peers, "noah")] == his


def test_the_discussion_is_that_of_the_first_unit_without_a_grade(peers, mia, noah):
    graded = factories.make_quiz_unit(peers.course)
    later = factories.make_reading_unit(peers.course)
    graded.scenario = "graded"
    graded.save(update_fields=["scenario"])
    UnitSkill.objects.filter(skill=peers.skill).delete()
    make_pair(mia, noah, peers.skill, now=timezone.now(), state="paired")
    graded.skills.add(peers.skill)
    assert cards_of(peers, "mia")[0].discussion == ""

    later.skills.add(peers.skill)

    assert cards_of(peers, "mia")[0].discussion == f"/units/{later.code}/discussion/#ask"
