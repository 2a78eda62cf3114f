"""A challenger, its gates, rollback, and the destruction of weights."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from audit.models import Leaf
from emotion import artefacts
from estimates.models import Predictor
from estimates.registry import challengers, predictors, promotion_gates
from estimates.registry.predictors import NotPromoted
from estimates.registry.promotion_gates import GateVerdict
from research.models import Run
from research.registry.promotion import promote
from tests.fixtures.emotion.small_artefacts import make_tiny

pytestmark = pytest.mark.django_db


@pytest.fixture
def champion(shelve, now):
    return predictors.register(shelve("prior"), now=now)


@pytest.fixture
def trained(shelves, now):
    """`trained("one")`: an artefact trained here."""

    def made(name, **changes):
        shelves.LEARNED_DIR.mkdir(exist_ok=True)
        card, weights = make_tiny(name=name, **changes)
        folder = artefacts.save(shelves.LEARNED_DIR, card=card, weights=weights)
        return predictors.register(folder, now=now, at_once=False)

    return made


@pytest.fixture
def gate(monkeypatch):
    """`gate(True)`: every gate is open, or every one is closed."""

    def set_to(passed):
        found = [
            GateVerdict("gain", passed, "It is not shown to be better on people it never met.")
        ]
        monkeypatch.setattr(promotion_gates, "judge_gates", lambda row, champion: found)

    return set_to


@pytest.fixture
def learned(now):
    """`learned(row)`: trained on people of whom one has withdrawn since."""

    def made(row, *, simulated=False):
        return Run.objects.create(
            recipe="finetune",
            simulated=simulated,
            state="done",
            asked_by=b"x" * 32,
            asked_at=now,
            began_at=now,
            figures={},
            artefact=str(row),
        )

    return made


def acts():
    return [leaf.verb for leaf in Leaf.objects.filter(verb__startswith="predictor").order_by("at")]


def test_one_of_a_kind_challenges_at_a_time(champion, trained, ravi):
    first, second = trained("one"), trained("two")
    challengers.challenge(first, by=ravi.code)
    challengers.challenge(second, by=ravi.code)
    assert list(Predictor.objects.filter(challenger=True)) == [second]
    challengers.stand_down(second, by=ravi.code)
    assert challengers.find_challenger("affect") is None
    assert acts()[1:] == ["predictor.challenge", "predictor.challenge", "predictor.stand_down"]


def test_a_model_in_use_or_without_a_rival_cannot_challenge(champion, trained, ravi):
    for row in (champion, trained("alone", kind="foursub"), trained("b", kind="behaviour")):
        with pytest.raises(NotPromoted):
            challengers.challenge(row, by=ravi.code)
    assert not Predictor.objects.filter(challenger=True).exists()


def test_a_worse_one_is_refused_with_the_words_of_its_gate(champion, trained, gate, ravi, now):
    gate(False)
    row = trained("worse")
    challengers.challenge(row, by=ravi.code)
    with pytest.raises(NotPromoted, match="not shown to be better on people"):
        promote(row, ravi.code, now=now)
    assert predictors.find_active("affect") == champion
    with pytest.raises(NotPromoted, match="not shown to be better on people"):
        predictors.promote(str(row), now=now)


def test_through_open_gates_it_is_promoted_and_rolled_back_in_one_click(
    champion, trained, gate, ravi, now
):
    gate(True)
    row = trained("better")
    challengers.challenge(row, by=ravi.code)
    promote(row, ravi.code, now=now)
    row.refresh_from_db()
    assert (row.active, row.challenger) == (True, False)
    assert predictors.rollback("affect", by=ravi.code) == champion
    assert acts()[-2:] == ["predictor.promote", "predictor.rollback"]
    assert Leaf.objects.filter(verb="predictor.rollback", actor_ref=None).count() == 0


def test_a_page_promotes_only_challengers(champion, trained, gate, ravi, now):
    gate(True)
    with pytest.raises(NotPromoted, match="as a challenger first"):
        promote(trained("hasty"), ravi.code, now=now)


def test_no_gate_overrides_what_its_card_forbids(champion, trained, gate, ravi, now):
    gate(True)
    row = trained("weak", unpromoted="chance")
    challengers.challenge(row, by=ravi.code)
    with pytest.raises(NotPromoted, match="chance"):
        promote(row, ravi.code, now=now)


def test_a_flagged_models_weights_are_destroyed_when_it_is_replaced(
    champion, trained, learned, gate, ravi, now, django_capture_on_commit_callbacks
):
    gate(True)
    old, new, other = trained("old"), trained("new"), trained("other")
    challengers.challenge(old, by=ravi.code)
    promote(old, ravi.code, now=now)
    for row, simulated in ((old, False), (other, True)):
        learned(row, simulated=simulated)
    assert predictors.folder_of(str(old)).is_dir()
    challengers.challenge(new, by=ravi.code)
    with django_capture_on_commit_callbacks(execute=True):
        promote(new, ravi.code, now=now)
    there = [predictors.folder_of(str(row)).is_dir() for row in (old, new, other)]
    assert there == [False, True, True]
    with pytest.raises(NotPromoted):
        predictors.rollback("behaviour")
    assert acts()[-1] == "predictor.destroy"


def test_a_flagged_model_is_not_promoted_again_by_page_or_command(
    champion, trained, learned, gate, ravi, now
):
    gate(True)
    row = trained("remembers")
    challengers.challenge(row, by=ravi.code)
    learned(row)
    with pytest.raises(NotPromoted, match="Train it again"):
        promote(row, ravi.code, now=now)
    with pytest.raises(CommandError, match="Train it again"):
        call_command("predictors", "promote", str(row))
    assert predictors.find_active("affect") == champion


def test_the_command_too_destroys_a_replaced_flagged_models_weights(
    champion, trained, learned, gate, ravi, now, django_capture_on_commit_callbacks
):
    gate(True)
    row = trained("remembers")
    challengers.challenge(row, by=ravi.code)
    promote(row, ravi.code, now=now)
    learned(row)
    with django_capture_on_commit_callbacks(execute=True):
        call_command("predictors", "rollback", "affect", stdout=StringIO())
    assert predictors.find_active("affect") == champion
    assert not predictors.folder_of(str(row)).is_dir()
    with pytest.raises(CommandError):
        call_command("predictors", "rollback", "affect")


def test_shipped_models_and_those_in_use_are_never_destroyed(champion, trained, gate, ravi, now):
    gate(True)
    row = trained("one")
    challengers.challenge(row, by=ravi.code)
    for each in (champion, row):
        with pytest.raises(NotPromoted):
            challengers.destroy(each, by=ravi.code)
