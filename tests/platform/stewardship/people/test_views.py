"""`/steward/people/`: the list and its search, adding, editing, and actions on one person."""

from __future__ import annotations

import html
import re

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ROLES, PasswordLink, SingleSignOnLink, User
from accounts.people import find_by_login
from audit.queries import leaves_about, read_public
from privacy.models import Erasure
from stewardship.people.queries import PAGE, ROLE_WORDS, PeopleFilter, load_page
from stewardship.people.search import requests
from tests.fixtures.users import make
from vault.keystore import open_keystore

pytestmark = pytest.mark.django_db
LIST = "/steward/people/"
TYPED = {
    "name": "Lena Fischer",
    "login": "lena",
    "email": "lena@school.example",
    "number": "20433",
    "roles": ["learner"],
    "born": "2011-03-14",
    "age_band": "adult",
}


@pytest.fixture
def client(client_for, amir):
    return client_for(amir)


def text_of(response):
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return html.unescape(re.sub(r"\s+", " ", words))


def page_of(person, tail="account/"):
    return f"{LIST}{person.code}/{tail}"


# --- the list ---


def test_the_newest_come_first_with_what_is_recorded_of_them(client, mia, noah):
    text = text_of(client.get(LIST))

    assert text.index("noah@school.example") < text.index("mia@school.example")
    assert "Active" in text
    assert "3 people" in text


@pytest.mark.parametrize("typed", ["MIA", "mia@School.example", " 4711 "])
def test_the_search_finds_a_whole_log_in_e_mail_or_number(client, mia, noah, amir, typed):
    client.post(
        page_of(mia, "edit/"),
        {**TYPED, "name": "mia", "login": "mia", "email": "mia@school.example", "number": "4711"},
    )
    assert requests.find_exact(typed).codes == (mia.code,)
    assert text_of(client.post(LIST, {"q": typed}, follow=True)).count("@school.example") == 1


@pytest.mark.parametrize("typed", ["ia", "mia@school", "%", "school", "x" * 300])
def test_a_search_without_result_says_what_can_be_searched(client, mia, typed):
    text = text_of(client.post(LIST, {"q": typed}, follow=True))

    assert "No people found" in text
    assert "a full email address, username or number" in text
    assert "the beginning of each word is enough" in text


def test_states_are_counted_and_filtered(client, mia, noah, amir):
    User.objects.filter(pk=mia.pk).update(is_active=False)
    User.objects.filter(pk=noah.pk).update(password=make_password(None))
    User.objects.filter(pk=make("robot").pk).update(password=make_password(None), simulated=True)
    counts = load_page(PeopleFilter()).counts

    assert counts == {"all": 4, "active": 2, "invited": 1, "locked": 1}
    for state, person in (("locked", mia), ("invited", noah)):
        rows = load_page(PeopleFilter(state=state)).rows
        assert [row.code for row in rows] == [person.code]
        assert rows[0].state == state


def test_single_sign_on_accounts_are_active_and_need_no_more_queries(mia, noah, now):
    User.objects.update(password=make_password(None))
    with CaptureQueriesContext(connection) as before:
        assert load_page(PeopleFilter()).counts["invited"] == 2
    for person, digest in ((mia, "a" * 64), (noah, "b" * 64)):
        SingleSignOnLink.objects.create(
            person=person, provider="school", subject_digest=digest, made_at=now, used_at=now
        )
    with CaptureQueriesContext(connection) as after:
        page = load_page(PeopleFilter(state="active"))
    assert (page.counts["active"], page.counts["invited"]) == (2, 0)
    assert [row.state for row in page.rows] == ["active", "active"]
    assert len(after) == len(before)


def test_roles_filter(mia, ines, amir):
    assert [row.code for row in load_page(PeopleFilter(role="author")).rows] == [ines.code]


def test_pages_have_all_people_once_and_a_page_too_far_is_the_last(client):
    for number in range(2 * PAGE + 3):
        make(f"person{number}")
    seen = [row.code for n in (1, 2, 3) for row in load_page(PeopleFilter(page=n)).rows]

    assert len(seen) == len(set(seen)) == User.objects.count()
    assert load_page(PeopleFilter(page=99)).numbers.number == 3
    assert "51–54 of 54" in text_of(client.get(LIST, {"page": "99"}))


@pytest.mark.parametrize("query", ["page=-1", "page=x", "role=wizard", "state=gone", "q=mia"])
def test_an_invalid_address_shows_the_first_page(client, query):
    assert client.get(f"{LIST}?{query}").status_code == 200


def test_the_list_needs_as_many_queries_for_many_people_as_for_few(client, mia):
    def count_queries():
        client.get(LIST)
        with CaptureQueriesContext(connection) as asked:
            client.get(LIST)
        return len(asked)

    few = count_queries()
    for number in range(20):
        make(f"person{number}")

    assert count_queries() == few


def test_a_person_who_is_being_erased_has_no_name(client, mia):
    open_keystore().destroy(mia.code, ["identity"])

    assert "Being erased" in text_of(client.get(LIST))
    page = text_of(client.get(page_of(mia)))
    assert "Being erased" in page
    assert "Show sign-in link" not in page


@pytest.mark.parametrize("act", ["edit", "lock", "link", "sign-out", "guardians", "nomination"])
def test_a_person_who_is_being_erased_cannot_be_changed(client, mia, now, act):
    """In particular, the account is not unlocked again."""
    User.objects.filter(pk=mia.pk).update(is_active=False)
    Erasure.objects.create(subject=mia.code, cause="request", state="frozen", asked_at=now)

    assert client.post(page_of(mia, f"{act}/"), {"act": "unlock", **TYPED}).status_code == 404
    assert client.get(page_of(mia, f"{act}/")).status_code in (404, 405)
    assert not User.objects.get(pk=mia.pk).is_active


# --- adding ---


def test_adding_shows_a_link_that_sets_the_password(client, client_for):
    page = client.post(f"{LIST}add/", TYPED)
    link = re.search(
        r'value="http://testserver(/accounts/start/\?key=[^"]+)"', page.content.decode()
    )

    assert page.status_code == 200
    assert "works once, for 3 days" in text_of(page)
    lena = find_by_login("lena")
    assert lena.age_band == "teen", "the date of birth counts, not the age beside it"
    assert client_for(None).get(link[1]).status_code == 200
    assert read_public(leaves_about(lena.code).get(verb="person.create")) == {"roles": "learner"}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": " "}, "required"),
        ({"login": ""}, "required"),
        ({"login": "mia"}, "Another person already has this username"),
        ({"login": "mia\u200b"}, "invisible characters"),
        ({"email": "lena at school"}, "such as name@school.example"),
        ({"roles": ["wizard"]}, "wizard"),
        ({"born": "2099-01-01"}, "date of birth in the past"),
        ({"born": "1800-01-01"}, "date of birth in the past"),
        ({"age_band": "old"}, "old"),
    ],
)
def test_errors_are_shown_at_their_fields_and_typed_text_remains(client, mia, wrong, says):
    before = User.objects.count()
    page = client.post(f"{LIST}add/", {**TYPED, **wrong})

    assert page.status_code == 422
    assert says in text_of(page)
    assert User.objects.count() == before
    assert 'value="20433"' in page.content.decode()


def test_no_address_on_the_page_contains_the_searched_text(client, mia):
    answer = client.post(LIST, {"q": "mia@school.example"}, follow=True)
    page = answer.content.decode()

    assert "mia@school.example" in page
    assert "mia" not in answer.redirect_chain[0][0]
    assert not [link for link in re.findall(r'(?:href|action)="([^"]*)"', page) if "school" in link]


def test_an_edit_of_a_page_that_is_out_of_date_is_refused(client, mia):
    form = client.get(page_of(mia, "edit/")).content.decode()
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', form)[1]
    typed = {**TYPED, "login": "mia", "seen": seen}
    assert client.post(page_of(mia, "edit/"), typed).status_code == 302

    again = client.post(page_of(mia, "edit/"), {**typed, "name": "Somebody"})
    assert again.status_code == 422
    assert "changed in the meantime" in text_of(again)


def test_a_number_of_another_person_is_refused(client):
    client.post(f"{LIST}add/", TYPED)
    page = client.post(f"{LIST}add/", {**TYPED, "login": "tom"})

    assert "Another person already has this number" in text_of(page)


# --- one person ---


def test_editing_changes_the_record_and_the_person_sees_it(client, client_for, mia):
    form = client.get(page_of(mia, "edit/")).content.decode()
    assert 'value="mia@school.example"' in form

    typed = {**TYPED, "name": "Mia Okafor", "login": "mia", "born": ""}
    assert client.post(page_of(mia, "edit/"), typed).status_code == 302
    assert "Changed: name, email, number" in text_of(client.get(page_of(mia)))
    looked = text_of(client_for(mia).get("/my-data/looked/"))
    assert "changed your account details" in looked
    assert "opened your account: name, email and roles" in looked


def test_the_page_of_a_minor_names_the_day_on_which_they_are_18(client):
    client.post(f"{LIST}add/", TYPED)
    assert "Turns 18 on 14 March 2029" in text_of(client.get(page_of(find_by_login("lena"))))


def test_locking_and_unlocking(client, mia):
    client.post(page_of(mia, "lock/"), {"act": "lock"})
    text = text_of(client.get(page_of(mia)))
    assert "Unlock" in text
    assert "Show sign-in link" not in text

    client.post(page_of(mia, "lock/"), {"act": "unlock"})
    assert User.objects.get(pk=mia.pk).is_active


def test_a_refused_act_says_why_on_the_page(client, amir):
    page = client.post(page_of(amir, "lock/"), {"act": "lock"})

    assert page.status_code == 422
    assert "This is your own account" in text_of(page)


def test_the_page_of_another_steward_offers_no_link(client, sara, mia):
    assert "Show sign-in link" not in text_of(client.get(page_of(sara)))
    assert "Show sign-in link" in text_of(client.get(page_of(mia)))
    assert client.post(page_of(sara, "link/")).status_code == 422


def test_a_link_is_shown_once_and_replaces_the_one_before(client, mia):
    first = client.post(page_of(mia, "link/")).content.decode()
    second = client.post(page_of(mia, "link/")).content.decode()

    assert PasswordLink.objects.filter(user=mia).count() == 1
    assert re.search(r"key=([^\"]+)", first)[1] != re.search(r"key=([^\"]+)", second)[1]


def test_signing_out_everywhere_ends_all_sessions(client, client_for, mia):
    theirs = client_for(mia)
    client.post(page_of(mia, "sign-out/"))

    assert theirs.get("/").status_code == 302


def test_guardians_are_added_and_removed(client, noah, greta):
    assert "greta" in text_of(client.get(page_of(noah)))
    client.post(page_of(noah, "guardians/"), {"end": str(greta.code)})
    assert not noah.guardianships.exists()

    wrong = client.post(page_of(noah, "guardians/"), {"login": "mia"})
    assert "No active guardian account has this username" in text_of(wrong)
    client.post(page_of(noah, "guardians/"), {"login": "greta"})
    assert noah.guardianships.get().guardian == greta
    assert "Guardian of" in text_of(client.get(page_of(greta)))


def test_a_second_steward_confirms_on_the_persons_page(client, client_for, mia, sara, settings):
    settings.LEGAL_PROFILE = "eu_education"
    typed = {**TYPED, "login": "mia", "roles": ["learner", "steward"]}
    client.post(page_of(mia, "edit/"), typed)

    assert "Another data steward has to confirm" in text_of(client.get(page_of(mia)))
    seconds = client_for(sara)
    assert "A data steward can see and change every account" in text_of(seconds.get(page_of(mia)))
    seconds.post(page_of(mia, "nomination/"), {"act": "confirm"})
    assert User.objects.get(pk=mia.pk).has_role("steward")


def test_every_action_on_a_missing_nomination_is_404(client, mia):
    assert client.post(page_of(mia, "nomination/"), {"act": "x"}).status_code == 404


def test_a_last_sign_in_is_named(client, mia):
    User.objects.filter(pk=mia.pk).update(last_login=timezone.now())
    assert f"{timezone.now():%Y}" in text_of(client.get(LIST))


def test_every_role_has_a_name():
    assert set(ROLE_WORDS) == set(ROLES)
