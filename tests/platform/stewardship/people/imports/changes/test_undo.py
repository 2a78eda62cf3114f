"""Undo of an import: later changes are preserved, and what the import ended is restored."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.administration.person_changes import change_person
from accounts.administration.person_records import load_record
from accounts.models import Guardianship, StewardNomination, User
from accounts.people import find_by_login, make_guardian
from privacy.erasure import erasure
from privacy.models import Erasure
from stewardship.people.imports.changes import undo
from stewardship.people.imports.models import ImportRow, ImportRun
from tests.fixtures import factories
from tests.fixtures.accounts.people_imports import (
    FILE,
    WITH_GUARDIAN,
    import_file,
    press,
    preview,
    text_of,
    work,
)
from vault.sqlite_file import KeyFile

pytestmark = pytest.mark.django_db
LENA, KIM = "lena@school.example", "kim@school.example"


@pytest.fixture
def client(client_for, amir):
    return client_for(amir)


def rename(person, name, by):
    record = load_record(person)
    edited = replace(record, identity=replace(record.identity, name=name))
    change_person(person.code, edited, by=by, now=timezone.now())


def test_data_that_comes_after_the_batch_was_loaded_keeps_a_person(client, monkeypatch):
    address, lock = import_file(client), undo.lock_people

    def enrolled_just_before(ids):
        kim = find_by_login(KIM)
        if kim and not kim.enrolments.exists():
            factories.make_enrolment(kim, factories.make_course())
        lock(ids)

    monkeypatch.setattr(undo, "lock_people", enrolled_just_before)
    press(client, address, "undo")

    assert find_by_login(KIM) is not None
    assert find_by_login(LENA) is None


def test_no_data_can_be_added_between_the_check_and_the_erasure(client):
    address = import_file(client)
    with CaptureQueriesContext(connection) as queries:
        press(client, address, "undo")
    locking = [query["sql"] for query in queries if query["sql"].endswith("FOR UPDATE")]
    assert sum('FROM "accounts_user"' in sql for sql in locking) == 2


def test_guardianships_ended_by_an_imported_birthday_are_restored(client, amir):
    import_file(client, WITH_GUARDIAN)
    ada, guardian = find_by_login("a@school.example"), find_by_login("g@home.example")
    gone = factories.make_user("gone@home.example", roles=["guardian"])
    make_guardian(gone, ada, now=timezone.now())
    address = preview(client, "number;born\n1;01.02.1990\n")
    assert "guardians removed" in text_of(client.get(address))
    press(client, address, "start")
    assert not Guardianship.objects.filter(ward=ada).exists()
    User.objects.filter(pk=gone.pk).update(is_active=False)

    press(client, address, "undo")

    assert list(Guardianship.objects.filter(ward=ada).values_list("guardian", flat=True)) == [
        guardian.pk
    ]


@pytest.mark.parametrize(
    ("since", "reason"),
    [
        ("edited", "edited after the import"),
        ("nominated", "or has other data"),
        ("guarded", "edited after the import"),
        ("imported", "edited after the import"),
        ("erased", "being erased"),
    ],
)
def test_later_activity_keeps_an_added_person(client, amir, since, reason):
    address = import_file(client)
    lena, now = find_by_login(LENA), timezone.now()
    if since == "edited":
        rename(lena, "Lena F.", amir)
    if since == "nominated":
        StewardNomination.objects.create(person=lena, asked_by=amir, asked_at=now)
    if since == "guarded":
        make_guardian(factories.make_user("g@home.example", roles=["guardian"]), lena, now=now)
    if since == "imported":
        import_file(client, FILE.replace("Lena", "Lea"))
    if since == "erased":
        erasure.begin(lena.code, actor=None, cause="request", now=now)

    press(client, address, "undo")

    assert find_by_login(LENA) == lena
    assert find_by_login(KIM) is None
    assert reason in text_of(client.get(address))
    run = ImportRun.objects.earliest("sent_at")
    assert run.removed == 1
    assert "1 Removed" in text_of(client.get(address))


def test_children_and_their_guardian_are_removed_together(client):
    address = import_file(client, WITH_GUARDIAN)
    press(client, address, "undo")
    assert User.objects.count() == 1
    assert ImportRun.objects.get().removed == 3


def test_the_keystore_is_rewritten_once_per_batch(client, monkeypatch):
    address, wipe, wipes = import_file(client, WITH_GUARDIAN), KeyFile.wipe, []
    monkeypatch.setattr(KeyFile, "wipe", lambda *args: wipes.append(1) or wipe(*args))

    press(client, address, "undo")

    assert len(wipes) == 1
    done = Erasure.objects.filter(cause="undo")
    assert [len(each.destroyed()) > 0 for each in done] == [True] * 3
    assert not done.filter(state__in=["frozen", "shredded", "rows"]).exists()


def test_an_undo_can_be_stopped_and_continued_later(client, monkeypatch):
    monkeypatch.setattr(undo, "BATCH_SIZE", 1)
    address = import_file(client)
    client.post(address, {"act": "undo"})
    whole, calls = undo._load_batch, iter(range(9))

    def stopped(run):
        if next(calls) == 1:
            client.post(address, {"act": "stop"})
        return whole(run)

    monkeypatch.setattr(undo, "_load_batch", stopped)
    assert "Stop undoing" in text_of(client.get(address))
    work()

    run = ImportRun.objects.get()
    assert (run.state, run.stopped, run.removed) == ("done", "undo", 1)
    shown = text_of(client.get(address))
    assert "Undoing was stopped." in shown
    assert "The import was stopped" not in shown
    press(client, address, "undo")
    run.refresh_from_db()
    assert (run.state, run.stopped, run.removed) == ("undone", "", 2)


def test_no_undo_begins_while_an_import_runs(client):
    done, waiting = (
        import_file(client),
        preview(client, FILE.replace("20", "30").replace("@", "2@")),
    )
    assert client.post(waiting, {"act": "start"}).status_code == 302

    answer = client.post(done, {"act": "undo"})

    assert answer.status_code == 422
    assert "Another import is running" in text_of(answer)
    assert ImportRow.objects.filter(state="undone").count() == 0
