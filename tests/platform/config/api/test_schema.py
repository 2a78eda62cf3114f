"""The schema describes every operation and its refusals."""

from __future__ import annotations

import pytest
from rest_framework.decorators import api_view

from config.api.schema import ListedSchemaGenerator
from learner.api import me


@pytest.mark.django_db
def test_the_schema_lists_each_operations_refusals(client_for, amir):
    told = client_for(amir).get("/api/schema/?format=json").json()
    operations = [each for path in told["paths"].values() for each in path.values()]
    assert operations
    for operation in operations:
        assert {"400", "401", "403", "404", "409", "415", "429"} <= set(operation["responses"])
    assert told["components"]["schemas"]["Refusal"]["required"] == ["detail", "code"]


def test_an_undescribed_operation_is_an_error():
    @api_view(["GET"])
    def new(_request):
        """Not in OPERATIONS."""

    assert ListedSchemaGenerator().create_view(me.list_mastery, "GET")
    with pytest.raises(KeyError):
        ListedSchemaGenerator().create_view(new, "GET")
