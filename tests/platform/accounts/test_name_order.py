"""Names are sorted as a reader files them, and an initial is a character as people see it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from accounts.name_order import by_name, initial_of, name_key

# The two places that take a letter of a name or sort names are in this module.
BY_HAND = re.compile(
    r"(sorted|min|max|sort)\([^\n]*\n?[^\n]*(\.name\.(lower|casefold)|name_of\()"
    r"|\bname\[:\d\]\.(lower|upper)|\bname\[0\]"
)


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


def test_nothing_else_sorts_people_by_name_or_takes_their_initials():
    root = Path(settings.BASE_DIR) / "platform"
    found = [
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if BY_HAND.search(path.read_text()) and "formats" not in path.parts
    ]
    assert found == []
