"""A difficulty shift needs data sensed under a live Grant, or the Learner's own word."""

from __future__ import annotations

import json
import uuid
from importlib import resources

import pytest
from django.utils import timezone

from adaptation.models import Intervention
from adaptation.next_question import difficulty_shift
from adaptation.rules import versions
from interventions import catalogue
from interventions.facts import Fact
from privacy.erasure import erasure
from telemetry import sittings
from tests.fixtures import factories
from tests.fixtures.offers import answer, leave_on, make_affect_fact, until_offered

pytestmark = pytest.mark.django_db
SCOPE = "pointer:adapt"


@pytest.fixture
def now():
    """The database checks its own clock, so consent must be live by that one too."""
    return timezone.now()


@pytest.fixture
def sitting(mia, ines, now):
    """A Sitting of mia's after two wrong answers, with only R15 and R16 on."""
    unit = factories.make_quiz_unit()
    factories.make_enrolment(mia, unit.course)
    leave_on(unit.course, ines, {"R15", "R16"}, now)
    sitting = sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=now)
    for second in (1, 2):
        answer(sitting, unit.questions.get(position=1), "999", second)
    return sitting


def by(learner, offer):
    """Return the shifts of this skill's questions now."""
    return [
        move.by for move in difficulty_shift.shifts_in_force(learner, now=offer.decided_at).values()
    ]


def test_with_a_grant_and_a_lasting_estimate_it_shifts(sitting, mia, allow, now):
    allow(mia, SCOPE)
    offer, _ = until_offered(sitting, make_affect_fact("confusion", scopes=(SCOPE,)), last=20)
    assert (offer.rule, offer.kind, offer.scopes) == ("R15", "adjust", [SCOPE])
    assert by(mia, offer) == [difficulty_shift.SHIFT]


def test_a_version_can_shift_the_other_way(sitting, mia, ines, allow, now):
    allow(mia, SCOPE)
    course, path = sitting.unit.course, resources.files(catalogue) / "R15.json"
    body = json.loads(path.read_text("utf-8")) | {"adjust": "harder"}
    versions.save_version(course, "R15", body, by=ines, share=1.0, now=now)
    offer, _ = until_offered(sitting, make_affect_fact("confusion", scopes=(SCOPE,)), last=20)
    assert (offer.rule, offer.version, by(mia, offer)) == ("R15", 6, [-difficulty_shift.SHIFT])


@pytest.mark.parametrize(
    ("planted", "shifts"),
    [
        ({"confusion": Fact(1.0, 60.0, "self")}, ("R15", "easier")),
        (
            {"frustration": Fact(1.0, 60.0, "self"), "self_stuck": Fact(True, 60.0, "self")},
            ("R15", "easier"),
        ),
        ({"engaged": Fact(1.0, 60.0, "self"), "correct_streak": Fact(5.0)}, ("R16", "harder")),
    ],
    ids=["said", "said and stuck", "a good run"],
)
def test_the_own_word_shifts_without_a_grant_and_is_stored_under_the_course(
    sitting, mia, planted, shifts
):
    offer, _ = until_offered(sitting, planted, last=60)
    rule, direction = shifts
    assert (offer.rule, offer.kind, offer.scopes, offer.epochs) == (rule, "adjust", [], [])
    assert by(mia, offer) == [difficulty_shift.BY_DIRECTION[direction]]


@pytest.mark.parametrize(
    "planted", [make_affect_fact("confusion"), {}], ids=["a guess from nowhere", "nothing"]
)
def test_without_a_grant_or_a_word_it_never_shifts(sitting, planted):
    assert until_offered(sitting, planted, last=60)[0] is None


def test_after_a_withdrawal_no_estimate_shifts_and_the_own_word_still_does(sitting, mia, allow):
    allow(mia, SCOPE)
    erasure.withdraw(mia.code, [SCOPE], now=timezone.now())
    assert until_offered(sitting, make_affect_fact("confusion"), last=30)[0] is None
    assert not Intervention.objects.exists()
    said = {"confusion": Fact(1.0, 60.0, "self")}
    offer, _ = until_offered(sitting, said, first=30, last=60)
    assert (offer.rule, offer.scopes) == ("R15", [])
