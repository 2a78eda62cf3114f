"""The lookup of keys finds what `in` finds, with one parameter, and asks nothing without keys."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.models import Enrolment
from tests.fixtures import factories

pytestmark = pytest.mark.django_db


def test_the_keys_are_found_as_with_in(mia, noah, ines):
    for person in (mia, noah, ines):
        factories.make_enrolment(person, factories.make_course())
    for keys in ([mia.pk], {mia.pk, noah.pk}, {ines.pk: ines}, [0], [2**40]):
        with CaptureQueriesContext(connection) as asked:
            found = set(Enrolment.objects.filter(user__any_of=keys))
        assert found == set(Enrolment.objects.filter(user__in=list(keys)))
        assert len(asked) == 1


def test_keys_of_a_joined_table_are_found_and_left_out(mia, noah):
    for person in (mia, noah):
        factories.make_enrolment(person, factories.make_course(f"of-{person.pk}"))
    rows = Enrolment.objects.filter(course__enrolments__user__any_of=[mia.pk])
    assert [row.user for row in rows] == [mia]
    assert [row.user for row in Enrolment.objects.exclude(user__any_of=[mia.pk])] == [noah]


def test_without_keys_nothing_is_asked(mia):
    factories.make_enrolment(mia, factories.make_course())
    with CaptureQueriesContext(connection) as asked:
        assert not Enrolment.objects.filter(user__any_of=()).exists()
        assert not list(Enrolment.objects.filter(user__any_of=()))
    assert len(asked) == 0
    assert Enrolment.objects.exclude(user__any_of=()).count() == 1
