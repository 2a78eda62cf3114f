"""In two worlds that differ by one bit of one Learner, every road shows the same."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tools.inference_attack import classroom, paired_worlds
from tools.inference_attack.attack_surface import DRAFTS
from tools.inference_attack.secret_rows import SECRETS

pytestmark = pytest.mark.django_db
# Bits that no other of their group can cancel; the command writes each by itself.
GROUPS = {
    "pressed": (
        "“Got it” pressed or not",
        "sensing paused or not",
        "estimate above or below",
    ),
    "said, objects": ("confused or interested, as reported", "objects or not"),
    "sensed": ("sensed or not",),
    "withdrew": ("withdrew or not",),
    "met": ("rule met or not",),
    "offered": ("offered or held back",),
}


@pytest.fixture(autouse=True)
def demo(settings):
    settings.LEGAL_PROFILE = "demo"


def writer_of(names):
    def write(on, *, bit):
        for name in names:
            SECRETS[name](on, bit=bit)

    return write


def test_every_bit_is_in_a_group():
    assert {name for names in GROUPS.values() for name in names} == set(SECRETS)


def test_no_bit_of_a_real_learner_changes_a_road():
    room = classroom.make_classroom(len(GROUPS), now=timezone.now())
    writers = {name: writer_of(names) for name, names in GROUPS.items()}

    for pair in paired_worlds.attack_victims(room, writers, [("demo",)]):
        assert not paired_worlds.differing_roads(pair), pair.secret
        assert pair.unset[DRAFTS, "demo"]


def test_the_same_queries_succeed_against_exact_figures():
    """Figures of simulated people are exact: there the attacker sees what a rule reads."""
    room = classroom.make_classroom(1, now=timezone.now(), simulated=True)
    name = "estimate above or below"

    (pair,) = paired_worlds.attack_victims(room, {name: SECRETS[name]}, [("demo",), (None,)])

    assert (DRAFTS, "demo") in paired_worlds.differing_roads(pair)
    assert not pair.unset[DRAFTS, None], "closed where no profile is chosen"
