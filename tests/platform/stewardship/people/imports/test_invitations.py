"""New people of an import get a link by email if the Steward selects this."""

from __future__ import annotations

import pytest

from accounts.models import PendingMail, User
from accounts.people import find_by_login
from audit.models import Leaf
from stewardship.people.imports.models import ImportRun
from tests.fixtures.accounts.people_imports import FILE, import_file, press, preview, text_of

pytestmark = pytest.mark.django_db
BOX = 'name="invites" checked'


@pytest.fixture
def client(client_for, amir, settings):
    settings.EMAIL_HOST = "127.0.0.1"
    return client_for(amir)


def invited():
    mails = PendingMail.objects.filter(kind="invitation", state="waiting")
    return {mail.person for mail in mails}


def test_each_new_person_is_mailed_a_link_and_an_updated_one_is_not(client):
    import_file(client)
    assert invited() == set()
    address = preview(
        client, FILE.replace("Lena", "Lea") + "20420;Ola;Berg;ola@school.example;;;\n"
    )
    assert BOX in client.get(address).content.decode()
    press(client, address, "start", invites="on")
    assert invited() == {find_by_login("ola@school.example")}
    assert Leaf.objects.filter(verb="person.link_send").count() == 1
    assert "get a sign-in link" in text_of(client.get(address))


def test_without_the_checkbox_no_one_is_mailed(client):
    press(client, preview(client), "start")
    assert invited() == set()
    assert find_by_login("lena@school.example")


def test_a_person_without_an_email_is_added_and_not_mailed(client):
    file = "number;name;username;role\n1;Ada;ada;student\n"
    press(client, preview(client, file), "start", invites="on")
    assert find_by_login("ada")
    assert invited() == set()


def test_a_site_without_mail_offers_no_invitations(client, settings):
    settings.EMAIL_HOST = ""
    address = preview(client)
    assert BOX not in client.get(address).content.decode()
    press(client, address, "start", invites="on")
    assert not PendingMail.objects.exists()


def test_undo_removes_people_who_were_mailed_and_their_mails(client):
    address = preview(client)
    press(client, address, "start", invites="on")
    assert len(invited()) == 2
    press(client, address, "undo")
    assert ImportRun.objects.get().removed == 2
    assert not PendingMail.objects.exists()
    assert User.objects.count() == 1
