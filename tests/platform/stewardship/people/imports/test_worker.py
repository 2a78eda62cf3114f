"""A run in the worker: its Steward, its tries, its end, and the leaves of its actions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.people import find_by_login, name_of
from audit.models import Leaf
from privacy.erasure import erasure
from stewardship.people.imports import worker
from stewardship.people.imports.changes import apply
from stewardship.people.imports.models import ImportRow, ImportRun
from stewardship.people.imports.preview import builder
from tests.fixtures.accounts.people_imports import (
    FILE,
    import_file,
    press,
    preview,
    text_of,
    upload,
    work,
)

pytestmark = pytest.mark.django_db
MANY = "number;name;email\n" + "".join(f"{n};P {n};p{n}@school.example\n" for n in range(9))


@pytest.fixture
def client(client_for, amir):
    return client_for(amir)


@pytest.mark.parametrize("how", ["locked", "demoted"])
def test_without_its_steward_a_run_ends_at_once(client, amir, sara, client_for, how):
    address = preview(client)
    client.post(address, {"act": "start"})
    change = {"is_active": False} if how == "locked" else {"roles": ["teacher"]}
    User.objects.filter(pk=amir.pk).update(**change)
    User.objects.filter(pk=sara.pk).update(roles=["steward"])

    work()

    run = ImportRun.objects.get()
    assert (run.state, run.stopped, run.due_at) == ("done", "gone", None)
    import_file(client_for(User.objects.get(pk=sara.pk)))
    assert find_by_login("lena@school.example") is not None


@pytest.mark.parametrize("act", ["start", "undo"])
def test_the_erasure_of_its_steward_leaves_an_import_to_the_others(client, amir, sara, act):
    address = import_file(client) if act == "undo" else preview(client)
    preview(client)
    client.post(address, {"act": act})

    erasure.erase(amir.code, actor=None, cause="request", now=timezone.now())

    run = ImportRun.objects.earliest("sent_at")
    assert (run.state, run.steward) == ("done", None)
    assert run.stopped == ("undo" if act == "undo" else "gone")
    assert run.ends_at > timezone.now() + timedelta(days=6)
    assert run.rows.count() == 3
    assert ImportRun.objects.latest("sent_at").state == "ready"


def test_nothing_is_stored_of_a_file_that_cannot_be_read(client, monkeypatch):
    upload(client, MANY)
    whole = builder._store

    def breaks(*args):
        whole(*args)
        raise ValueError

    monkeypatch.setattr(builder, "_store", breaks)
    for minutes in range(worker.MOST_TRIES):
        work(minutes)
        assert ImportRow.objects.count() == 9
    work(minutes=9)

    run = ImportRun.objects.get()
    assert (run.state, run.file_sealed) == ("failed", None)
    assert not ImportRow.objects.exists()


def test_a_long_import_survives_any_number_of_restarts(client, monkeypatch):
    monkeypatch.setattr(apply, "BATCH_SIZE", 1)
    address = preview(client, MANY)
    client.post(address, {"act": "start"})
    whole, calls = apply._import_batch, iter(range(99))

    def breaks(run, now):
        if next(calls) % 2:
            raise ValueError
        return whole(run, now)

    monkeypatch.setattr(apply, "_import_batch", breaks)
    for minutes in range(12):
        work(minutes)

    run = ImportRun.objects.get()
    assert (run.state, run.stopped, run.added) == ("done", "", 9)


def test_an_import_without_progress_ends(client, monkeypatch):
    address = preview(client)
    client.post(address, {"act": "start"})

    def breaks(run, now):
        raise ValueError

    monkeypatch.setattr(apply, "_import_batch", breaks)
    for minutes in range(worker.MOST_TRIES + 2):
        work(minutes)

    assert ImportRun.objects.get().stopped == "failed"
    assert "The import was stopped." in text_of(client.get(address))


def test_an_old_preview_is_not_imported(client):
    address = preview(client)
    ImportRun.objects.update(ends_at=timezone.now())

    answer = client.post(address, {"act": "start"})

    assert answer.status_code == 422
    assert "older than 24 hours" in text_of(answer)


def test_every_act_leaves_a_leaf_and_the_page_says_who_acted(client, amir):
    text = FILE.replace("14.03.2011", "03/04/2011")
    address = preview(client, text)
    press(client, address, "order", order="dmy")
    client.get(f"{address}errors/")
    client.post(address, {"act": "start"})
    client.post(address, {"act": "stop"})
    press(client, address, "undo")
    press(client, preview(client), "discard")

    leaves = list(Leaf.objects.filter(verb="people.import").order_by("at"))
    acts = [dict(pair.split("=") for pair in leaf.public.split()) for leaf in leaves]
    assert [act["act"] for act in acts] == [
        "upload", "order", "errors", "start", "stop", "undo", "upload", "discard",
    ]  # fmt: skip
    assert [act["rows"] for act in acts] == ["3", "3", "1", "2", "0", "0", "3", "3"]
    first = ImportRun.objects.earliest("sent_at")
    assert {act["run"] for act in acts[:6]} == {str(first.id)}
    assert all(leaf.actor_ref is not None for leaf in leaves)
    assert f"Last action by {name_of(amir)}." in text_of(client.get(address))
    assert f"rows, {name_of(amir)}" in text_of(client.get("/steward/people/import/"))
