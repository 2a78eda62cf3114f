"""Two tabs of one Learner begin one Attempt, in a real database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier

import pytest
from django.db import connection

from courses import attempts
from courses.models import Attempt
from tests.fixtures.exams import make_test

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_tabs_begin_one_attempt(mia, now):
    unit, ready = make_test(mia), Barrier(4)

    def begin():
        try:
            ready.wait(10)
            return attempts.begin(mia, unit, rng=Random(1), now=now).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = {each.result(30) for each in [pool.submit(begin) for _ in range(4)]}
    assert found == {Attempt.objects.get().pk}
