"""The question types: one module of this folder for each, named after its kind."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Final

from courses.question_types.base import QuestionItem


def _find_types() -> dict[str, type[QuestionItem]]:
    """Import the modules of this folder, and return the types that they define by kind."""
    found = [
        value
        for path in Path(__file__).parent.glob("*.py")
        if path.stem != Path(__file__).stem
        for value in vars(import_module(f"courses.question_types.{path.stem}")).values()
        if isinstance(value, type) and issubclass(value, QuestionItem)
        if getattr(value, "kind", "") == path.stem
    ]
    return {one.kind: one for one in sorted(found, key=lambda one: one.rank)}


QUESTION_TYPES: Final = _find_types()
