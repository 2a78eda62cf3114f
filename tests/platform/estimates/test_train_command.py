"""`manage.py train` prints figures, and exits with 1 where the result differs."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from emotion import artefacts
from emotion.training import recipe
from estimates.management.commands import train

CARD = Path(__file__).resolve().parents[3] / "artefacts"


def run(monkeypatch, report, *arguments):
    monkeypatch.setattr(train, "_run", lambda recipe, out, data: report)
    out, err = StringIO(), StringIO()
    call_command("train", "prior", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


REPORT = {
    "path": "prior-aaaaaaaaaaaa",
    "figures": {"people": 60, "macro_f1": [0.42, 0.4, 0.44]},
    "largest_difference": None,
}


def test_it_prints_each_figure_with_its_interval(monkeypatch):
    out, _ = run(monkeypatch, REPORT)
    assert out.splitlines()[0] == "prior-aaaaaaaaaaaa"
    assert "macro_f1" in out
    assert "0.420  (0.400 to 0.440)" in out


def test_points_and_curves_are_counted(monkeypatch):
    figures = {
        "arousal_roc": {"AROUSAL": [[0, 0], [1, 1]]},
        "calibration": [[0.1, 0.2], [0.5, 0.4]],
    }
    out, _ = run(monkeypatch, {**REPORT, "figures": figures})
    assert "curves of AROUSAL" in out
    assert "2 points" in out


def test_figures_come_as_json_rows(monkeypatch):
    out, _ = run(monkeypatch, REPORT, "--json")
    assert json.loads(out)["rows"][1] == {"figure": "macro_f1", "value": [0.42, 0.4, 0.44]}


def test_the_same_digest_ends_well(monkeypatch):
    run(monkeypatch, REPORT | {"expected": "prior-aaaaaaaaaaaa", "largest_difference": 0.0})


def test_another_digest_prints_the_largest_difference_and_ends_with_1(monkeypatch, capsys):
    report = REPORT | {"expected": "prior-bbbbbbbbbbbb", "largest_difference": 0.125}
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, report)
    assert stopped.value.code == 1


def test_an_unknown_recipe_is_refused():
    with pytest.raises(CommandError, match="or a path to a TOML file, got soup") as refused:
        call_command("train", "soup")
    assert refused.value.returncode == 2


def test_a_recipe_of_ones_own_is_handed_on_by_its_whole_path(monkeypatch, tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(recipe.find("wearable").read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    asked = []
    monkeypatch.setattr(train, "_run", lambda *told: asked.append(told) or REPORT)
    call_command("train", "own.toml", "--data", ".", "--out", "x", stdout=StringIO())
    assert asked[0][0] == str(path)


def test_a_recipe_of_ones_own_of_an_unknown_kind_is_refused(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text('recipe = "soup"', encoding="utf-8")
    with pytest.raises(CommandError, match=r"recipe = one of .* got 'soup'"):
        call_command("train", str(path))


@pytest.mark.parametrize("told", [["wearable"], ["prior", "--data", "."]])
def test_data_goes_with_the_recipes_that_learn_from_it(told):
    with pytest.raises(CommandError, match="--data is for wearable"):
        call_command("train", *told)


@pytest.mark.long
def test_training_again_gives_the_shipped_artefact_and_notices_a_changed_one(tmp_path):
    call_command("train", "behaviour", "--out", str(tmp_path), stdout=StringIO())
    (made,) = tmp_path.iterdir()
    assert made.name in {path.name for path in CARD.iterdir()}
    card, weights = artefacts.read(made)
    for file in made.iterdir():
        file.unlink()
    made.rmdir()
    artefacts.save(tmp_path, card=card, weights={**weights, "mean": weights["mean"] + 0.5})
    err = StringIO()
    with pytest.raises(SystemExit):
        call_command("train", "behaviour", "--out", str(tmp_path), stdout=StringIO(), stderr=err)
    assert "largest weight difference 0.5" in err.getvalue()
