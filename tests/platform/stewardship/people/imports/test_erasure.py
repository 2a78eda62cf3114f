"""Data about a person in imported lists is erased with the account, and is in no other export."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.utils import timezone

from accounts.people import find_by_login, name_of
from privacy.erasure import erasure
from privacy.export import data_export
from stewardship.people.imports.encryption import unseal_row
from stewardship.people.imports.models import ImportRow, ImportRun
from tests.fixtures.accounts.people_imports import FILE, WITH_GUARDIAN, import_file, press, preview
from vault.keystore import open_keystore

pytestmark = pytest.mark.django_db
STRANGER = "number;name;username;email\n2;Max Muster;AMIR;m@school.example\n"


@pytest.fixture
def client(client_for, amir):
    return client_for(amir)


def erase(person):
    erasure.erase(person.code, actor=None, cause="request", now=timezone.now())


def test_a_person_with_the_username_of_a_row_gets_no_copy_of_it(client, amir):
    preview(client, STRANGER)
    assert ImportRow.objects.get().person == amir

    packed = b"".join(data_export.stream(amir, now=timezone.now()))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        copy = "".join(archive.read(name).decode() for name in archive.namelist())

    assert name_of(amir) in copy
    assert "m@school.example" not in copy


def test_an_older_preview_does_not_restore_an_erased_person(client):
    older = preview(client)
    import_file(client)
    run = ImportRun.objects.earliest("sent_at")
    assert run.rows.filter(kind="new", number=2).exists()

    erase(find_by_login("lena@school.example"))

    assert sorted(run.rows.values_list("number", flat=True)) == [3, 4]
    press(client, older, "start")
    assert find_by_login("lena@school.example") is None


def test_a_row_about_another_person_with_the_same_number_is_deleted_too(client):
    older = preview(client, "number;name;email;role\n20417;L. F.;lena2@school.example;wizard\n")
    import_file(client)

    erase(find_by_login("lena@school.example"))

    assert client.get(older).status_code == 200
    assert not ImportRun.objects.earliest("sent_at").rows.exists()


def test_a_row_with_their_email_and_another_username_is_deleted_too(client):
    older = preview(client, "name;username;email\nLena F.;lena.f;lena@school.example\n")
    import_file(client)

    erase(find_by_login("lena@school.example"))

    assert not ImportRun.objects.earliest("sent_at").rows.exists()
    assert client.post(older, {"act": "start"}).status_code == 422


def test_a_guardian_s_email_is_erased_with_the_guardian_s_account(client):
    wrong = WITH_GUARDIAN + "3;Cy;c@;g@home.example\n"
    import_file(client, wrong)
    preview(client, wrong)
    latest = ImportRun.objects.latest("sent_at")
    assert latest.tally == {"same": 2, "error": 1}

    erase(find_by_login("g@home.example"))

    assert not latest.rows.exists()
    assert not ImportRow.objects.filter(state="read").exists()
    assert set(ImportRow.objects.values_list("state", flat=True)) == {"done"}


def test_the_row_of_a_guardian_contains_no_data_of_the_child(client):
    preview(client, WITH_GUARDIAN)
    row = ImportRow.objects.get(turn=0)
    assert "Ada" not in str(unseal_row(row))


@pytest.mark.parametrize("wrong", ["number;name;email;born\n20417;Lea;;31.02.2011\n", None])
def test_a_row_of_a_person_being_erased_stores_nothing_even_with_another_error(client, wrong):
    import_file(client)
    lena = find_by_login("lena@school.example")
    erasure.begin(lena.code, actor=None, cause="request", now=timezone.now())
    taken = FILE.replace("20419", "20499").replace("kim@", "lena@")

    preview(client, wrong or taken)

    run = ImportRun.objects.latest("sent_at")
    about_lena = [unseal_row(row) for row in run.rows.filter(person=None).exclude(number=3)]
    assert about_lena
    assert all(kept.keys() == {"problem"} for kept in about_lena)
    assert {kept["problem"]["key"] for kept in about_lena} == {"erasing"}
    assert not run.rows.exclude(login_digest=None).filter(kind="error").exclude(number=3).exists()


def test_no_key_remains_of_a_person_who_was_not_added(client):
    first, second = preview(client), preview(client)
    press(client, first, "start")
    skipped = ImportRun.objects.get(state="ready").rows.filter(kind="new")
    codes = list(skipped.values_list("pk", flat=True))

    press(client, second, "start")

    assert len(codes) == 2
    assert [open_keystore().key_ids(code) for code in codes] == [[], []]
