"""`/steward/people/import/`: from a file to a preview, to people, and undo."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.administration.person_changes import change_person
from accounts.administration.person_records import load_record
from accounts.identity import load_identity
from accounts.models import Guardianship, User
from accounts.people import find_by_login
from audit.queries import leaves_about
from privacy.erasure import erasure
from stewardship.people.imports import requests
from stewardship.people.imports.changes import apply
from stewardship.people.imports.files.csv_table import UnreadableFile
from stewardship.people.imports.models import KINDS, ImportRow, ImportRun
from tests.fixtures import factories
from tests.fixtures.accounts.people_imports import (
    FILE,
    PAGE,
    import_file,
    press,
    preview,
    text_of,
    work,
)
from vault.keystore import open_keystore

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client_for, amir):
    return client_for(amir)


def kinds():
    return dict(ImportRow.objects.order_by("number").values_list("number", "kind"))


def test_a_file_becomes_a_preview_and_then_people(client, amir):
    address = preview(client)

    shown = text_of(client.get(address))
    assert "31.02.2011” does not exist" in shown
    assert "Import 2 people" in shown
    assert "Columns that will not be imported: house" in shown
    assert User.objects.count() == 1
    assert kinds() == {2: "new", 3: "error", 4: "new"}

    press(client, address, "start")

    lena = load_identity(find_by_login("lena@school.example"))
    assert (lena.name, lena.number, str(lena.born)) == ("Lena Fischer", "20417", "2011-03-14")
    assert sorted(find_by_login("kim@school.example").roles) == ["author", "teacher"]
    assert find_by_login("lena@school.example").age_band == "teen"
    assert "2 Added 0 Updated" in text_of(client.get(address))


def test_the_same_file_again_changes_nothing(client):
    import_file(client)
    before = {user.code: load_identity(user) for user in User.objects.all()}
    address = preview(client)

    run = ImportRun.objects.order_by("sent_at").last()
    assert run.tally == {"same": 2, "error": 1}
    assert client.post(address, {"act": "start"}).status_code == 422
    assert {user.code: load_identity(user) for user in User.objects.all()} == before


def test_a_person_is_found_by_number_and_empty_cells_keep_what_is_stored(client):
    import_file(client)
    preview(client, "number;surname;first name;mail;role\n20417;Fischer-Lee;Lena;;tutor\n")
    assert load_identity(find_by_login("lena@school.example")).name == "Lena Fischer"

    import_file(client, "number;surname;first name;mail;role\n20417;Fischer-Lee;Lena;;teacher\n")

    lena = find_by_login("lena@school.example")
    assert load_identity(lena).name == "Lena Fischer-Lee"
    assert load_identity(lena).email == "lena@school.example"
    assert sorted(lena.roles) == ["learner", "teacher"]


ERRORS = """\
number;name;username;email;role
1;Ada;ada;a@school.example;learner
1;Ida;ida;i@school.example;learner
2;Max;AMIR;m@school.example;learner
3;Eve;eve;e@school.example;steward
4;;nobody;n@school.example;learner
5;Bo;;;learner
6;One;twin;t@school.example;learner
7;Two;Twin;t@school.example;learner
"""


def test_each_error_says_its_row_and_nothing_of_them_is_imported(client, amir):
    address = preview(client, ERRORS)
    shown = text_of(client.get(address))

    for sentence in (
        "This number is used twice in this file, also in row 3.",
        "This username belongs to another person.",
        "The role data steward cannot be imported.",
        "Enter a name.",
        "Enter a username or an email.",
        "This username is used twice in this file, also in row 9.",
    ):
        assert sentence in shown
    assert set(kinds().values()) == {"error"}
    assert "Import 0" not in shown
    assert client.post(address, {"act": "start"}).status_code == 422
    assert User.objects.count() == 1


def test_rows_with_errors_come_back_as_a_file_that_no_spreadsheet_runs(client):
    address = preview(client, 'number;name;role\n1;"=cmd()";wizard\n')
    answer = client.get(f"{address}errors/")

    text = answer.content.decode("utf-8-sig")
    assert text.splitlines()[0] == '"number","name","role","Row","Error"'
    assert '"\'=cmd()"' in text
    assert "The role “wizard” is unknown." in text


def test_an_ambiguous_order_of_dates_is_asked_for(client):
    address = preview(client, "number;name;email;born\n1;Ada;a@school.example;03/04/2011\n")
    assert "could be swapped" in text_of(client.get(address))

    press(client, address, "order", order="mdy")
    press(client, address, "start")

    assert str(load_identity(find_by_login("a@school.example")).born) == "2011-03-04"


def test_a_guardian_is_added_once_for_two_children_and_found_the_next_time(client):
    text = (
        "number;name;email;guardian email\n"
        "1;Ada;a@school.example;g@home.example\n2;Bo;b@school.example;g@home.example\n"
    )
    import_file(client, text)

    guardian = find_by_login("g@home.example")
    assert guardian.roles == ["guardian"]
    assert Guardianship.objects.filter(guardian=guardian).count() == 2
    preview(client, text)
    assert ImportRun.objects.order_by("sent_at").last().tally == {"same": 2}


def test_one_import_runs_at_a_time(client):
    first, second = preview(client), preview(client, FILE.replace("2041", "3041"))
    client.post(first, {"act": "start"})

    answer = client.post(second, {"act": "start"})

    assert answer.status_code == 422
    assert "Another import is running" in text_of(answer)


def test_stopping_keeps_what_is_done_and_it_can_be_undone(client, monkeypatch):
    monkeypatch.setattr(apply, "BATCH_SIZE", 1)
    address = preview(client)
    client.post(address, {"act": "start"})
    run = ImportRun.objects.get()
    assert apply._import_batch(run, timezone.now())

    press(client, address, "stop")

    run.refresh_from_db()
    assert (run.state, run.added, run.stopped) == ("done", 1, "steward")
    press(client, address, "undo")
    assert User.objects.count() == 1


class Killed(BaseException):
    pass


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_an_import_killed_between_any_two_batches_has_the_same_result(client, monkeypatch, after):
    monkeypatch.setattr(apply, "BATCH_SIZE", 1)
    address = preview(client, FILE.replace("31.02", "28.02"))
    client.post(address, {"act": "start"})
    whole, calls = apply._import_batch, iter(range(9))

    def killed(run, now):
        if next(calls) == after:
            raise Killed
        return whole(run, now)

    monkeypatch.setattr(apply, "_import_batch", killed)
    with pytest.raises(Killed):
        work()
    work(minutes=6)

    run = ImportRun.objects.get()
    assert (run.state, run.added, run.done) == ("done", 3, 3)
    assert User.objects.count() == 4


def test_undo_removes_added_people_but_not_those_who_have_signed_in(client):
    address = import_file(client)
    kim = find_by_login("kim@school.example")
    User.objects.filter(pk=kim.pk).update(last_login=timezone.now())

    press(client, address, "undo")

    assert find_by_login("lena@school.example") is None
    assert find_by_login("kim@school.example") == kim
    shown = text_of(client.get(address))
    assert "1 Removed" in shown
    assert "Kim Tran" in shown
    assert "has signed in or has other data" in shown


def test_undo_keeps_people_who_have_data(client):
    address = import_file(client)
    factories.make_enrolment(find_by_login("kim@school.example"), factories.make_course())

    press(client, address, "undo")

    assert find_by_login("kim@school.example") is not None
    assert find_by_login("lena@school.example") is None


def test_undo_restores_an_update_unless_it_was_edited_since(client, amir):
    import_file(client)
    changed = FILE.replace("Lena", "Lea").replace("Kim", "Kai")
    address = import_file(client, changed)
    kim = find_by_login("kim@school.example")
    record = load_record(kim)
    edited = replace(record, identity=replace(record.identity, name="Kai T."))
    change_person(kim.code, edited, by=amir, now=timezone.now())

    press(client, address, "undo")

    assert load_identity(find_by_login("lena@school.example")).name == "Lena Fischer"
    assert load_identity(find_by_login("kim@school.example")).name == "Kai T."
    assert "edited after the import" in text_of(client.get(address))


def test_a_person_changed_after_the_preview_is_not_imported(client, amir):
    import_file(client)
    address = preview(client, FILE.replace("Lena", "Lea"))
    lena = find_by_login("lena@school.example")
    record = load_record(lena)
    edited = replace(record, identity=replace(record.identity, name="Lena F."))
    change_person(lena.code, edited, by=amir, now=timezone.now())

    press(client, address, "start")

    assert load_identity(find_by_login("lena@school.example")).name == "Lena F."
    assert "changed after the preview" in text_of(client.get(address))


@pytest.mark.parametrize("act", ["discard", "a day", "a week after"])
def test_the_key_is_destroyed_and_the_rows_are_deleted(client, act):
    address = import_file(client) if act == "a week after" else preview(client)
    run = ImportRun.objects.get()
    assert open_keystore().key_ids(run.id)

    if act == "discard":
        client.post(address, {"act": "discard"})
    work(minutes=0 if act == "discard" else 60 * 24 * 7 + 1 if act == "a week after" else 1441)

    run.refresh_from_db()
    assert run.state == "ended"
    assert open_keystore().key_ids(run.id) == []
    assert not ImportRow.objects.exists()
    assert (run.head_sealed, run.file_sealed) == (None, None)
    assert client.get(address).status_code == 200


def test_erasing_a_person_deletes_the_row_about_them(client, amir):
    import_file(client)
    preview(client)
    lena = find_by_login("lena@school.example")
    assert ImportRow.objects.filter(person=lena).count() == 2

    erasure.erase(lena.code, actor=None, cause="request", now=timezone.now())

    assert set(ImportRow.objects.values_list("person", flat=True)) == {
        find_by_login("kim@school.example").pk,
        None,
    }


def test_after_reading_only_the_rows_contain_the_file(client):
    import_file(client)
    text = FILE.replace("14.03.2011", "03/04/2011").replace("01.02.1990", "05/06/1990")
    address = preview(client, text)
    run = ImportRun.objects.get(state="ready")
    assert run.file_sealed is None

    lena = find_by_login("lena@school.example")
    erasure.erase(lena.code, actor=None, cause="request", now=timezone.now())
    press(client, address, "order", order="dmy")

    assert sorted(run.rows.values_list("number", flat=True)) == [3, 4]


def test_people_who_are_being_erased_or_simulated_are_not_updated(client, mia):
    import_file(client)
    lena, kim = find_by_login("lena@school.example"), find_by_login("kim@school.example")
    erasure.begin(lena.code, actor=None, cause="request", now=timezone.now())
    User.objects.filter(pk=kim.pk).update(simulated=True)

    address = preview(client, FILE.replace("Lena", "Lea").replace("Kim", "Kai"))

    shown = text_of(client.get(address))
    assert "This person is being erased." in shown
    assert "simulated person" in shown
    assert not re.search(r"\bLea\b", shown)


def test_leaves_name_the_steward_and_never_the_typed_text(client, amir):
    import_file(client)
    lena = find_by_login("lena@school.example")
    (leaf,) = leaves_about(lena.code).filter(verb="person.create")
    assert leaf.public == "roles=learner"
    assert leaf.actor_ref is not None


def test_only_a_steward_has_access(client_for, mia, ines, client):
    address = preview(client)
    for person in (mia, ines):
        for page in (PAGE, address, f"{address}progress/", f"{address}errors/"):
            assert client_for(person).get(page).status_code == 404


@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["", "1", "2", "3"]),
            st.sampled_from(["", "Ada", "Bo"]),
            st.sampled_from(["", "a@school.example", "b@school.example", "c@"]),
            st.sampled_from(["", "learner", "guardian", "steward", "wizard"]),
            st.sampled_from(["", "g@home.example", "a@school.example"]),
        ),
        max_size=5,
    )
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_row_is_of_one_kind_and_a_second_time_changes_nothing(amir, rows):
    lines = ["number;name;email;role;guardian email", *(";".join(row) for row in rows)]
    sent = "\n".join(lines).encode()
    with transaction.atomic():
        for time in range(2):
            file = SimpleUploadedFile("x.csv", sent)
            try:
                run = requests.upload(
                    file, band="teen", role="learner", by=amir, now=timezone.now()
                )
            except UnreadableFile:
                break
            work()
            numbers = list(run.rows.exclude(turn=0).values_list("number", flat=True))
            assert sorted(numbers) == [n for n, row in enumerate(rows, 2) if any(row)]
            run.refresh_from_db()
            assert sum(run.tally.get(kind, 0) for kind in KINDS) == run.rows.count()
            if time:
                assert not run.rows.filter(kind__in=["new", "updated"]).exists()
            elif run.rows.filter(kind__in=["new", "updated"]).exists():
                requests.start(run.id, invites=False, by=amir, now=timezone.now())
                work()
                assert not run.rows.filter(state="skipped").exists()
        transaction.set_rollback(True)
