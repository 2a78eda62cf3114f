"""The list of an Author's imports."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authoring.models import Arrival
from authoring.versions import publication
from tests.fixtures import factories
from tests.fixtures.users import client_for_person

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def test_list_needs_constant_queries_for_waiting_updates(ines):
    version = publication.store_version(factories.make_course("own"), "imported", by=None, now=NOW)
    changes = {"words": True, "moved": False, "counts": []}
    client = client_for_person(ines)
    client.get("/author/import/")
    counts = []
    for name in ("a.zip", "b.zip"):
        row = Arrival(author=ines.code, name=name, bytes=2, sent_at=NOW, state="ready")
        row.before, row.changes, row.updates = version, changes, True
        row.save()
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/author/import/").content.decode()
        assert name in page
        counts.append(len(queries))
    assert counts[0] == counts[1]
