"""Rows that depend on other rows, and values that a file leaves out."""

from __future__ import annotations

import pytest

from accounts.models import User
from accounts.people import find_by_login
from stewardship.people.imports.models import ImportRow, ImportRun
from tests.fixtures.accounts.people_imports import import_file, preview, text_of

pytestmark = pytest.mark.django_db
HEAD = "number;name;username;email;role;guardian email\n"
CHILD = "1;Ada;ada;a@school.example;learner;g@home.example\n"


@pytest.fixture
def client(client_for, amir):
    return client_for(amir)


def kinds():
    rows = ImportRow.objects.order_by("number", "turn")
    return list(rows.values_list("number", "kind"))


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("9;;gus;g@home.example;guardian;\n", "The guardian’s row, row 3, has an error."),
        ("9;Gus;AMIR;g@home.example;guardian;\n", "The guardian’s row, row 3, has an error."),
        (
            "8;Gus;gus;g@home.example;guardian;\n9;Gil;gil;g@home.example;guardian;\n",
            "Several guardians in this file have the email “g@home.example”.",
        ),
    ],
)
def test_a_child_of_a_guardian_who_is_not_imported_is_an_error(client, rows, sentence):
    address = preview(client, HEAD + CHILD + rows)
    assert sentence in text_of(client.get(address))
    assert (2, "error") in kinds()


@pytest.mark.parametrize("first", [True, False])
def test_a_guardian_is_found_wherever_their_row_is(client, first):
    guardian = "9;Gus;gus;g@home.example;guardian;\n"
    import_file(client, HEAD + (guardian + CHILD if first else CHILD + guardian))

    run = ImportRun.objects.get()
    assert (run.added, run.skipped) == (2, 0)
    (bond,) = find_by_login("ada").guardianships.all()
    assert bond.guardian == find_by_login("gus")


@pytest.mark.parametrize("first", [True, False])
def test_a_guardian_who_is_known_needs_no_role_in_the_list(client, first):
    import_file(client, HEAD + "9;Gus;gus;old@home.example;guardian;\n")
    gus = "9;Gus;;g@home.example;;\n"
    import_file(client, HEAD + (gus + CHILD if first else CHILD + gus))

    (bond,) = find_by_login("ada").guardianships.all()
    assert bond.guardian == find_by_login("gus")
    assert User.objects.filter(roles__contains=["guardian"]).count() == 1


def test_of_several_guardians_with_an_email_the_one_who_signs_in_with_it_is_used(client):
    two = "8;Gus;g@home.example;g@home.example;guardian;\n9;Gil;gil;g@home.example;guardian;\n"
    import_file(client, HEAD + CHILD + two)
    (bond,) = find_by_login("ada").guardianships.all()
    assert bond.guardian == find_by_login("g@home.example")


def test_only_learners_without_a_birthday_get_the_age_of_the_form(client):
    text = "number;name;email;role\n1;A;a@school.example;\n2;B;b@school.example;teacher\n"
    import_file(client, text + "3;C;c@school.example;learner, author\n", band="child")
    ages = [find_by_login(f"{name}@school.example").age_band for name in "abc"]
    assert ages == ["child", "adult", "adult"]
