"""Names are sorted as readers expect, and an initial is a grapheme."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from accounts.name_order import by_name, initial_of, name_key

# The two functions that sort names or take a letter of one are in this module.
BY_HAND = re.compile(
    r"(sorted|min|max|sort)\([^\n]*\n?[^\n]*(\.name\.(lower|casefold)|name_of\()"
    r"|\bname\[:\d\]\.(lower|upper)|\bname\[0\]"
)
# Columns that people read; a column of another table ends in one ("course__title").
WORDS = {"title", "name", "label", "description"}
COLUMN = re.compile(rf"-?(\w+__)?({'|'.join(WORDS)})")
# Columns that are sorted by code point all the same. The API pages courses by their number
# (`config.api.pagination.ApiCursorPagination`): a cursor needs an order that the database keeps.
BY_CODE_POINT = {
    "data_inventory/declaration.py": "labels of models, which machines read",
    "privacy/export/tables.py": "names of tables, which machines read",
    "research/management/commands/predictors.py": "names of artefacts, listed in a terminal",
}


def test_an_accent_and_capitals_move_no_name_away_from_its_letter():
    names = ["Zoe", "Äda", "ada", "Çelik", "Carl", "Dora", "Ørsted", "Otto", "émile", "Eva", "Ada"]
    assert by_name(names, str) == [
        "Ada", "ada", "Äda", "Carl", "Çelik", "Dora", "émile", "Eva", "Ørsted", "Otto", "Zoe"
    ]  # fmt: skip


@given(st.lists(st.text(max_size=6), unique=True, max_size=6), st.randoms())
def test_the_order_does_not_depend_on_how_the_names_came(names, random):
    mixed = random.sample(names, len(names))
    assert by_name(mixed, str) == by_name(names, str)
    assert len(set(map(name_key, names))) == len(names)


@pytest.mark.parametrize(
    ("name", "initial"),
    [("Mia", "m"), (" Éa", "é"), ("E\u0301a", "e\u0301"), ("👨‍👩‍👧 Sun", "👨‍👩‍👧"), ("🇩🇪x", "🇩🇪"),
     ("👍🏽", "👍🏽"), ("", ""), (" ", "")],
)  # fmt: skip
def test_an_initial_is_never_half_a_character(name, initial):
    assert initial_of(name) == initial


def sorts_by_code_point(source: str) -> list[int]:
    """Return the lines that sort by a title or name without `name_key`, in SQL or Python."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.Call) and _sorts_by_words(node))
        or (isinstance(node, ast.Assign) and _is_ordering(node) and _columns(node.value))
    ]


def _sorts_by_words(call: ast.Call) -> bool:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name == "order_by":
        return any(_columns(argument) for argument in call.args)
    keys = [each.value for each in call.keywords if each.arg == "key"]
    words = any(WORDS & _attributes(key) or _columns(key) for key in keys)
    return name in ("sorted", "sort") and words


def _is_ordering(node: ast.Assign) -> bool:
    return any(getattr(target, "id", "") == "ordering" for target in node.targets)


def _columns(node: ast.AST) -> bool:
    texts = (each.value for each in ast.walk(node) if isinstance(each, ast.Constant))
    return any(isinstance(text, str) and COLUMN.fullmatch(text) for text in texts)


def _attributes(node: ast.AST) -> set[str]:
    """Return the names of the attributes in it, but not those passed to `name_key`."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "name_key":
        return set()
    own = {getattr(node, "attr", "")}
    return own.union(*map(_attributes, ast.iter_child_nodes(node)))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('rows.order_by("title")', True),
        ('rows.order_by("pk", "-course__title")', True),
        ('rows.order_by(Lower("name"))', True),
        ('class Meta:\n    ordering = ["name"]', True),
        ("sorted(rows, key=lambda row: (row.at, row.skill.name))", True),
        ("rows.sort(key=attrgetter('title'))", True),
        ("sorted(rows, key=lambda row: (row.at, name_key(row.skill.name)))", False),
        ('rows.order_by("position").filter(name="x")', False),
        ("by_name(rows, lambda row: row.title)", False),
    ],
)
def test_the_guard_knows_the_ways_to_sort_by_code_point(source, found):
    assert bool(sorts_by_code_point(source)) is found


def test_titles_are_sorted_as_names_are():
    titles = ["Zahlen", "algebra", "Übung", "Äpfel", "Zahl", "Ökonomie", "Optik"]
    assert by_name(titles, str) == [
        "algebra", "Äpfel", "Ökonomie", "Optik", "Übung", "Zahl", "Zahlen"
    ]  # fmt: skip


def test_nothing_else_sorts_people_by_name_or_takes_their_initials():
    root = Path(settings.BASE_DIR) / "platform"
    texts = {str(path.relative_to(root)): path.read_text() for path in root.rglob("*.py")}
    by_hand = [path for path, text in texts.items() if BY_HAND.search(text)]
    assert [path for path in by_hand if "formats" not in Path(path).parts] == []
    by_code_point = [path for path, text in texts.items() if sorts_by_code_point(text)]
    assert sorted(by_code_point) == sorted(BY_CODE_POINT)
