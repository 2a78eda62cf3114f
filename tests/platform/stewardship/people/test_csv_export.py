"""`/steward/people/export/`: the list of people as a file that the import can read."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import date
from unicodedata import category

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.keyed_hash import normalise_login
from accounts.models import Session
from accounts.people import make_guardian, make_person
from accounts.people_import.csv_reader import clean_cell
from audit.models import Leaf
from audit.queries import leaves_about, read_public
from privacy.erasure import erasure
from stewardship.people import csv_export
from stewardship.people.imports.models import ImportRow, ImportRun
from stewardship.people.queries import PeopleFilter
from tests.fixtures import factories
from tests.fixtures.accounts.people_imports import preview
from vault import queries
from vault.secret_cache import forget_all

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/steward/people/export/"


@pytest.fixture
def client(client_for, amir):
    return client_for(amir)


def parts_of(answer) -> list[bytes]:
    async def take():
        return [part async for part in answer.streaming_content]

    return async_to_sync(take)()


def sent_by(answer) -> bytes:
    return b"".join(parts_of(answer))


def rows_of(sent: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(sent.decode("utf-8-sig"), newline="")))


def make(login, **fields):
    fields = {"roles": ["learner"], "age_band": "teen", "name": login.title()} | fields
    return make_person(login, password=None, now=timezone.now(), **fields)


def kinds() -> set[tuple[str, str]]:
    return set(ImportRow.objects.values_list("kind", "state"))


def test_the_file_has_the_columns_of_the_import_and_what_is_recorded(client, amir, greta):
    born = date(2011, 3, 14)
    lena = make("lena", email="lena@school.example", number="20417", born=born)
    make_guardian(greta, lena, now=timezone.now())
    factories.make_enrolment(lena, factories.make_course("algebra"))

    answer = client.get(PAGE)
    sent = sent_by(answer)

    assert answer["Cache-Control"] == "no-store"
    assert 'filename="people.csv"' in answer["Content-Disposition"]
    (row,) = [row for row in rows_of(sent) if row["Username"] == "lena"]
    assert row["Number"] == "20417"
    assert row["Date of birth"] == "2011-03-14"
    assert (row["Role"], row["Class"], row["Teaches"]) == ("learner", "algebra", "")


def test_what_is_exported_imports_back_with_nothing_changed(client, amir, sara, ines, mia):
    guardian = make("g@home.example", roles=["guardian"], age_band="adult", email="g@home.example")
    for number, name in enumerate(
        ['=HYPERLINK("x")', "  Ada   Lee ", "'+Bo", "a;=b\nc", "@Kim\x1f"]
    ):
        person = make(f"p{number}", name=name, number=f"-{number}", email=f"p{number}@s.example")
        make_guardian(guardian, person, now=timezone.now())
        factories.make_enrolment(person, factories.make_course(f"course-{number}x", title="A, b"))
    factories.make_enrolment(ines, factories.make_course("algebra"), role="teacher")

    preview(client, sent_by(client.get(PAGE)))

    assert kinds() == {("same", "read")}


def test_cells_that_look_like_formulas_are_guarded(client):
    make("eve", name="=1+1", number="@2")
    (row,) = [row for row in rows_of(sent_by(client.get(PAGE))) if row["Username"] == "eve"]
    assert (row["Name"], row["Number"]) == ("'=1+1", "'@2")


def test_the_filter_of_the_list_is_that_of_the_file(client, mia, ines, amir):
    rows = rows_of(sent_by(client.get(f"{PAGE}?role=teacher")))
    assert [row["Role"] for row in rows] == ["author, teacher"]


def test_neither_simulated_people_nor_those_being_erased_are_exported(client, amir, mia):
    make("sim", simulated=True)
    gone = make("gone")
    erasure.begin(gone.code, actor=amir.code, cause="request", now=timezone.now())
    names = {row["Username"] for row in rows_of(sent_by(client.get(PAGE)))}
    assert names == {"amir", "mia"}


def test_a_guardian_who_would_not_be_found_is_not_named(client, mia):
    twins = [make(f"g{n}", roles=["guardian"], age_band="adult", email="g@x.example") for n in "12"]
    child = make("kid", email="g@x.example")
    make_guardian(twins[0], child, now=timezone.now())
    (row,) = [row for row in rows_of(sent_by(client.get(PAGE))) if row["Username"] == "kid"]
    assert row["Guardian's e-mail"] == ""


def test_the_leaf_contains_only_the_count(client, amir, mia):
    client.get(PAGE)
    leaf = Leaf.objects.get(verb="people.export")
    assert read_public(leaf) == {"people": "2"}
    assert not leaves_about(mia.code).filter(verb="people.export").exists()


def test_the_file_ends_once_the_session_has_ended(client, amir, monkeypatch):
    monkeypatch.setattr(csv_export, "BATCH_SIZE", 1)
    answer = client.get(PAGE)
    Session.objects.all().delete()
    with pytest.raises(asyncio.CancelledError):
        parts_of(answer)


def test_few_people_are_in_memory_and_each_part_costs_the_same(
    client, django_assert_max_num_queries, monkeypatch
):
    monkeypatch.setattr(csv_export, "BATCH_SIZE", 3)
    for number in range(7):
        make(f"p{number}")
    with django_assert_max_num_queries(4 * 3 + 1):
        parts = list(csv_export.write_parts(csv_export.find_people(PeopleFilter())))
    assert [part.count(b"\r\n") for part in parts] == [1, 3, 3, 2]


def test_keys_are_read_together_and_each_guardian_is_opened_once(monkeypatch, greta):
    for number in range(3):
        make_guardian(greta, make(f"p{number}"), now=timezone.now())
    single, opened = [], []
    by_id, emails_of = queries.find_by_id, csv_export._emails_of
    monkeypatch.setattr(queries, "find_by_id", lambda at, id: single.append(id) or by_id(at, id))
    monkeypatch.setattr(
        csv_export, "_emails_of", lambda each: opened.append(each) or emails_of(each)
    )
    forget_all()
    list(csv_export.write_parts(csv_export.find_people(PeopleFilter())))

    assert single == []
    assert opened == [greta]


def texts(longest):
    letters = st.characters(codec="utf-8", exclude_characters="\0")
    drawn = st.text(letters, max_size=longest)
    return st.one_of(drawn, drawn.map("={}".format), drawn.map(" ;-{}\n".format))


def is_key(text):
    """Return whether this number or username identifies a person in a list."""
    return normalise_login(text) and normalise_login(clean_cell(text)) == normalise_login(text)


def is_login(text):
    return is_key(text) and all(category(letter) not in ("Cf", "Cc") for letter in text)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=texts(30).filter(clean_cell),
    number=texts(20).filter(lambda number: not number or is_key(number)),
    login=texts(20).filter(is_login),
    born=st.none() | st.dates(date(1950, 1, 1), date(2008, 1, 1)),
)
def test_every_record_imports_back_unchanged(client, name, number, login, born):
    band = "adult" if born else "teen"
    person = make(login, name=name, number=number, born=born, age_band=band)
    try:
        preview(client, sent_by(client.get(PAGE)))
        assert kinds() == {("same", "read")}
    finally:
        ImportRun.objects.all().delete()
        person.delete()
