"""`/steward/people/`: a Steward finds people by name, in the page or in the worker."""

from __future__ import annotations

import html
import logging
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.people import make_person
from privacy.erasure import erasure
from privacy.models import Erasure
from stewardship.people.queries import PAGE
from stewardship.people.search import requests, results, worker
from stewardship.people.search.models import NameSearch
from stewardship.people.search.results import FoundPeople, seal_found, unseal_found
from vault.errors import KeyDestroyed, Tampered
from vault.keystore import ALL, open_keystore

pytestmark = pytest.mark.django_db
LIST = "/steward/people/"


@pytest.fixture
def client(client_for, amir):
    return client_for(amir)


@pytest.fixture
def many(monkeypatch):
    """A site with so many people that the worker searches, two names at a time."""
    monkeypatch.setattr(requests, "MOST_IN_PAGE", 0)
    monkeypatch.setattr(results, "BATCH_SIZE", 2)


def named(name, login=None, roles=("learner",)):
    login = login or name.casefold().replace(" ", ".")
    return make_person(login, name=name, roles=roles, password=None, now=timezone.now())


def text_of(response):
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return html.unescape(re.sub(r"\s+", " ", words))


def ask(client, typed):
    """Search; return the address of the result page."""
    return client.post(LIST, {"q": typed})["Location"]


def names_on(response):
    return re.findall(r'account/">([^<]+)</a>', response.content.decode())


def found_by(client, typed):
    return names_on(client.get(ask(client, typed)))


def work(minutes=0):
    later = timezone.now() + timedelta(minutes=minutes)
    return worker.process_due(now=lambda: later)


# --- in the page ---


def test_people_are_found_by_the_beginnings_of_their_names(client):
    named("Lena Fischer")
    named("Zoë Müller", "zoe")

    assert found_by(client, "fisch") == ["Lena Fischer"]
    assert found_by(client, "Fischer LENA") == ["Lena Fischer"]
    assert found_by(client, "mueller") == found_by(client, "zoe mull") == ["Zoë Müller"]
    assert found_by(client, "ischer") == []


def test_a_person_with_exactly_this_username_comes_before_all_names(client):
    named("Lena Fischer", "mara")
    named("Mara Weber", "weber")

    assert found_by(client, "mara") == ["Lena Fischer"]
    assert found_by(client, "mara w") == ["Mara Weber"]


def test_found_people_have_pages_states_and_roles_of_their_own(client):
    for number in range(PAGE + 2):
        named(f"Kim Tran{number}", roles=["teacher"] if number == 1 else ["learner"])
    named("Lena Fischer")
    here = ask(client, "kim")
    first = client.get(here)

    assert f"1–{PAGE} of {PAGE + 2}" in text_of(first)
    assert f"{PAGE + 2} people found." in text_of(first)
    after = html.unescape(re.search(r'rel="next" href="([^"]*)"', first.content.decode())[1])
    assert names_on(client.get(LIST + after)) == ["Kim Tran1", "Kim Tran0"]
    assert names_on(client.get(f"{here}&role=teacher")) == ["Kim Tran1"]
    assert names_on(client.get(f"{here}&state=invited"))[0] == f"Kim Tran{PAGE + 1}"
    assert names_on(client.get(f"{here}&state=locked")) == []


def test_a_long_result_is_cut_and_the_page_says_so(client, monkeypatch):
    monkeypatch.setattr(results, "MOST_FOUND", 2)
    for number in range(3):
        named(f"Kim Tran{number}")
    page = client.get(ask(client, "kim"))

    assert names_on(page) == ["Kim Tran2", "Kim Tran1"]
    assert "Only the newest accounts are listed." in text_of(page)


def test_the_typed_text_is_in_the_field_but_in_no_address_and_no_log(client, caplog):
    caplog.set_level(logging.DEBUG)
    named("Lena Fischer")
    here = ask(client, "fischer")
    page = client.get(here).content.decode()

    assert 'value="fischer"' in page
    assert re.fullmatch(r"/steward/people/\?search=[0-9a-f-]{36}", here)
    assert not [link for link in re.findall(r'(?:href|action)="([^"]*)"', page) if "fisch" in link]
    assert "fischer" not in caplog.text.casefold()


def test_an_empty_search_ends_the_last_one_and_shows_everyone(client, amir, mia):
    ask(client, "mia")

    assert ask(client, " ") == LIST
    assert not NameSearch.objects.exists()


def test_names_are_loaded_together(client, monkeypatch):
    def count_queries():
        with CaptureQueriesContext(connection) as asked:
            ask(client, "kim")
        return len(asked)

    count_queries()
    few = count_queries()
    for number in range(20):
        named(f"Kim Tran{number}")
    assert count_queries() == few
    here = ask(client, "kim")
    with CaptureQueriesContext(connection) as shown:
        client.get(here)
    with CaptureQueriesContext(connection) as everybody:
        client.get(LIST)
    assert len(shown) <= len(everybody) + 1


# --- in the worker ---


def test_on_a_large_site_the_page_shows_how_far_the_worker_is(client, many):
    for name in ("Lena Fischer", "Kim Tran", "Lena Weber"):
        named(name)
    here = ask(client, "lena")
    page = client.get(here)

    assert "Searching names: 0 of 4" in text_of(page)
    assert 'data-waits="true"' in page.content.decode()
    looks = re.search(r'data-from="([^"]*)"', page.content.decode())[1]
    assert html.unescape(looks).startswith(here)
    assert work() == 1
    assert names_on(client.get(here)) == ["Lena Weber", "Lena Fischer"]
    assert "data-waits" not in client.get(here).content.decode()
    assert work(1) == 0


def test_a_worker_is_woken_once_the_search_is_stored(
    client, many, monkeypatch, django_capture_on_commit_callbacks
):
    woken = []
    monkeypatch.setattr("pipeline.wake", lambda *told, **more: woken.append((told, more)))
    with django_capture_on_commit_callbacks(execute=True):
        ask(client, "amir@school.example")
        assert woken == []
        ask(client, "lena")
    assert woken == [(("stewardship.tasks.search_names_due",), {"queue": "slow"})]


def test_another_worker_continues_after_one_was_killed(client, many, monkeypatch):
    for number in range(5):
        named(f"Kim Tran{number}")
    here, looked = ask(client, "kim"), []
    whole = results.search_next

    def killed_once(so_far, words):
        looked.append(so_far.looked)
        if len(looked) == 2:
            raise SystemExit
        return whole(so_far, words)

    monkeypatch.setattr(worker, "search_next", killed_once)
    with pytest.raises(SystemExit):
        work()
    assert "Searching names: 2 of 6" in text_of(client.get(here))
    assert work() == 0, "the lease of the other worker is not over"
    work(minutes=2)

    assert looked == [0, 2, 2, 4, 6]
    assert names_on(client.get(here)) == [f"Kim Tran{number}" for number in (4, 3, 2, 1, 0)]


def in_the_middle(monkeypatch, act):
    """Call `act` while the worker is checking names."""
    whole = results.search_next

    def look(so_far, words):
        looked = whole(so_far, words)
        act()
        return looked

    monkeypatch.setattr(worker, "search_next", look)


def test_a_worker_whose_lease_was_taken_stores_nothing(client, many, monkeypatch):
    named("Lena Fischer")
    ask(client, "lena")
    in_the_middle(monkeypatch, lambda: NameSearch.objects.update(tries=7))
    work()

    row = NameSearch.objects.select_related("steward").get()
    so_far = unseal_found(row)
    assert (row.state, so_far.looked, so_far) == ("searching", 0, FoundPeople())


def test_a_newer_search_replaces_the_running_one(client, many, monkeypatch):
    named("Lena Fischer")
    old, new = ask(client, "lena"), []
    in_the_middle(monkeypatch, lambda: new or new.append(ask(client, "lena f")))
    work()
    work(minutes=1)

    assert NameSearch.objects.count() == 1
    answer = client.get(old)
    assert answer.status_code == 404
    assert "This search has expired" in text_of(answer)
    assert names_on(client.get(new[0])) == ["Lena Fischer"]


def test_a_search_that_fails_repeatedly_ends_and_the_page_says_so(client, many, monkeypatch):
    def breaks(so_far, words):
        raise ValueError("Lena")

    monkeypatch.setattr(worker, "search_next", breaks)
    here = ask(client, "lena")
    for minutes in range(worker.MOST_TRIES + 1):
        work(minutes)

    assert "The search could not be completed" in text_of(client.get(here))
    assert work(30) == 0


# --- how it ends ---


@pytest.mark.parametrize("how", ["page", "worker"])
def test_a_search_lives_for_an_hour(client, how):
    here = ask(client, "lena")
    assert client.get(here).status_code == 200
    NameSearch.objects.update(ends_at=timezone.now())

    if how == "worker":
        work()
        assert not NameSearch.objects.exists()
    assert client.get(here).status_code == 404


def test_a_search_pending_for_an_hour_is_not_started(client, many):
    ask(client, "lena")
    assert work(minutes=61) == 0
    assert not NameSearch.objects.exists()


def test_another_steward_cannot_see_it(client, client_for, sara):
    named("Lena Fischer")
    here = ask(client, "fischer")
    seen = client_for(sara).get(here)

    assert seen.status_code == 404
    assert "fischer" not in text_of(seen).casefold()
    assert NameSearch.objects.count() == 1


CHANGES = {"locked": {"is_active": False}, "demoted": {"roles": ["teacher"]}}


@pytest.mark.parametrize("how", CHANGES)
def test_it_ends_when_its_owner_is_no_longer_a_steward(client, amir, many, monkeypatch, how):
    named("Lena Fischer")
    here = ask(client, "fischer")
    in_the_middle(monkeypatch, lambda: User.objects.filter(pk=amir.pk).update(**CHANGES[how]))
    work()

    row = NameSearch.objects.select_related("steward").get()
    assert unseal_found(row).looked == 0
    assert client.get(here).status_code in (302, 404)
    assert work(minutes=1) == 0
    assert not NameSearch.objects.exists()


def test_the_erasure_of_its_steward_ends_it(client, amir, sara):
    ask(client, "lena")
    erasure.erase(amir.code, actor=None, cause="request", now=timezone.now())

    assert not NameSearch.objects.exists()


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_person_who_is_being_erased_is_not_listed(client, now, when):
    lena = named("Lena Fischer")
    here = ask(client, "fischer") if when == "meanwhile" else ""
    Erasure.objects.create(subject=lena.code, cause="request", state="frozen", asked_at=now)
    page = client.get(here or ask(client, "fischer"))

    assert "No people found" in text_of(page)
    assert "Being erased" not in text_of(page)


def test_no_key_is_made_for_a_person_whose_keys_are_destroyed(client):
    lena = named("Lena Fischer")
    open_keystore().destroy(lena.code, ALL)

    assert found_by(client, "fischer") == []
    assert open_keystore().key_ids(lena.code) == []


def test_neither_words_nor_codes_are_stored_in_clear(client, amir):
    lena = named("Lena Fischer")
    ask(client, "fischer")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM stewardship_namesearch")
        stored = b"|".join(
            bytes(each) if isinstance(each, memoryview) else str(each).encode()
            for each in cursor.fetchone()
        )

    for clear in (b"fischer", lena.code.hex.encode(), str(lena.code).encode(), lena.code.bytes):
        assert clear not in stored
    row = NameSearch.objects.select_related("steward").get()
    assert unseal_found(row).codes == (lena.code,)
    open_keystore().destroy(amir.code, ["identity"])
    with pytest.raises(KeyDestroyed):
        unseal_found(row)


def test_values_sealed_for_one_search_do_not_unseal_in_another(client, amir, now):
    ask(client, "lena")
    row = NameSearch.objects.select_related("steward").get()
    other = NameSearch(steward=amir, found_sealed=seal_found(row, FoundPeople(), now=now))
    with pytest.raises(Tampered):
        unseal_found(other)
