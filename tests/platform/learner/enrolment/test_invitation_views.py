"""The page behind an invitation: join with an account, create one, or decline; once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.identity import load_identity
from accounts.models import Session, User
from accounts.people import find_by_login
from audit.queries import leaves_about
from courses.access import is_learner
from courses.email_invitations import acceptance, records
from courses.email_invitations.acceptance import NewLearner
from courses.models import EmailInvitation
from tests.fixtures import factories
from tests.fixtures.accounts.email_invitations import (
    LENA,
    PAGE,
    PASSWORD,
    allow,
    invite,
    key_of,
    link_of,
    links_on,
    new_learner,
)
from tests.fixtures.accounts.sent_mail import send
from tests.fixtures.users import NAVIGATES
from vault.keystore import ALL, open_keystore

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(ines):
    made = factories.make_course("algebra")
    factories.make_enrolment(ines, made, role="teacher")
    return made


@pytest.fixture
def link(client_for, course, ines, now, settings):
    """The key of a link that a Teacher passes on."""
    settings.LEGAL_PROFILE = "demo"
    allow(now=now)
    return links_on(invite(client_for(ines)))[0]


@pytest.fixture
def visitor():
    return Client(headers=NAVIGATES)


def test_from_the_teachers_invitation_to_the_course(client_for, inbox, course, ines, visitor):
    allow(now=timezone.now())
    invite(client_for(ines))
    send()
    link = link_of(inbox.mails[0])
    page = visitor.get(link)
    assert "Northfield School" in page.content.decode()
    assert course.title in page.content.decode()
    assert page["Referrer-Policy"] == "strict-origin"
    assert visitor.post(PAGE, new_learner(link))["Location"] == "/courses/algebra/"
    lena = find_by_login(LENA)
    assert lena.roles == ["learner"]
    assert lena.check_password(PASSWORD)
    assert load_identity(lena).email == LENA
    assert load_identity(lena).born is None
    assert is_learner(lena, course)
    assert visitor.get("/courses/algebra/").status_code == 200
    assert "person.create" in leaves_about(lena.code).values_list("verb", flat=True)
    assert visitor.get(link).status_code == 410


def test_opening_the_link_changes_nothing_for_a_scanner_that_opens_it(link, course, visitor):
    before = EmailInvitation.objects.values().get()
    for _ in range(3):
        assert visitor.get(link).status_code == 200
        assert visitor.head(link).status_code == 200
    assert EmailInvitation.objects.values().get() == before


def test_a_used_link_opens_nothing_and_its_address_is_destroyed(link, visitor):
    keys = open_keystore().key_ids(EmailInvitation.objects.get().id)
    visitor.post(PAGE, new_learner(link))
    again = Client(headers=NAVIGATES)
    assert again.get(link).status_code == 410
    told = new_learner(link, login="second")
    assert again.post(PAGE, told).status_code == 410
    assert find_by_login("second") is None
    records.end_due_invitations(now=timezone.now())
    assert not any(open_keystore().has_key(key) for key in keys)


def test_declining_destroys_the_invitation_and_creates_no_account(link, visitor):
    people = User.objects.count()
    page = visitor.post(PAGE, {"key": key_of(link), "act": "decline"})
    assert "You declined the invitation" in page.content.decode()
    assert visitor.get(link).status_code == 410
    assert User.objects.count() == people
    assert EmailInvitation.objects.get().email_sealed is None


def test_a_signed_in_learner_joins(link, client_for, course, mallory):
    client = client_for(mallory)
    page = client.get(link).content.decode()
    assert "Create an account" not in page
    assert not is_learner(mallory, course)
    assert client.post(PAGE, {"key": key_of(link), "act": "accept"}).status_code == 302
    assert is_learner(mallory, course)
    assert client.get(link).status_code == 410


def test_signing_in_returns_to_the_invitation(link, visitor, mallory):
    page = visitor.get(link).content.decode()
    assert f"/accounts/login/?next=%2Finvited%2F%3Fkey%3D{key_of(link)}" in page
    fields = {"login": "mallory", "password": "correct horse battery", "next": link}
    assert visitor.post("/accounts/login/", fields)["Location"] == link


def test_only_a_learner_can_join(link, client_for, amir, course):
    client = client_for(amir)
    assert "is not a learner account" in client.get(link).content.decode()
    assert client.post(PAGE, {"key": key_of(link), "act": "accept"}).status_code == 400
    assert not is_learner(amir, course)


def test_a_visitor_accepts_nothing_without_an_account(link, visitor):
    assert visitor.post(PAGE, {"key": key_of(link), "act": "accept"}).status_code == 400
    assert visitor.get(link).status_code == 200


def test_a_signed_in_person_makes_no_second_account(link, client_for, mallory):
    assert client_for(mallory).post(PAGE, new_learner(link)).status_code == 400
    assert find_by_login(LENA) is None


@pytest.mark.parametrize(
    ("profile", "born", "made"),
    [
        ("demo", "2010-01-01", True),
        ("eu_education", "2010-01-01", False),
        ("us_higher_ed", "2010-01-01", False),
        ("", "2010-01-01", False),
        ("", "1990-01-01", True),
        ("us_higher_ed", "1990-01-01", True),
    ],
)
def test_a_minor_who_needs_a_guardian_creates_no_account(
    link, visitor, settings, profile, born, made
):
    settings.LEGAL_PROFILE = profile
    answer = visitor.post(PAGE, new_learner(link, born=born))
    assert (find_by_login(LENA) is not None) == made
    assert ("Ask your school: it creates" in answer.content.decode()) != made


def test_a_minor_who_decides_alone_has_the_birthday_stored(link, visitor, monkeypatch):
    monkeypatch.setattr("consent.grants.guardian_consent.needs_guardian", lambda *_: False)
    assert visitor.post(PAGE, new_learner(link, born="2010-01-01")).status_code == 302
    lena = find_by_login(LENA)
    assert lena.age_band == "teen"
    assert load_identity(lena).born == date(2010, 1, 1)


def test_a_taken_username_is_refused_and_probing_is_limited(link, visitor, mia):
    for _ in range(5):
        answer = visitor.post(PAGE, new_learner(link, login="mia"))
        assert answer.status_code == 400
        assert "This username is taken" in answer.content.decode()
    assert visitor.post(PAGE, new_learner(link, login="mia")).status_code == 429
    assert visitor.get(link).status_code == 200


def test_too_many_tries_say_when_to_try_again(link, visitor, mia):
    for _ in range(5):
        visitor.post(PAGE, new_learner(link, login="mia"))
    waits = visitor.post(PAGE, new_learner(link))
    assert waits.status_code == 429
    assert 0 < int(waits["Retry-After"]) <= 900
    assert "Try again at" in waits.content.decode()


def test_declining_an_expired_invitation_says_that_it_is_over(link, visitor, monkeypatch):
    monkeypatch.setattr("courses.email_invitations.acceptance.decline", lambda *_, **__: False)
    assert visitor.post(PAGE, {"key": key_of(link), "act": "decline"}).status_code == 410


@pytest.mark.parametrize(
    "wrong",
    [
        {"new": "short", "again": "short"},
        {"again": "another battery staple"},
        {"born": "2199-01-01"},
        {"born": ""},
        {"name": ""},
        {"login": "le\u200bna"},
    ],
)
def test_an_invalid_form_creates_no_account_and_keeps_the_link(link, visitor, wrong):
    people = User.objects.count()
    assert visitor.post(PAGE, new_learner(link, **wrong)).status_code == 400
    assert User.objects.count() == people
    assert visitor.get(link).status_code == 200


def test_where_a_steward_switched_it_off_meanwhile_no_account_is_made(link, visitor, now):
    allow("stewards", now=now)
    page = visitor.get(link).content.decode()
    assert "You cannot create an account with this invitation." in page
    assert visitor.post(PAGE, new_learner(link)).status_code == 400
    assert find_by_login(LENA) is None


def test_where_only_providers_sign_in_the_page_leads_there(link, visitor, settings):
    settings.SIGN_IN_RULES = replace(settings.SIGN_IN_RULES, by_password=False)
    page = visitor.get(link).content.decode()
    assert "Sign in to join" in page
    assert "Create an account" not in page
    assert visitor.post(PAGE, new_learner(link)).status_code == 400


def test_the_page_does_not_say_whether_the_address_has_an_account(
    client_for, course, ines, mia, now, visitor
):
    allow(now=now)
    shown = invite(client_for(ines), f"mia@school.example {LENA}")
    known, unknown = (visitor.get(link).content.decode() for link in links_on(shown))
    assert "Create an account" in known
    assert known.count("<section") == unknown.count("<section")


def test_an_invitation_without_its_key_is_over(link, visitor):
    open_keystore().destroy(EmailInvitation.objects.get().id, ALL)
    assert visitor.get(link).status_code == 410
    assert visitor.post(PAGE, new_learner(link)).status_code == 410


def test_an_expired_link_opens_nothing_before_the_sweep_came(link, visitor):
    EmailInvitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert visitor.get(link).status_code == 410
    assert visitor.post(PAGE, new_learner(link)).status_code == 410


def test_a_new_account_is_signed_in_once(link, visitor):
    visitor.post(PAGE, new_learner(link))
    assert Session.objects.filter(user=find_by_login(LENA)).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_one_link_at_the_same_moment_one_gets_an_account(link):
    start = Barrier(2)

    def use(login):
        told = NewLearner("Lena", login, date(1990, 5, 1), PASSWORD)
        start.wait(timeout=20)
        try:
            return acceptance.accept_as_new(key_of(link), told, now=timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(use, ("lena", "malory")))
    assert made.count(None) == 1
    assert (find_by_login("lena") is None) != (find_by_login("malory") is None)
