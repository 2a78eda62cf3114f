"""Data protection → Site: the recorded facts, and a confirmation before notices change."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from accounts.single_sign_on.providers import Provider, SignInRules
from accounts.site import site_facts
from audit.models import Leaf
from consent.models import Notice
from consent.notices.site_change import change_site
from tests.platform.accounts.site.test_site_facts import FACTS

MAKES = "People who sign in through {} for the first time also get an account."
pytestmark = pytest.mark.django_db
HERE = "/steward/site/"
TYPED = {
    "name": FACTS.name,
    "controller": FACTS.controller,
    "contact": FACTS.contact,
    "officer": FACTS.officer,
    "time_zone": FACTS.time_zone,
    "languages": list(FACTS.languages),
    "new_accounts": "stewards",
    "email_domains": "",
}


@pytest.fixture
def steward(client_for, amir):
    return client_for(amir)


def typed(**changes):
    """Return what a form sends that was opened just now."""
    return {**TYPED, "seen": site_facts.load().mark(), **changes}


def versions():
    return set(Notice.objects.values_list("version", flat=True))


def test_it_shows_the_recorded_facts(steward, now):
    assert "do not name a controller or contact yet" in steward.get(HERE).content.decode()
    change_site(FACTS, by=None, now=now)
    page = steward.get(HERE).content.decode()
    assert "do not name a controller or contact yet" not in page
    assert FACTS.contact in page
    assert '<a href="/steward/site/" aria-current="page">Site</a>' in page


def test_a_new_contact_is_asked_for_twice_and_makes_the_next_version(steward, now):
    change_site(FACTS, by=None, now=now)
    wanted = typed(contact="01234 567")
    asked = steward.post(HERE, wanted)
    assert asked.status_code == 200
    page = asked.content.decode()
    assert "Consents given under the old text stop" in page
    assert 'name="publish"' in page
    assert 'value="01234 567"' in page
    assert (site_facts.load(), versions()) == (FACTS, {1})

    assert steward.post(HERE, {**wanted, "publish": "yes"})["Location"] == HERE
    assert site_facts.load() == replace(FACTS, contact="01234 567")
    assert versions() == {1, 2}
    leaf = Leaf.objects.filter(verb="site.change").order_by("-at").first()
    assert leaf.public == "fields=contact"


def test_a_name_a_time_zone_and_languages_change_at_the_first_press(steward, now):
    change_site(FACTS, by=None, now=now)
    more = {"name": "Southfield", "time_zone": "Asia/Tokyo", "languages": ["de"]}
    assert steward.post(HERE, typed(**more)).status_code == 302
    found = site_facts.load()
    assert (found.name, found.time_zone, found.languages) == ("Southfield", "Asia/Tokyo", ("de",))
    assert versions() == {1}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "This field is required."),
        ({"time_zone": "Europe/Narnia"}, "such as Europe/Berlin"),
        ({"languages": []}, "Select at least one language."),
        ({"languages": ["tlh"]}, "tlh is not one of the available choices"),
        ({"controller": "<b>School</b>"}, "Enter it without “&lt;”."),
    ],
)
def test_an_invalid_fact_is_an_error_at_its_field_and_changes_nothing(steward, now, wrong, said):
    change_site(FACTS, by=None, now=now)
    answer = steward.post(HERE, typed(**wrong, publish="yes"))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert (site_facts.load(), versions()) == (FACTS, {1})


@pytest.mark.parametrize("press", [{}, {"publish": "yes"}])
def test_concurrent_changes_are_not_overwritten(steward, now, press):
    change_site(FACTS, by=None, now=now)
    mine = typed(name="Southfield", contact="01234 567", **press)
    theirs = replace(FACTS, time_zone="Asia/Tokyo")
    change_site(theirs, by=None, now=now)
    if not press:
        mine = {**mine, "contact": FACTS.contact}
    answer = steward.post(HERE, mine)
    assert answer.status_code == 422
    assert "The site details were changed in the meantime." in answer.content.decode()
    assert (site_facts.load(), versions()) == (theirs, {1})


def test_a_form_without_the_digest_of_its_facts_is_refused(steward, now):
    change_site(FACTS, by=None, now=now)
    assert steward.post(HERE, {**TYPED, "name": "Southfield"}).status_code == 422
    assert site_facts.load() == FACTS


def test_enter_in_a_field_does_not_publish(steward, now):
    change_site(FACTS, by=None, now=now)
    page = steward.post(HERE, typed(contact="01234 567")).content.decode()
    form = page[page.index('<form class="record"') :]
    assert 'name="publish"' not in re.search(r"<button[^>]*>", form)[0]


@pytest.mark.parametrize("name", ["mia", "ines", "ravi"])
def test_it_is_404_for_others(name, request, client_for):
    client = client_for(request.getfixturevalue(name))
    assert client.get(HERE).status_code == 404
    assert client.post(HERE, TYPED).status_code == 404
    assert not site_facts.is_recorded()


def test_a_steward_lets_teachers_and_join_links_bring_new_people(steward, now):
    change_site(FACTS, by=None, now=now)
    assert not site_facts.load().invites_by_email
    assert 'value="stewards"' in steward.get(HERE).content.decode()
    wanted = {"new_accounts": "join_links", "email_domains": "Northfield.example, mail.n-f.example"}
    assert steward.post(HERE, typed(**wanted))["Location"] == HERE
    facts = site_facts.load()
    assert facts.email_domains == ("northfield.example", "mail.n-f.example")
    assert facts.invites_by_email
    leaf = Leaf.objects.filter(verb="site.change").order_by("-at").first()
    assert leaf.public == "fields=new_accounts,email_domains"
    assert "northfield.example, mail.n-f.example" in steward.get(HERE).content.decode()
    assert versions() == {1}


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"new_accounts": "join_links"}, "Enter at least one email domain for join links."),
        ({"new_accounts": "join_links", "email_domains": "@a.example"}, "not “@a.example”"),
        ({"email_domains": "localhost"}, "not “localhost”"),
        ({"email_domains": "schön.example"}, "not “schön.example”"),
        ({"email_domains": "10.0.0.1"}, "not “10.0.0.1”"),
        ({"email_domains": " ".join(f"a{n}.example" for n in range(13))}, "at most 12 domains"),
        ({"new_accounts": "everybody"}, "Select a valid choice"),
    ],
)
def test_new_accounts_are_created_in_one_of_three_ways_with_domains(steward, now, wanted, told):
    change_site(FACTS, by=None, now=now)
    refused = steward.post(HERE, typed(**wanted))
    assert refused.status_code == 422
    assert told in refused.content.decode()
    assert site_facts.load() == FACTS


def provider(name, *, makes):
    return Provider(name.lower(), name, "https://x.example", "id", "secret", create_accounts=makes)


@pytest.mark.parametrize("wrong", [False, True], ids=["shown", "refused"])
def test_it_says_which_providers_make_accounts_whatever_is_chosen(steward, settings, wrong):
    settings.SIGN_IN_RULES = SignInRules(
        (provider("Northgate", makes=True), provider("Eastgate", makes=True),
         provider("Southgate", makes=False))
    )  # fmt: skip
    answer = steward.post(HERE, typed(time_zone="Narnia")) if wrong else steward.get(HERE)
    page = answer.content.decode()
    for name in ("Northgate", "Eastgate"):
        assert page.count(MAKES.format(name)) == 1
        assert page.index("By data stewards only") < page.index(MAKES.format(name))
    assert MAKES.format("Southgate") not in page


def test_without_such_a_provider_none_is_mentioned(steward, settings):
    settings.SIGN_IN_RULES = SignInRules((provider("Southgate", makes=False),))
    assert "also get an account" not in steward.get(HERE).content.decode()
