"""The last Steward who can log in is never erased, nor are two at once."""

from __future__ import annotations

import ast
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.administration.person_records import CannotChange
from accounts.models import User
from accounts.people import find_by_login
from audit.models import Leaf
from privacy.erasure import erasure
from privacy.models import Erasure
from privacy.subject_requests import requests
from tests.fixtures.accounts.people_imports import import_file, press, text_of
from tests.fixtures.users import PASSWORD, make

pytestmark = pytest.mark.django_db
PLATFORM = Path(erasure.__file__).parents[2]
OWN = "You are the only data steward who can sign in. Make another person a data steward first"
OTHER = "This is the only data steward who can sign in"
NO_PASSWORD = {"password": "!unset"}


def begin(amir, by, now):
    with pytest.raises(CannotChange, match=OWN if by == amir else OTHER):
        erasure.begin(amir.code, actor=by.code, cause="request", now=now)


def on_my_data(amir, client_for):
    client = client_for(amir)
    answer = client.post("/my-data/erase/", {"word": "erase", "password": PASSWORD})
    signed_in = client.get("/my-data/").status_code == 200
    return OWN in text_of(answer) and answer.status_code == 422 and signed_in


def on_the_page_of_a_steward(amir, client_for):
    path = f"/steward/people/{amir.code}/erase/"
    answer = client_for(find_by_login("sara")).post(path, {"word": "erase"})
    return OTHER in text_of(answer) and answer.status_code == 422


def by_a_granted_request(amir, client_for):
    asked = requests.ask(amir, "erasure", by=amir, note="", now=amir.created_at)
    path = f"/steward/requests/{asked.id}/"
    answer = client_for(find_by_login("sara")).post(path, {"act": "approve", "word": "erase"})
    return (
        OTHER in text_of(answer) and answer.status_code == 422 and requests.open_requests().exists()
    )


def by_the_command(amir, _client_for):
    try:
        call_command("erase_learner", str(amir.code), "--yes", "--json")
    except CommandError as refused:
        return OTHER in str(refused) and refused.returncode == 1
    return False


ROADS = [on_my_data, on_the_page_of_a_steward, by_a_granted_request, by_the_command]


@pytest.mark.parametrize("road", ROADS)
def test_the_last_steward_who_can_log_in_cannot_be_erased(amir, sara, client_for, road):
    """sara is a Steward whose password was removed; she acts where another Steward is needed."""
    User.objects.filter(pk=sara.pk).update(**NO_PASSWORD)
    assert road(amir, client_for)

    amir.refresh_from_db()
    assert amir.is_active
    assert not Erasure.objects.exists()
    assert not Leaf.objects.filter(verb__in=["erasure.ask", "request.answer"]).exists()


@pytest.mark.parametrize("road", ROADS)
def test_with_another_steward_each_way_erases(amir, sara, client_for, road):
    assert not road(amir, client_for)

    assert Erasure.objects.get().cause == "request"
    assert not User.objects.filter(code=amir.code).exists()


def test_undoing_an_import_keeps_the_only_steward(amir, client_for):
    """The record was edited since the import; no list makes a Steward."""
    client = client_for(amir)
    address = import_file(client)
    fields = {"roles": ["steward"], "password": amir.password}
    User.objects.filter(pk=find_by_login("lena@school.example").pk).update(**fields)
    User.objects.filter(pk=amir.pk).update(**NO_PASSWORD)

    press(client, address, "undo")

    assert find_by_login("lena@school.example").is_active
    assert not Erasure.objects.filter(subject=find_by_login("lena@school.example").code).exists()


@pytest.mark.parametrize("other", [None, "locked", "without password", "erased"])
def test_a_steward_who_cannot_log_in_does_not_count(amir, now, other):
    if other:
        sara = make("sara", now=now)
        fields = {"is_active": False} if other == "locked" else NO_PASSWORD
        if other == "erased":
            erasure.begin(sara.code, actor=None, cause="request", now=now)
        else:
            User.objects.filter(pk=sara.pk).update(**fields)
    for by in (amir, make("mia", now=now)):
        begin(amir, by, now)


def test_a_begun_erasure_continues_and_can_be_repeated(amir, sara, now):
    begun = erasure.begin(amir.code, actor=amir.code, cause="request", now=now)
    User.objects.filter(pk=sara.pk).update(**NO_PASSWORD)
    erasure.begin(amir.code, actor=amir.code, cause="request", now=now)
    assert erasure.resume(begun.id, now=now).rows_at
    assert not User.objects.filter(pk=amir.pk).exists()


def test_other_people_are_not_refused(mia, ines, now):
    for person in (mia, ines):
        assert erasure.erase(person.code, actor=person.code, cause="request", now=now).rows_at


@pytest.mark.django_db(transaction=True)
def test_of_two_stewards_erasing_themselves_at_once_one_stays(amir, sara, now):
    ready = Barrier(2)

    def ask(person):
        try:
            ready.wait(20)
            return erasure.begin(person.code, actor=person.code, cause="request", now=now)
        except CannotChange:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        begun = list(pool.map(ask, (amir, sara)))
    assert begun.count(None) == 1
    assert User.objects.filter(roles__contains=["steward"], is_active=True).count() == 1


def test_whole_erasures_are_created_in_two_places_only():
    """Code that creates its own row would bypass the check."""
    makers = {
        str(path.relative_to(PLATFORM)): _count_whole(path) for path in PLATFORM.rglob("*.py")
    }
    assert {name: count for name, count in makers.items() if count} == {
        "privacy/erasure/erasure.py": 1,
        "privacy/erasure/ledger_replay.py": 1,
    }


def _count_whole(path):
    """Count the calls that create an Erasure of a whole account."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    made = [call for call in calls if ast.unparse(call.func) == "Erasure.objects.create"]
    given = [{each.arg: ast.unparse(each.value) for each in call.keywords} for call in made]
    return sum("None" in each.get("scopes", "None") for each in given)
