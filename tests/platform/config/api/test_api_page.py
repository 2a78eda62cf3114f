"""docs/api.md against the schema: each operation has a line, and each line an operation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from drf_spectacular.drainage import GENERATOR_STATS

from config.api.schema import ListedSchemaGenerator

PAGE = Path(__file__).resolve().parents[4] / "docs" / "api.md"
LINE = re.compile(r"^\| `(\w+)` \| ([A-Z]+) \| `(\S+)` \|", re.MULTILINE)


@pytest.fixture(scope="module")
def schema():
    GENERATOR_STATS.reset()
    with GENERATOR_STATS.silence():
        return ListedSchemaGenerator().get_schema(request=None, public=True)


def operations(schema):
    return {
        (told["operationId"], method.upper(), path): told
        for path, methods in schema["paths"].items()
        for method, told in methods.items()
    }


def test_every_operation_has_its_line_and_every_line_its_operation(schema):
    told = LINE.findall(PAGE.read_text())
    assert sorted(told) == sorted(operations(schema))
    assert len(set(told)) == len(told)


def test_the_schema_is_made_without_a_warning(schema):
    assert not GENERATOR_STATS._warn_cache
    assert not GENERATOR_STATS._error_cache


def test_every_operation_says_what_it_is_for_and_who_may_ask(schema):
    for name, told in operations(schema).items():
        assert told.get("description"), name
        assert told["security"], name
        assert {each for option in told["security"] for each in option} <= {
            "apiToken", "cookieAuth", "deviceToken",
        }  # fmt: skip
