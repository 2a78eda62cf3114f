"""A challenger and the model in use: agreement, calibration, floors; all under live Permits."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from consent.permits import gate
from consent.scopes import ADAPT_SCOPES, RESEARCH_SCOPES
from estimates import self_reports
from estimates.inference import shadow_estimates
from estimates.inference.affect import Guess, SensedWindow
from estimates.models import Predictor, ShadowEstimate
from privacy.erasure import erasure
from research.registry.comparison import compare
from telemetry import sittings
from telemetry.models import Window
from tests.fixtures import factories
from tests.fixtures.models import estimates

pytestmark = pytest.mark.django_db
GIVEN = ("pointer:adapt", "pointer:research")
SAID = ("CONFUSION", "BOREDOM")


@pytest.fixture
def two(db):
    champion, challenger = (
        estimates.make_predictor_row("affect", "a"),
        estimates.make_predictor_row("affect", "b", active=False),
    )
    Predictor.objects.filter(pk=challenger.pk).update(challenger=True)
    challenger.refresh_from_db()
    return challenger, champion


@pytest.fixture
def look(two, allow, now, demo):
    """`look(same=3, other=1)`: a person with this many equal and different Estimates."""

    def made(*, same=3, other=0, unsure=0, simulated=False, report="", course=None):
        person = factories.make_user()
        if simulated:
            User.objects.filter(pk=person.pk).update(simulated=True)
            person.refresh_from_db()
        allow(person, *GIVEN, now=now)
        began = now - timedelta(minutes=5)
        unit = factories.make_unit()
        sitting = sittings.open(person, unit, scenario="course", page=uuid.uuid4(), now=began)
        for cut in range(same + other + unsure):
            estimates.store_estimate(sitting, cut, two[1], now, CONFUSION=0.6, BOREDOM=0.3)
            said = SAID[cut >= same] if cut < same + other else ""
            _shadow(sitting, cut, two[0], said, now)
        if report:
            permit = gate.permit(person.code, "course", now=now)
            self_reports.store(sitting, uuid.uuid4(), 2.0, report, permit, now=now)
        return person

    return made


@pytest.fixture
def now():
    return timezone.now()


def _shadow(sitting, cut, by, label, now):
    scopes = [*ADAPT_SCOPES, *RESEARCH_SCOPES]
    permits = gate.permits(sitting.learner.code, scopes, now=now).granted
    labels = {name: (0.7 if name == label else 0.2, 0.1, 0.8) for name in SAID} if label else {}
    guess = Guess(labels, not label, (), 0.9, ["pointer"], ["pointer:adapt"], by.digest)
    sensed = SensedWindow(Window(pk=1, sitting=sitting, cut=cut), None, permits, late=False)
    assert shadow_estimates.store([sensed], {1: guess}, now=now)


def test_share_kappa_and_how_often_each_was_unsure(look, two, now):
    for _ in range(5):
        look(same=3, other=1, unsure=1)
    found = compare(*two, now=now)
    assert (found.people, found.moments, found.few) == (5, 25, 0)
    assert found.share == 75
    assert found.unsure == (20, 0)
    assert found.kappa.n == 20


def test_under_the_floor_nothing_is_shown(look, two, now):
    for _ in range(4):
        look()
    found = compare(*two, now=now)
    assert (found.few, found.moments, found.share) == (5, 0, None)


def test_one_simulated_person_is_enough_and_marked(look, two, now):
    look(simulated=True)
    found = compare(*two, now=now)
    assert (found.simulated, found.people, found.share) == (True, 1, 100)


def test_simulated_people_never_fill_a_group_of_real_ones(look, two, now):
    for number in range(5):
        look(simulated=number == 0, same=3)
    found = compare(*two, now=now)
    assert (found.simulated, found.people) == (True, 1)


def test_a_learner_who_withdraws_research_is_not_counted(look, two, now):
    people = [look() for _ in range(6)]
    assert compare(*two, now=now).people == 6
    erasure.withdraw(people[0].code, ["pointer:research"], now=now)
    assert compare(*two, now=now).people == 5
    erasure.withdraw(people[1].code, ["pointer:research"], now=now)
    assert compare(*two, now=now).few == 5
    assert ShadowEstimate.objects.values("learner").distinct().count() == 4


def test_accuracy_is_measured_against_self_reports(look, two, now):
    for report in ("confusion", "confusion", "confusion", "boredom", "got_it"):
        look(report=report)
    found = compare(*two, now=now)
    assert found.reports == 4
    assert sum(each.n for each in found.bins) == 4
    assert sum(each.n * each.right for each in found.bins) == 300
    assert {each.said for each in found.bins} == {70}
