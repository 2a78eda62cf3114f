"""The models and their recipes, as `meta.toml` in each folder here declares them.

Everything that lists models reads this: Predictors, trainings, networks, commands and pages.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class RecipeMeta:
    """One recipe of a model. References are "<module>:<name>"; "" = there is none.

    Attributes
    ----------
    name : str
    path : Path
        Its numbers, `<name>.toml` in the folder of `meta.toml`.
    title : str
        In the source language, to be translated when displayed.
    form : str
        The dataclass of its numbers.
    train : str
        ``(recipe, *, say, work)`` -> card and weights, learned from people it simulates.
    train_on_data : str
        ``(data, recipe, *, say, work)`` -> the same, learned from a snapshot's bytes.
    public_data : bool
        True if its data are a public data set, whose folder may be passed instead of the bytes.
    simulated_data : str
        Returns a snapshot of simulated people for `train_on_data`.
    """

    name: str
    path: Path
    title: str
    form: str
    train: str = ""
    train_on_data: str = ""
    public_data: bool = False
    simulated_data: str = ""


@dataclass(frozen=True, slots=True)
class ModelMeta:
    """One model: a folder of this package.

    Attributes
    ----------
    folder : Path
    kind : str
        Of its cards; one Predictor of a kind is in use.
    rank : int
        Its place among the kinds on pages.
    title : str
        Of the kind, in the source language, to be translated when displayed.
    labels : tuple of str
        All that its cards may have; empty if it makes no estimates of affect.
    predictor : str
        The Predictor's class, "<module>:<name>"; "" if it has none.
    recipes : tuple of RecipeMeta
    """

    folder: Path
    kind: str
    rank: int
    title: str
    labels: tuple[str, ...] = ()
    predictor: str = ""
    recipes: tuple[RecipeMeta, ...] = ()

    @property
    def has_network(self) -> bool:
        return (self.folder / "network.py").is_file()


def read_meta(path: Path) -> ModelMeta:
    """Return what one `meta.toml` declares; TypeError if a key is missing or unknown."""
    declared = tomllib.loads(path.read_text(encoding="utf-8"))
    recipes = (
        RecipeMeta(name, path.with_name(f"{name}.toml"), **each)
        for name, each in declared.pop("recipes", {}).items()
    )
    labels = tuple(declared.pop("labels", ()))
    return ModelMeta(path.parent, **declared, labels=labels, recipes=tuple(recipes))


def resolve(reference: str) -> Any:
    """Return what "<module>:<name>" or "<module>" names; ValueError if it is not in `emotion`."""
    if not reference.startswith("emotion."):
        raise ValueError(f"expected a module of emotion, got {reference!r}")
    return resolve_name(reference)


def _read_all() -> dict[str, ModelMeta]:
    found = sorted(map(read_meta, FOLDER.glob("*/meta.toml")), key=lambda model: model.rank)
    return {model.kind: model for model in found}


# By kind, as ordered on pages.
MODELS: Mapping[str, ModelMeta] = _read_all()
# By name.
RECIPES: Mapping[str, RecipeMeta] = {
    recipe.name: recipe for model in MODELS.values() for recipe in model.recipes
}
