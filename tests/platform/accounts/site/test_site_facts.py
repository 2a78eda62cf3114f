"""Facts about the site: one row, validated, cached for seconds, with an audit leaf."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import SiteRecord
from accounts.site import site_facts
from accounts.site.site_facts import NO_FACTS, InvalidFact, SiteFacts
from audit.models import Leaf

pytestmark = pytest.mark.django_db
FACTS = SiteFacts(
    name="Northfield School",
    controller="Northfield School Trust, 1 Mill Lane, Northfield",
    contact="privacy@northfield.example",
    officer="Sara Lind",
    time_zone="Europe/London",
    languages=("en-gb", "de"),
)


def test_what_is_recorded_is_read_again_and_only_what_changed_is_named(now):
    who = uuid4()
    assert site_facts.record(FACTS, by=who, now=now) == (
        "name", "controller", "contact", "officer", "time_zone", "languages",
    )  # fmt: skip
    moved = replace(FACTS, contact="01234 567", officer="")
    assert site_facts.record(moved, by=who, now=now) == ("contact", "officer")
    assert site_facts.load() == moved
    newest = Leaf.objects.filter(verb="site.change").order_by("-at").first()
    assert newest.public == "fields=contact,officer"
    assert SiteRecord.objects.count() == 1


def test_recording_the_same_again_leaves_no_leaf(now):
    for _ in range(2):
        site_facts.record(FACTS, by=None, now=now)
    assert Leaf.objects.filter(verb="site.change").count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 81),
        ("controller", "A school\nand its street"),
        ("controller", "A **bold** school"),
        ("contact", "[here](https://evil.example)"),
        ("contact", "<script>"),
        ("officer", "Sara\u200b Lind"),
        ("time_zone", "Europe/Narnia"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", ""),
        ("time_zone", "localtime"),
        ("time_zone", "Factory"),
        ("time_zone", "right/Europe/Berlin"),
        ("time_zone", "posix/Europe/Berlin"),
        ("languages", ()),
        ("languages", ("en-gb", "tlh")),
    ],
)
def test_a_fact_unfit_for_a_notice_is_refused(field, value, now):
    site_facts.record(FACTS, by=None, now=now)
    with pytest.raises(InvalidFact) as refused:
        site_facts.record(replace(FACTS, **{field: value}), by=None, now=now)
    assert refused.value.field == field
    assert site_facts.load() == FACTS


@pytest.mark.parametrize("text", ["first_last@school.example", "Müller & Söhne, 3/4 Gasse #2"])
def test_addresses_as_people_write_them_are_taken(text, now):
    site_facts.record(replace(FACTS, contact=text), by=None, now=now)
    assert site_facts.load().contact == text


@pytest.mark.parametrize(
    "wrong", [{"id": 2}, {"name": ""}, {"time_zone": "No Zone"}, {"languages": ""}]
)
def test_the_database_takes_one_row_and_none_without_name_zone_or_language(wrong, now):
    row = {"name": "A", "time_zone": "UTC", "languages": "de", "changed_at": now, **wrong}
    with pytest.raises(IntegrityError), transaction.atomic():
        SiteRecord.objects.create(**row)


def test_a_process_asks_once_in_ten_seconds(now, monkeypatch, django_assert_num_queries):
    at = [100.0]
    monkeypatch.setattr(site_facts, "monotonic", lambda: at[0])
    site_facts.record(FACTS, by=None, now=now)
    with django_assert_num_queries(1):
        assert [site_facts.current() for _ in range(3)] == [FACTS] * 3
    SiteRecord.objects.update(name="Southfield School")
    at[0] += 9.9
    assert site_facts.current().name == "Northfield School"
    at[0] += 0.2
    assert site_facts.current().name == "Southfield School"


@pytest.mark.django_db(transaction=True)
def test_what_another_thread_read_before_the_commit_is_not_kept(now):
    site_facts.record(FACTS, by=None, now=now)
    with transaction.atomic():
        site_facts.record(replace(FACTS, name="Southfield School"), by=None, now=now)
        site_facts.remember(FACTS)  # As a page of another thread would.
    assert site_facts.current().name == "Southfield School"


def test_recording_in_place_of_other_facts_than_were_seen_is_refused(now):
    site_facts.record(FACTS, by=None, now=now)
    seen = FACTS.mark()
    site_facts.record(replace(FACTS, contact="01234 567"), by=None, now=now, seen=seen)
    with pytest.raises(InvalidFact, match="changed in the meantime"):
        site_facts.record(replace(FACTS, officer=""), by=None, now=now, seen=seen)
    assert site_facts.load() == replace(FACTS, contact="01234 567")


def test_a_database_that_is_away_changes_nothing_of_what_is_known(now, monkeypatch):
    site_facts.record(FACTS, by=None, now=now)
    assert site_facts.current() == FACTS

    def away():
        raise DatabaseError

    monkeypatch.setattr(site_facts, "load", away)
    site_facts.remember(FACTS, seconds=0)
    assert site_facts.current() == FACTS


def test_without_a_record_times_are_utc_and_every_language_is_offered(settings):
    assert site_facts.load() == NO_FACTS
    assert NO_FACTS.zone.key == "UTC"
    assert NO_FACTS.language_names == dict(settings.LANGUAGES)


def test_a_language_that_the_site_speaks_no_more_is_not_offered(settings):
    german = replace(FACTS, languages=("de",))
    assert (list(german.language_names), german.language) == (["de"], "de")
    settings.LANGUAGES = [("en-gb", "English")]
    assert (list(german.language_names), german.language) == (["en-gb"], "en-gb")


def test_the_app_may_write_it(now):
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('accounts_siterecord', 'UPDATE')")
        assert cursor.fetchone() == (True,)
    site_facts.record(FACTS, by=None, now=now)


@pytest.mark.parametrize(
    "columns",
    [
        {"new_accounts": "everybody"},
        {"email_domains": "Northfield.example"},
        {"email_domains": "a.example,"},
        {"email_domains": "a.example b.example"},
    ],
)
def test_the_database_takes_no_other_way_to_an_account(now, columns):
    site_facts.record(FACTS, by=None, now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        SiteRecord.objects.update(**columns)


@given(st.text(st.sampled_from("ab.-@ä"), max_size=14))
def test_a_join_link_admits_an_address_of_its_domains_alone(email):
    facts = replace(FACTS, new_accounts="join_links", email_domains=("a.ab", "b-a.ab"))
    assert facts.admits(email) == (email.rpartition("@")[2] in ("a.ab", "b-a.ab"))
    assert not replace(facts, new_accounts="invitations").admits(email)
