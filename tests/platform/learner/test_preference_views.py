"""The frequency of check-ins: never by default, stored with the account."""

from __future__ import annotations

import pytest

from tests.fixtures import factories
from tests.fixtures.users import client_for_person

pytestmark = pytest.mark.django_db
CARD = 'data-controller="lessons/check_in"'


def ask(person, times):
    return client_for_person(person).post("/preferences/", {"check_ins": times})


def has_card(person, unit):
    page = client_for_person(person).get(f"/units/{unit.code}/", follow=True)
    assert page.status_code == 200
    return CARD in page.content.decode()


@pytest.mark.parametrize("make", [factories.make_reading_unit, factories.make_quiz_unit])
def test_a_unit_has_the_card_only_if_check_ins_are_on(mia, make):
    unit = make()
    factories.make_enrolment(mia, unit.course)
    assert not has_card(mia, unit)
    assert ask(mia, "6").headers["Location"] == "/preferences/?saved=1"
    assert has_card(mia, unit)
    ask(mia, "0")
    assert not has_card(mia, unit)


@pytest.mark.parametrize("times", ["5", "-3", "often", ""])
def test_another_number_of_times_is_refused(mia, times):
    assert ask(mia, times).status_code == 400
    mia.refresh_from_db()
    assert mia.check_ins == 0
