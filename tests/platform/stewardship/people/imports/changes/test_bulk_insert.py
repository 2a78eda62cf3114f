"""New people are added in batches, and a problem of one row affects only that row."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.identity import load_identity
from accounts.models import Guardianship, User
from accounts.people import find_by_login, make_person
from audit.models import Leaf
from audit.queries import read_public
from courses.models import Enrolment
from stewardship.people.imports.changes import apply, bulk_insert
from stewardship.people.imports.encryption import unseal_row
from stewardship.people.imports.models import ImportRow, ImportRun
from tests.fixtures import factories
from tests.fixtures.accounts.people_imports import press, preview, text_of, work
from vault.keystore import open_keystore

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client_for, amir):
    return client_for(amir)


def list_of(count, start=0):
    rows = (f"{n};P {n};p{n}@school.example" for n in range(start, start + count))
    return "\n".join(["number;name;email", *rows])


def leaves_of_learners():
    return Leaf.objects.filter(verb="person.create", public="roles=learner").count()


def states():
    return dict(ImportRow.objects.order_by("number").values_list("number", "state"))


def test_a_batch_takes_as_many_statements_for_forty_rows_as_for_ten(client):
    took = []
    for count, start in ((10, 0), (40, 100)):
        address = preview(client, list_of(count, start))
        client.post(address, {"act": "start"})
        with CaptureQueriesContext(connection) as asked:
            work()
        took.append(len(asked))
        assert ImportRun.objects.latest("sent_at").added == count
    assert took[0] == took[1]


def test_each_person_of_a_batch_has_a_leaf_and_a_row_that_undoes_them(client, amir):
    press(client, address := preview(client, list_of(3)), "start")

    assert leaves_of_learners() == 3
    rows = ImportRow.objects.all()
    assert all(row.person.code == row.pk and row.login_digest is None for row in rows)
    press(client, address, "undo")
    assert list(User.objects.all()) == [amir]


def test_people_with_courses_are_added_one_by_one_and_all_are_undone(client, amir, monkeypatch):
    factories.make_course("algebra")
    together = []

    def add_and_count(*batch):
        together.append(added := bulk_insert.add_together(*batch))
        return added

    monkeypatch.setattr(apply, "add_together", add_and_count)
    text = (
        "number;name;email;class\n"
        "1;Ada;a@school.example;algebra\n"
        "2;Bo;b@school.example;\n"
        "3;Cy;c@school.example;unknown\n"
    )
    address = preview(client, text)

    press(client, address, "start")

    enrolled = Enrolment.objects.values_list("user__login_digest", "role", "course__slug")
    ada = find_by_login("a@school.example")
    assert list(enrolled) == [(ada.login_digest, "learner", "algebra")]
    assert states() == {2: "done", 3: "done", 4: "done"}
    assert together[0] == set(
        ImportRow.objects.filter(number__in=(3, 4)).values_list("pk", flat=True)
    )
    press(client, address, "undo")
    assert list(User.objects.all()) == [amir]


@pytest.mark.parametrize("taken", ["login", "number"])
def test_a_login_taken_since_the_preview_skips_only_its_row(client, now, taken):
    address = preview(client, list_of(3))
    who = {"login": "p1@school.example"} if taken == "login" else {"login": "x", "number": "1"}
    login = who.pop("login")
    make_person(login, name="N", roles=["learner"], password=None, now=now, **who)

    press(client, address, "start")

    assert states() == {2: "done", 3: "skipped", 4: "done"}
    assert "changed after the preview" in text_of(client.get(address))
    skipped = ImportRow.objects.get(state="skipped")
    assert (skipped.why, open_keystore().key_ids(skipped.pk)) == ("changed", [])


def test_a_login_taken_at_the_last_moment_skips_only_its_row(client, now, monkeypatch):
    address = preview(client, list_of(3))
    make_person("p1@school.example", name="N", roles=["learner"], password=None, now=now)
    monkeypatch.setattr(bulk_insert, "find_free", lambda identities: [True] * len(identities))

    press(client, address, "start")

    assert states() == {2: "done", 3: "skipped", 4: "done"}
    assert ImportRun.objects.get().added == 2
    assert leaves_of_learners() == 3


def test_a_row_that_an_erasure_deletes_meanwhile_does_not_come_back(client, amir, now):
    client.post(preview(client, list_of(3)), {"act": "start"})
    rows = apply._load_batch(ImportRun.objects.get())
    kept = {row.pk: unseal_row(row) for row in rows}
    ImportRow.objects.filter(number=3).delete()

    assert bulk_insert.add_together(rows, kept, amir, now) == set()

    assert states() == {2: "read", 4: "read"}
    assert all(row.person is None for row in rows)
    assert list(User.objects.all()) == [amir]
    work()
    assert states() == {2: "done", 4: "done"}


def test_the_guardians_of_a_batch_are_those_of_the_file(client):
    text = (
        "number;name;email;role;guardian email;born\n"
        "1;Ada;a@school.example;;g@home.example;2012-01-01\n"
        "2;Gul;g@home.example;guardian;;1980-01-01\n"
        "3;Bo;b@school.example;;h@home.example;2012-01-01\n"
        "4;Cy;c@school.example;;h@home.example;2012-01-01\n"
    )
    press(client, preview(client, text), "start")

    bonds = Guardianship.objects.order_by("ward__pk").select_related("guardian", "ward")
    found = [(load_identity(b.ward).name, load_identity(b.guardian).login) for b in bonds]
    assert found == [("Ada", "g@home.example"), ("Bo", "h@home.example"), ("Cy", "h@home.example")]
    about = [read_public(leaf).get("what", "") for leaf in Leaf.objects.filter(verb="person.guard")]
    assert sorted(about) == ["", "", "", "guardian", "guardian"]


def test_a_guardian_who_left_since_the_preview_skips_only_the_ward(client, now):
    guardian = make_person(
        "g@home.example", name="G", roles=["guardian"], password=None, email="g@home.example",
        now=now,
    )  # fmt: skip
    text = "number;name;email;guardian email\n1;Ada;a@school.example;g@home.example\n"
    address = preview(client, text + "2;Bo;b@school.example;\n")
    User.objects.filter(pk=guardian.pk).update(is_active=False)

    press(client, address, "start")

    assert states() == {2: "skipped", 3: "done"}
    assert ImportRow.objects.get(state="skipped").why == "guardian"
    assert find_by_login("a@school.example") is None


def test_a_batch_has_rows_of_one_turn(client):
    text = "number;name;email;role\n1;Ada;a@school.example;\n2;Gul;g@home.example;guardian\n"
    client.post(preview(client, text), {"act": "start"})
    run = ImportRun.objects.get()

    assert [row.number for row in apply._load_batch(run)] == [3]
    assert apply._import_batch(run, timezone.now())
    assert [row.number for row in apply._load_batch(run)] == [2]
