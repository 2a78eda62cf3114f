"""The schema tells of every operation, and how each says no."""

from __future__ import annotations

import pytest
from rest_framework.decorators import api_view

from config.api.schema import Generator
from learner.api import me


@pytest.mark.django_db
def test_the_schema_tells_how_each_operation_says_no(client_for, amir):
    told = client_for(amir).get("/api/schema/?format=json").json()
    operations = [each for path in told["paths"].values() for each in path.values()]
    assert operations
    for operation in operations:
        assert {"400", "401", "403", "404", "409", "415", "429"} <= set(operation["responses"])
    assert told["components"]["schemas"]["Refusal"]["required"] == ["detail", "code"]


def test_an_operation_that_nobody_described_is_no_gap_in_the_schema():
    @api_view(["GET"])
    def new(_request):
        """Not told of."""

    assert Generator().create_view(me.list_mastery, "GET")
    with pytest.raises(KeyError):
        Generator().create_view(new, "GET")
