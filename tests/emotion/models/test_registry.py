"""Each model's folder declares all of its facts in `meta.toml`, and only facts that hold."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from emotion.labels import AFFECTS, Level
from emotion.models.registry import FOLDER, MODELS, RECIPES, read_meta, resolve

ROOT = Path(__file__).resolve().parents[3]
CARDS = [json.loads(path.read_text()) for path in (ROOT / "artefacts").glob("*/card.json")]
META = """
kind = "new"
rank = 99
title = "New"
{}
[recipes.new]
title = "New"
form = "emotion.models.new.train:NewRecipe"
"""


@pytest.fixture
def write(tmp_path):
    """`write('labels = ["INTEREST"]')`: the path of a `meta.toml` with that line more."""

    def written(line=""):
        path = tmp_path / "new" / "meta.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(META.format(line), encoding="utf-8")
        return path

    return written


def test_a_folder_with_a_meta_file_is_a_model_with_its_recipes(write, tmp_path):
    found = read_meta(write('labels = ["INTEREST"]'))
    assert (found.kind, found.labels, found.predictor) == ("new", ("INTEREST",), "")
    assert [each.path for each in found.recipes] == [tmp_path / "new" / "new.toml"]
    assert not found.has_network


def test_an_unknown_key_is_refused(write):
    with pytest.raises(TypeError, match="unexpected keyword argument 'lables'"):
        read_meta(write('lables = ["INTEREST"]'))


def test_a_missing_key_is_refused(write):
    path = write()
    path.write_text(path.read_text().replace("rank = 99", ""))
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'rank'"):
        read_meta(path)


@pytest.mark.parametrize("reference", ["django.conf:settings", "emotionless:x", ""])
def test_a_reference_out_of_emotion_is_refused(reference):
    with pytest.raises(ValueError, match="expected a module of emotion"):
        resolve(reference)


def test_every_folder_is_a_model_and_every_recipe_a_declared_one():
    folders = {path.parent for path in FOLDER.glob("*/__init__.py")}
    recipes = {path for path in FOLDER.glob("*/*.toml") if path.name != "meta.toml"}
    assert {model.folder for model in MODELS.values()} == folders
    assert {recipe.path for recipe in RECIPES.values()} == recipes


def test_no_two_models_share_a_kind_or_rank_and_no_two_recipes_a_name():
    models = [read_meta(path) for path in FOLDER.glob("*/meta.toml")]
    assert len(MODELS) == len(models) == len({model.rank for model in models})
    assert len(RECIPES) == sum(len(model.recipes) for model in models)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_every_reference_leads_somewhere(model):
    assert not model.predictor or callable(resolve(model.predictor).predict)
    for recipe in model.recipes:
        told = (recipe.form, recipe.train, recipe.train_on_data, recipe.simulated_data)
        assert all(callable(resolve(each)) for each in told if each)
        assert recipe.train or recipe.train_on_data
        assert bool(recipe.simulated_data) == bool(recipe.train_on_data and not recipe.public_data)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_a_model_with_a_predictor_has_labels_of_the_site(model):
    assert bool(model.predictor) == bool(model.labels)
    assert set(model.labels) <= {*AFFECTS, *Level}


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card["name"])
def test_a_shipped_card_has_a_kind_with_its_labels(card):
    model = MODELS[card["kind"]]
    assert set(card["labels"]) <= set(model.labels or card["labels"])
    assert re.fullmatch(r"[a-z_]+", card["name"])
