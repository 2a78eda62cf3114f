"""Recipes: one TOML file each, in its model's folder or a deployer's own, validated completely.

`recipe = "prior"` names the kind; all other keys are the fields of that kind's dataclass, and all
are required.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from emotion.models.registry import RECIPES

KIND = "recipe"
# In place of a folder: a snapshot, whose bytes come on standard input and never touch the disk.
OVER_INPUT = "-"
# Sizes of a network by name, like the constructors of its config.
PROFILES = ("small", "paper")

Form = TypeVar("Form")


class WrongRecipe(ValueError):
    """A recipe is missing, or its keys or values are not those of its kind; the message says
    which.
    """


def names() -> tuple[str, ...]:
    """Return the shipped recipes; each is named like its kind."""
    return tuple(sorted(RECIPES))


def find(told: str) -> Path:
    """Return the file of a shipped name, or of a path to a TOML file.

    Raises
    ------
    WrongRecipe
        If it is neither.
    """
    if told in RECIPES:
        return RECIPES[told].path
    path = Path(told)
    if path.suffix == ".toml" and path.is_file():
        return path.resolve()
    raise WrongRecipe(f"expected one of {', '.join(names())} or a path to a TOML file, got {told}")


def is_shipped(path: Path) -> bool:
    """Return whether it is a file of this release, not a deployer's own."""
    return path in {each.path for each in RECIPES.values()}


def kind(path: Path) -> str:
    """Return the kind that the file names; raises WrongRecipe if it is unknown."""
    found = _table(path).get(KIND)
    if found not in names():
        raise WrongRecipe(f"{path}: expected {KIND} = one of {', '.join(names())}, got {found!r}")
    return str(found)


def refuse_other_data(kind: str, data: str) -> None:
    """Raise WrongRecipe if `data` ("" = none) does not suit this kind."""
    own = RECIPES[kind]
    suits = {"": bool(own.train), OVER_INPUT: bool(own.train_on_data)}
    if suits.get(data, own.public_data):
        return
    if own.train or own.public_data:
        public = ", ".join(each.name for each in RECIPES.values() if each.public_data)
        raise WrongRecipe(f"{kind}: --data is for {public}")
    raise WrongRecipe(f"{kind}: expected a snapshot over standard input, named {OVER_INPUT}")


def read_shipped(name: str, form: type[Form]) -> Form:
    """Return the shipped recipe of that name."""
    return read(RECIPES[name].path, form)


def read(path: Path, form: type[Form]) -> Form:
    """Return the file's recipe as its kind's dataclass.

    Raises
    ------
    WrongRecipe
        If a key is missing or unknown, or a value has another type.
    """
    told = _table(path)
    return _build({name: value for name, value in told.items() if name != KIND}, form, path, "")


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise WrongRecipe(f"{path}: expected TOML: {wrong}") from None


def _build(told: Mapping[str, Any], form: type[Form], path: Path, inside: str) -> Form:
    hints = get_type_hints(form)
    missing = [f"{inside}{name}" for name in hints if name not in told]
    unknown = [f"{inside}{name}" for name in told if name not in hints]
    if missing or unknown:
        lines = [("missing", missing), ("unknown", unknown)]
        wrong = "; ".join(f"{what}: {', '.join(keys)}" for what, keys in lines if keys)
        raise WrongRecipe(f"{path}: {wrong}")
    return form(**{n: _value(told[n], hint, path, f"{inside}{n}") for n, hint in hints.items()})


def _value(value: Any, hint: Any, path: Path, key: str) -> Any:
    if isinstance(hint, type) and is_dataclass(hint):
        if isinstance(value, dict):
            return _build(value, hint, path, f"{key}.")
        if value in PROFILES and hasattr(hint, value):
            return getattr(hint, value)()
    elif get_origin(hint) is tuple and isinstance(value, list):
        return tuple(_value(each, get_args(hint)[0], path, key) for each in value)
    elif hint is float and type(value) in (int, float):
        return float(value)
    elif type(value) is hint:
        return value
    raise WrongRecipe(f"{path}: {key}: expected {getattr(hint, '__name__', hint)}, got {value!r}")
