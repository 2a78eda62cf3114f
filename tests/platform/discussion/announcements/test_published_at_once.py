"""Two presses of Publish make one announcement, in a real database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection

from discussion.announcements import announcement_store
from discussion.models import Announcement
from tests.fixtures import factories

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_presses_publish_one_announcement(ines, now):
    course, id, ready = factories.make_course(), uuid4(), Barrier(4)
    typed = {"title": "No lab", "text": "Not today.", "shows_at": None}

    def publish():
        try:
            ready.wait(10)
            return announcement_store.save(course, ines, id=id, **typed, now=now).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = {each.result(30) for each in [pool.submit(publish) for _ in range(4)]}
    row = Announcement.objects.get()
    assert found == {row.pk}
    assert announcement_store.text_of(row) == "Not today."
