"""A mail server with TLS for the site under test."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.utils import timezone

from accounts.identity import load_identity, seal_identity
from accounts.models import User
from tests.fixtures.servers import mail_server


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return mail_server.make_certificate(tmp_path_factory.mktemp("mail"))


@pytest.fixture
def inbox(certificate, settings, monkeypatch):
    """Return the mails that arrived at the server in the settings."""
    settings.LEGAL_PROFILE = "demo"
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    inbox = mail_server.Inbox()
    with mail_server.run_server(certificate, inbox) as port:
        mail_server.name_server(settings, port)
        yield inbox


@pytest.fixture
def give_email():
    """Record another e-mail address of a person, without an act of a Steward."""

    def give(person, email):
        identity = replace(load_identity(person), email=email)
        columns = seal_identity(identity, person.code, now=timezone.now())
        User.objects.filter(pk=person.pk).update(**columns)
        person.refresh_from_db()

    return give
