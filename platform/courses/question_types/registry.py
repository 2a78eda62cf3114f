"""The question types: one module of this folder for each, named after its kind."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from courses import question_types
from courses.question_types.base import QuestionItem


def _find_types() -> dict[str, type[QuestionItem]]:
    """Import the modules of this folder, and return the types that they define by kind."""
    found = [
        value
        for module in iter_modules(question_types.__path__, f"{question_types.__name__}.")
        if module.name != __name__
        for value in vars(import_module(module.name)).values()
        if isinstance(value, type) and issubclass(value, QuestionItem)
        if getattr(value, "kind", "") == module.name.rpartition(".")[2]
    ]
    return {one.kind: one for one in sorted(found, key=lambda one: one.rank)}


QUESTION_TYPES: Final = _find_types()
