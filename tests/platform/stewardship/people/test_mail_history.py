"""Emails to one person on a Steward's pages: a link, an invitation, and their delivery."""

from __future__ import annotations

import pytest

from accounts.models import PasswordLink, PendingMail
from accounts.people import find_by_login
from audit.queries import leaves_about
from tests.platform.stewardship.people.test_views import LIST, TYPED, page_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client_for, amir):
    return client_for(amir)


@pytest.fixture
def server(settings):
    settings.EMAIL_HOST = "127.0.0.1"


def kinds():
    return list(PendingMail.objects.order_by("pk").values_list("kind", flat=True))


def test_a_new_person_with_an_email_is_invited(server, client):
    page = client.post(f"{LIST}add/", TYPED)
    lena = find_by_login("lena")
    assert page["Location"] == page_of(lena)
    assert kinds() == ["invitation"]
    assert "Invitation" in text_of(client.get(page_of(lena)))


def test_without_an_email_the_link_is_shown(server, client):
    page = client.post(f"{LIST}add/", {**TYPED, "email": ""})
    assert "/accounts/start/?key=" in page.content.decode()
    assert kinds() == []


def test_sending_a_link_leaves_a_leaf_with_the_steward(server, client, mia, amir):
    assert client.post(page_of(mia, "link/send/")).status_code == 302
    client.post(page_of(mia, "link/send/"))
    assert kinds() == ["link"]
    assert leaves_about(mia.code).filter(verb="person.link_send").count() == 2
    text = text_of(client.get(page_of(mia)))
    assert "Sign-in link sent" in text
    assert "waiting" in text


def test_showing_a_link_ends_the_mail_that_waits(server, client, mia):
    client.post(page_of(mia, "link/send/"))
    client.post(page_of(mia, "link/"))
    assert kinds() == []
    assert PasswordLink.objects.filter(user=mia).exists()


def test_no_link_is_sent_for_another_steward_or_a_locked_account(server, client, mia, sara):
    assert client.post(page_of(sara, "link/send/")).status_code == 422
    client.post(page_of(mia, "lock/"))
    assert client.post(page_of(mia, "link/send/")).status_code == 422
    assert kinds() == []


def test_no_link_is_sent_to_the_own_account_if_there_is_a_second_steward(
    server, client, amir, sara, settings
):
    settings.LEGAL_PROFILE = "us_higher_ed"
    assert "Send sign-in link" not in text_of(client.get(page_of(amir)))
    assert client.post(page_of(amir, "link/send/")).status_code == 422
    assert kinds() == []
    assert not leaves_about(amir.code).filter(verb="person.link_send").exists()
    type(sara).objects.filter(pk=sara.pk).update(roles=["learner"])
    assert "Send sign-in link" in text_of(client.get(page_of(amir)))
    assert client.post(page_of(amir, "link/send/")).status_code == 302


def test_a_bounced_mail_is_shown(server, client, mia, now):
    PendingMail.objects.create(
        person=mia, kind="reset", state="bounced", made_at=now, due_at=now, done_at=now
    )
    text = text_of(client.get(page_of(mia)))
    assert "Password reset" in text
    assert "bounced: the mail server refused this address" in text
    assert "Send sign-in link" in text


def test_without_a_mail_server_the_page_says_to_pass_links_on(client, mia):
    text = text_of(client.get(page_of(mia)))
    assert "This site sends no email" in text
    assert "Send sign-in link" not in text
    assert "Show sign-in link" in text
    assert client.post(page_of(mia, "link/send/")).status_code == 422
