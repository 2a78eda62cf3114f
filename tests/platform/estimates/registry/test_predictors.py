"""The Predictor in use: one per kind, changed by promotion and rollback alone, audited."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError

from audit.models import Leaf
from emotion import artefacts
from emotion.models.registry import MODELS
from estimates.models import Predictor
from estimates.models.predictor import KIND_PATTERN
from estimates.registry import predictors
from tests.fixtures.emotion.small_artefacts import make_tiny

pytestmark = pytest.mark.django_db
ACTS = ("predictor.promote", "predictor.rollback")


@pytest.fixture
def shelf(settings, tmp_path):
    """`shelf("one", kind="mvp")`: a tiny artefact in this site's folder, by its name."""
    settings.ARTEFACTS_DIR = tmp_path

    def lay(name, **changes):
        card, weights = make_tiny(name=name, **changes)
        return artefacts.save(tmp_path, card=card, weights=weights)

    return lay


def acts():
    rows = Leaf.objects.filter(verb__in=ACTS).order_by("at")
    return [(leaf.verb, leaf.public) for leaf in rows]


def call(*arguments):
    out = StringIO()
    call_command("predictors", *arguments, stdout=out)
    return out.getvalue()


def test_the_first_of_a_kind_is_taken_into_use_and_the_next_is_not(shelf, now):
    first, second = (predictors.register(shelf(name), now=now) for name in ("one", "two"))

    assert predictors.find_active("affect") == first
    assert not second.active
    assert acts() == [("predictor.promote", f"kind=affect predictor={first}")]


def test_each_kind_has_one_of_its_own(shelf, now):
    made = [
        predictors.register(shelf("one"), now=now),
        predictors.register(shelf("two", kind="foursub"), now=now),
        predictors.register(shelf("three", kind="mvp", labels=["VALENCE", "AROUSAL"]), now=now),
    ]

    assert [predictors.find_active(row.kind) for row in made] == made
    assert [row.kind for row in predictors.list_secondary()] == ["foursub", "mvp"]


def test_promotion_replaces_what_its_kind_had_and_leaves_a_leaf(shelf, now):
    first = predictors.register(shelf("one"), now=now)
    other = predictors.register(shelf("two", kind="foursub"), now=now)
    folder = shelf("three")

    third = predictors.promote(folder.name, now=now)

    assert predictors.find_active("affect") == third
    assert predictors.find_active("foursub") == other
    first.refresh_from_db()
    assert not first.active
    assert acts()[-1] == ("predictor.promote", f"kind=affect predictor={folder.name}")


def test_promoting_what_is_in_use_changes_nothing(shelf, now):
    first = predictors.register(shelf("one"), now=now)
    predictors.promote(str(first), now=now)
    assert len(acts()) == 1


def test_rollback_goes_back_step_by_step_and_then_says_there_is_nothing(shelf, now):
    folders = [shelf(name) for name in ("one", "two", "three")]
    for day, folder in enumerate(folders):
        predictors.promote(folder.name, now=now + timedelta(days=day))

    assert str(predictors.rollback("affect")) == folders[1].name
    assert str(predictors.rollback("affect")) == folders[0].name
    assert acts()[-1] == ("predictor.rollback", f"kind=affect predictor={folders[0].name}")
    with pytest.raises(predictors.NotPromoted, match="in use before"):
        predictors.rollback("affect")
    assert str(predictors.find_active("affect")) == folders[0].name


def test_an_unpromoted_card_is_registered_and_never_in_use(shelf, now):
    folder = shelf("weak", kind="arousal", labels=["AROUSAL"], unpromoted="lower bound .52 < .55")

    row = predictors.register(folder, now=now)

    assert not row.active
    with pytest.raises(predictors.NotPromoted, match=r"ships unpromoted: lower bound \.52"):
        predictors.promote(folder.name, now=now)
    assert not Predictor.objects.filter(active=True).exists()
    assert acts() == []


@pytest.mark.parametrize(
    "changes",
    [{"kind": "affect", "labels": ["VALENCE"]}, {"kind": "mvp", "labels": ["CONFUSION"]}],
)
def test_a_label_that_its_kind_does_not_give_is_refused(shelf, now, changes):
    with pytest.raises(artefacts.BrokenArtefact, match="expected labels of"):
        predictors.register(shelf("one", **changes), now=now)
    assert not Predictor.objects.exists()


def test_every_kind_fits_the_table():
    assert [kind for kind in MODELS if not re.fullmatch(KIND_PATTERN, kind)] == []


def test_a_kind_without_a_model_is_refused(shelf, now):
    with pytest.raises(artefacts.BrokenArtefact, match=r"expected a kind of .*'affect'.*'soup'"):
        predictors.register(shelf("one", kind="soup"), now=now)
    assert not Predictor.objects.exists()


@pytest.mark.parametrize("kind", ["", "Affect", "af fect", "a1", "_affect", "affect\n"])
def test_the_table_refuses_a_kind_that_is_no_name(kind):
    with pytest.raises(IntegrityError, match="estimates_predictor_kind"):
        Predictor.objects.create(kind=kind, name="x", digest="0" * 12, origin="people", card={})


def test_the_next_artefact_replaces_one_missing_from_the_release(shelf, now):
    gone = shelf("one")
    first = predictors.register(gone, now=now)
    for file in gone.iterdir():
        file.unlink()
    gone.rmdir()

    second = predictors.register(shelf("two"), now=now)

    assert predictors.find_active("affect") == second
    with pytest.raises(predictors.NotPromoted):
        predictors.rollback("affect")
    assert first != second


@pytest.mark.parametrize("name", ["nothing-0123456789ab", "../outside", "."])
def test_only_what_lies_in_the_artefacts_can_be_promoted(shelf, now, name):
    with pytest.raises(predictors.NotPromoted, match="expected an artefact in"):
        predictors.promote(name, now=now)


def test_the_command_lists_each_with_its_state(shelf, now):
    first = predictors.register(shelf("one"), now=now)
    second = predictors.register(shelf("two"), now=now)
    third = shelf("weak", kind="arousal", labels=["AROUSAL"], unpromoted="lower bound .52 < .55")
    fourth = shelf("new", kind="foursub")
    predictors.register(third, now=now)
    Predictor.objects.filter(pk=second.pk).update(challenger=True)

    told = json.loads(call("list", "--json"))

    assert told["name"] == "predictors"
    states = {row["predictor"]: row["state"] for row in told["rows"]}
    assert states == {
        str(first): "in use",
        str(second): "challenger",
        third.name: "unpromoted: lower bound .52 < .55",
        fourth.name: "not registered",
    }
    assert all(name in call("list") for name in states)


def test_the_command_promotes_and_rolls_back(shelf, now):
    first, second = predictors.register(shelf("one"), now=now), shelf("two")

    assert "in use" in call("promote", second.name)
    assert str(predictors.find_active("affect")) == second.name
    told = json.loads(call("rollback", "affect", "--json"))
    assert told["rows"][0]["predictor"] == str(first)
    assert predictors.find_active("affect") == first


def test_the_command_refuses_with_1_and_says_why(shelf, now):
    weak = shelf("weak", unpromoted="lower bound .52 < .55")
    for arguments, why in (
        (("promote", weak.name), r"lower bound \.52"),
        (("promote", "nothing-0123456789ab"), "expected an artefact"),
        (("rollback", "mvp"), "in use before"),
    ):
        with pytest.raises(CommandError, match=why) as refused:
            call(*arguments)
        assert refused.value.returncode == 1


def test_no_option_forces_a_promotion(shelf):
    with pytest.raises(CommandError, match="unrecognized arguments: --force"):
        call("promote", shelf("weak", unpromoted="chance").name, "--force")
