"""A course that an import updates is locked against other writers."""

from __future__ import annotations

import threading

import pytest
from django.db import OperationalError, connection, transaction

from authoring.course_slugs import find_target_course
from authoring.imports.target import Target
from courses.models import Course
from tests.fixtures import factories


@pytest.mark.django_db(transaction=True)
def test_publication_waits_for_an_import():
    factories.make_course("own")
    refused: list[str] = []

    def publish() -> None:
        """Take the lock of a publication, without waiting."""
        try:
            with transaction.atomic():
                Course.objects.select_for_update(nowait=True).get(slug="own")
        except OperationalError as error:
            refused.append(str(error))
        connection.close()

    with transaction.atomic():
        find_target_course("own", Target(slug="own", updates=True), None)
        thread = threading.Thread(target=publish)
        thread.start()
        thread.join()
    assert len(refused) == 1
