"""Behaviour of a class: published as affect is, in cells of its own, and never of few people."""

from __future__ import annotations

from datetime import timedelta

import pytest

from consent.permits import gate
from estimates import behaviour_disputes
from estimates.group_figures import disclosure
from estimates.group_figures.noise import SIGMA, sticky_noise
from estimates.group_figures.withdrawal import withdraw_gone
from estimates.models import BEHAVIOUR_STATES, Cell, Member, Predictor
from privacy.erasure import erasure
from teaching.class_picture import cells
from tests.fixtures.models.behaviour import store_step
from tests.platform.teaching.class_picture.test_cells import LATER, MINUTE
from tests.platform.teaching.conftest import TEN, sit, tell

pytestmark = pytest.mark.django_db
AT = TEN + timedelta(seconds=40)


@pytest.fixture
def act(video):
    """Let each person play the first chapter in these states: `act(people, "focused", "")`."""
    model = Predictor.objects.create(
        name="behaviour",
        digest="b" * 12,
        kind="behaviour",
        origin="simulated",
        active=True,
        card={},
    )

    def made(persons, *states):
        sat = []
        for person in persons:
            sitting = sit(person, video, TEN)
            tell(sitting, "play", TEN, 0.0)
            for n, state in enumerate(states):
                store_step(sitting, 2 * n + 1, model, AT, state=state)
            sat.append(sitting)
        return sat

    return made


def publish():
    cells.publish_due(LATER)
    return Cell.objects.filter(kind="behaviour").first()


def shares_of(cell):
    return dict(zip(cell.labels, cell.shares, strict=True))


def test_the_share_of_each_state_is_published(people, act):
    persons = people(10)
    act(persons[:6], "focused", "focused", "disengaged", "focused")
    act(persons[6:], "struggling", "", "struggling")

    cell = publish()

    assert (cell.n, cell.unsure, cell.chapter) == (10, 0, 0)
    assert shares_of(cell) == {"focused": 45, "struggling": 40, "disengaged": 15}
    assert Member.objects.filter(cell=cell).count() == 10


@pytest.mark.parametrize(("count", "shown"), [(4, False), (5, True)])
def test_fewer_people_than_the_floor_are_never_shown(people, act, count, shown):
    act(people(count), "focused", "focused")
    assert (publish().n is not None) == shown


def test_people_who_do_not_share_with_teachers_are_not_counted(people, act):
    act(people(4), "focused")
    act(people(3, scopes=("pointer:adapt",)), "focused")
    assert publish().n is None


def test_who_was_never_sure_is_counted_as_unsure(people, act):
    persons = people(10)
    act(persons[:5], "focused")
    act(persons[5:], "", "")
    cell = publish()
    assert (cell.n, cell.unsure, shares_of(cell)["focused"]) == (5, 50, 100)


def test_while_the_quarter_lasts_no_real_person_is_counted(course, people, act):
    act(people(8), "focused")
    cells.load_running_picture(course, now=TEN + MINUTE)
    assert not Cell.objects.filter(kind="behaviour").exists()


def test_it_stays_apart_from_affect(course, people, act, watch):
    persons = people(6)
    watch(persons, CONFUSION=0.6)
    act(persons, "disengaged")

    publish()

    by_kind = {cell.kind: cell for cell in Cell.objects.all()}
    assert set(by_kind["affect"].labels) == {"CONFUSION"}
    assert set(by_kind["behaviour"].labels) == set(BEHAVIOUR_STATES)


def test_its_noise_is_that_of_affect_and_drawn_anew(monkeypatch, people, act, watch):
    drawn = {}

    def noted(secret, cell, who):
        drawn[cell] = sticky_noise(secret, cell, who)
        return drawn[cell]

    monkeypatch.setattr("estimates.group_figures.publications.sticky_noise", noted)
    persons = people(30)
    watch(persons, CONFUSION=0.6)
    act(persons, "focused")
    publish()

    pairs = [(drawn[name.removesuffix("|behaviour")], drawn[name])
             for name in drawn if name.endswith("|behaviour")]  # fmt: skip
    assert pairs
    for affect, behaviour in pairs:
        assert behaviour.margin() == affect.margin() >= SIGMA
        assert behaviour.people("n") != affect.people("n")


@pytest.mark.parametrize("gone", ["pointer:adapt", "pointer:teach"])
def test_one_learner_leaving_withdraws_it_for_good(people, act, gone):
    persons = people(6)
    act(persons, "focused")
    publish()

    erasure.withdraw(persons[0].code, [gone], now=LATER)
    withdraw_gone()

    cell = Cell.objects.get(kind="behaviour")
    assert (cell.state, cell.n, cell.labels, cell.shares) == ("withdrawn", None, [], [])


def dispute(sitting, now=LATER):
    permit = gate.permit(sitting.learner.code, "course", now=now)
    behaviour_disputes.dispute(sitting.pk, permit, now=now)


def test_a_dispute_afterwards_withdraws_it(people, act):
    sat = act(people(6), "focused")
    publish()
    dispute(sat[0], TEN)
    withdraw_gone()
    assert Cell.objects.get(kind="behaviour").state == "withdrawn"


def test_a_dispute_it_knew_of_leaves_it_alone_and_is_not_counted(people, act):
    sat = act(people(7), "focused")
    dispute(sat[0], TEN)
    assert Member.objects.filter(cell=publish()).count() == 6
    assert withdraw_gone() == 0


def test_a_dispute_of_behaviour_leaves_the_affect_of_another_quarter_alone(people, act, watch):
    persons = people(6)
    watch(persons, CONFUSION=0.6)
    publish()
    sat = act(persons, "focused")
    dispute(sat[0], LATER)
    assert withdraw_gone() == 0


def test_it_is_read_under_the_profile_in_force(people, act, settings):
    act(people(6), "focused")
    cell = publish()
    assert disclosure.read_cells([cell])[cell.pk].picture
    settings.LEGAL_PROFILE = ""
    assert disclosure.read_cells([cell])[cell.pk].picture is None
