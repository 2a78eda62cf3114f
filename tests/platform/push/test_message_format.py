"""A hint carries its type, identities, codes and counts, and fits PostgreSQL's limit."""

from __future__ import annotations

from uuid import UUID

import pytest

from push import message_format

SHOW = {"type": "intervention.show"}


def test_identities_codes_and_counts_pass():
    message = {**SHOW, "code": UUID(int=1), "scope": "face:adapt", "n": 3, "live": True, "x": None}
    to, found = message_format.unpack(
        message_format.pack("sitting.a", {**message, "scopes": ["face:adapt"]})
    )
    assert to == "sitting.a"
    assert found == {**message, "code": str(UUID(int=1)), "scopes": ["face:adapt"]}


@pytest.mark.parametrize(
    "value", ["You may want a hint", "mia@school.example", 0.61, {"label": "x"}, b"x", "a" * 101]
)
def test_text_and_measured_values_are_refused(value):
    with pytest.raises(ValueError, match="expected a code"):
        message_format.pack("sitting.a", {**SHOW, "value": value})
    with pytest.raises(ValueError, match="expected a code"):
        message_format.pack("sitting.a", {**SHOW, "value": [value]})


def test_a_message_needs_a_type():
    with pytest.raises(ValueError, match="with a type"):
        message_format.pack("sitting.a", {"code": "x"})


def test_what_postgresql_would_refuse_is_refused_before():
    assert len(message_format.pack("g", {**SHOW, "n": ["a" * 90] * 80})) < 8000
    with pytest.raises(ValueError, match="room for"):
        message_format.pack("g", {**SHOW, "n": ["a" * 90] * 90})
