"""Recipes as TOML: each shipped one is complete, and a wrong one is refused by its keys."""

from __future__ import annotations

from dataclasses import fields

import pytest

from emotion.models.registry import RECIPES, resolve
from emotion.training import recipe

OWN = RECIPES["prior"].path
FORMS = {name: resolve(each.form) for name, each in RECIPES.items()}


def write_own(tmp_path, *changes):
    text = OWN.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", recipe.names())
def test_each_shipped_recipe_names_its_kind_and_fills_every_field(name):
    path = recipe.find(name)
    assert recipe.kind(path) == name
    assert isinstance(recipe.read(path, FORMS[name]), FORMS[name])


@pytest.mark.parametrize("name", recipe.names())
def test_numbers_are_in_one_place_only(name):
    form = FORMS[name]
    with pytest.raises(TypeError, match=rf"missing {len(fields(form))} required"):
        form()


@pytest.mark.parametrize(
    ("name", "suits"),
    [
        ("prior", [""]),
        ("mvp", ["", "-"]),
        ("finetune", ["-"]),
        ("sam", ["-"]),
        ("wearable", ["-", "folder"]),
    ],
)
def test_a_recipe_takes_the_data_that_its_model_declares(name, suits):
    for data in ("", "-", "folder"):
        if data in suits:
            recipe.refuse_other_data(name, data)
        else:
            with pytest.raises(recipe.WrongRecipe, match=f"{name}: "):
                recipe.refuse_other_data(name, data)


def test_a_deployers_own_file_is_read(tmp_path):
    path = write_own(tmp_path, ("seed = 30", "seed = 99"), ("rows = 256", "rows = 8"))
    found = recipe.read(recipe.find(str(path)), FORMS[recipe.kind(path)])
    assert (found.seed, found.schedule.rows, found.group) == (99, 8, 20)


def test_missing_and_unknown_keys_are_all_named(tmp_path):
    path = write_own(tmp_path, ("seed = 30\n", ""), ("coverage = 0.8", "cover = 0.8"))
    with pytest.raises(recipe.WrongRecipe, match="missing: seed, coverage; unknown: cover"):
        recipe.read(path, FORMS["prior"])


def test_a_key_inside_a_part_is_named_with_its_part(tmp_path):
    path = write_own(tmp_path, ("patience = 3", "patient = 3"))
    wrong = "missing: schedule.patience; unknown: schedule.patient"
    with pytest.raises(recipe.WrongRecipe, match=wrong):
        recipe.read(path, FORMS["prior"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("seed = 30", "seed = 17.5"), "seed: expected int, got 17.5"),
        (("seed = 30", "seed = true"), "seed: expected int, got True"),
        (("coverage = 0.8", 'coverage = "most"'), "coverage: expected float, got 'most'"),
        (("rate = 2e-3", 'rate = "2e-3"'), "schedule.rate: expected float, got '2e-3'"),
        (("seed = 30", "seed 17"), "expected TOML"),
    ],
)
def test_a_value_of_another_type_is_refused(tmp_path, change, said):
    with pytest.raises(recipe.WrongRecipe, match=said):
        recipe.read(write_own(tmp_path, change), FORMS["prior"])


def test_an_unknown_form_of_network_is_refused(tmp_path):
    text = RECIPES["mvp"].path.read_text(encoding="utf-8")
    path = tmp_path / "mvp.toml"
    path.write_text(text.replace('"small"', '"build"'), encoding="utf-8")
    with pytest.raises(recipe.WrongRecipe, match="config: expected Config, got 'build'"):
        recipe.read(path, FORMS["mvp"])


def test_a_whole_number_is_accepted_and_has_the_fields_type(tmp_path):
    found = recipe.read(write_own(tmp_path, ("coverage = 0.8", "coverage = 1")), FORMS["prior"])
    assert (found.coverage, type(found.coverage)) == (1.0, float)


def test_an_unknown_kind_is_refused(tmp_path):
    path = write_own(tmp_path, ('recipe = "prior"', 'recipe = "soup"'))
    with pytest.raises(recipe.WrongRecipe, match=r"recipe = one of .*got 'soup'"):
        recipe.kind(path)


def test_a_recipe_that_is_neither_a_name_nor_a_file_is_refused(tmp_path):
    with pytest.raises(recipe.WrongRecipe, match="or a path to a TOML file"):
        recipe.find(str(tmp_path / "none.toml"))
