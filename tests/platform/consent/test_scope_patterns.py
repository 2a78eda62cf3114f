"""The forms of Streams and scopes in CHECK constraints: strict, and without a list (ADR 0061)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import IntegrityError, models, transaction

from consent.models import Grant
from consent.scopes import (
    ADAPT_SCOPES,
    GRANT_SCOPES,
    PURPOSES,
    REPORTS,
    STREAM_PATTERN,
    STREAMS,
    scope_pattern,
)
from consent.stream_groups import GROUPS

PLATFORM = Path(__file__).resolve().parents[3] / "platform"
NOT_SCOPES = (
    "", "face", "face:", ":adapt", "Face:adapt", "face:sell", "face:adapt ", "face:adapt\n",
    "face:adapt,gaze:adapt", 'face:adapt","gaze:adapt', "mia was here:adapt", "1face:adapt",
    "thirteen_long:adapt", "reports:adapt", "course", "identity",
)  # fmt: skip


def is_allowed(array: list[str | None], pattern: str) -> bool:
    """Return what the database says of an array of texts, by the lookup of the constraints."""
    check = models.Q(streams__each_regex=pattern)
    value = models.Value(array, output_field=ArrayField(models.TextField()))
    return check.check({"streams": value})


def test_every_scope_of_the_list_has_the_form():
    grant = scope_pattern(*PURPOSES, reports=True)
    assert all(re.search(grant, scope) for scope in GRANT_SCOPES)
    assert all(re.search(STREAM_PATTERN, stream) for stream in STREAMS)
    assert not re.search(STREAM_PATTERN, REPORTS)


@pytest.mark.django_db
def test_an_array_is_checked_element_by_element():
    adapt = scope_pattern("adapt")

    assert is_allowed([], adapt)
    assert is_allowed(list(ADAPT_SCOPES), adapt)
    assert is_allowed(["breathing:adapt"], adapt)
    assert not is_allowed(["face:adapt", None], adapt)
    assert not is_allowed(["face:adapt", "face:teach"], adapt)
    assert is_allowed(["face:teach", "reports:teach"], scope_pattern("teach", reports=True))
    assert not is_allowed(["reports:research"], scope_pattern(*PURPOSES, reports=True))
    assert [text for text in NOT_SCOPES if is_allowed(["face:adapt", text], adapt)] == []


@pytest.mark.django_db
def test_a_grant_of_another_form_is_refused_by_the_database(mia, allow):
    allow(mia, "face:adapt")
    for text in NOT_SCOPES:
        with pytest.raises(IntegrityError, match="consent_grant_scope"), transaction.atomic():
            Grant.objects.update(scope=text)


def test_no_migration_names_a_stream():
    # `activity` is a group, too.
    names = "|".join(set(STREAMS) - set(GROUPS))
    named = re.compile(rf"['\"](?:(?:{names})|\w+:(?:{'|'.join(PURPOSES)}))['\"]")
    found = {
        path.parts[-3]: sorted(set(named.findall(path.read_text())))
        for path in PLATFORM.glob("*/migrations/*.py")
    }
    assert {app: names for app, names in found.items() if names} == {}
