"""Each question type is found by its module, and has what the site needs of it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from django.template.loader import get_template

from authoring.editor.questions.answer_forms import ANSWER_EDITORS
from courses.models.question import KIND
from courses.question_types import registry
from courses.question_types.base import SPEC_FIELDS, QuestionItem
from courses.question_types.registry import QUESTION_TYPES

FOLDER = Path(registry.__file__).parent
ROOT = Path(__file__).parents[4]
SHIPPED = ("platform", "templates", "static", "emotion", "interventions", "attune_client", "bridge")
FORMATS = ROOT / "platform" / "authoring" / "formats"
# The type's own module, its template, its form, and the builder that all formats share.
MOST_MODULES = 4
# The reader, a part of it, and the writer.
MOST_OF_A_FORMAT = 3


def test_each_type_is_found_by_the_name_of_its_module():
    kinds = [path.stem for path in FOLDER.glob("*.py") if "kind: ClassVar =" in path.read_text()]
    assert sorted(QUESTION_TYPES) == sorted(kinds)
    assert list(QUESTION_TYPES) == sorted(kinds, key=lambda kind: QUESTION_TYPES[kind].rank)
    assert all(re.fullmatch(KIND, kind) for kind in QUESTION_TYPES)


@pytest.mark.parametrize("type", QUESTION_TYPES.values(), ids=lambda type: type.kind)
def test_each_type_has_forms_names_and_rules(type):
    assert issubclass(type, QuestionItem)
    get_template(f"learner/questions/_{type.widget}.html")
    get_template(ANSWER_EDITORS[type.kind].template)
    assert str(type.title)
    assert str(type.name)
    assert type.counted_as
    rules = type.spec_rules()
    assert set(rules["required"]) <= set(SPEC_FIELDS)
    assert type.optional_fields <= set(SPEC_FIELDS)
    assert not type.optional_fields & set(rules["properties"])


def test_ranks_are_unique():
    assert len({type.rank for type in QUESTION_TYPES.values()}) == len(QUESTION_TYPES)


def test_few_modules_name_a_type():
    """A format maps its own structures to types, so each of them has a few modules that do."""
    suffixes = (".py", ".html", ".js", ".json")
    files = (file for name in SHIPPED for file in (ROOT / name).rglob("*.*"))
    naming = Counter(
        find_format(file)
        for file in files
        if file.suffix in suffixes and "cloze" in file.read_text(encoding="utf-8").lower()
    )
    assert naming.pop("") <= MOST_MODULES
    assert naming
    assert max(naming.values()) <= MOST_OF_A_FORMAT, naming


def find_format(file):
    """Return the format that the module belongs to, or "" for every other module."""
    folder = file.parent
    return folder.name if folder.parent == FORMATS else ""
