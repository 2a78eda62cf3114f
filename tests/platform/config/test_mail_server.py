"""The mail server in the environment: complete or absent, and without TLS only on this computer."""

from __future__ import annotations

import pytest

from config.env import BadEnvironment
from config.local_hosts import find_address
from config.mail_server import MailServer, read_mail_server

WHOLE = {"MAIL_HOST": "mail.school.example", "MAIL_FROM": "Our School <attune@school.example>"}


def read(environ, address="https://attune.example"):
    return read_mail_server(environ, address=address)


def test_without_variables_there_is_no_server():
    assert read({}) == MailServer()


@pytest.mark.parametrize(
    ("tls", "port"), [({}, 587), ({"MAIL_TLS": "tls"}, 465), ({"MAIL_PORT": "2525"}, 2525)]
)
def test_the_port_goes_by_the_kind_of_tls(tls, port):
    assert read({**WHOLE, **tls}).port == port


def test_a_password_may_come_from_a_file_and_is_not_printed(tmp_path):
    file = tmp_path / "password"
    file.write_text("long and secret\n")
    server = read({**WHOLE, "MAIL_USER": "us", "MAIL_PASSWORD_FILE": str(file)})
    assert server.password == "long and secret"
    assert "secret" not in repr(server)


def test_a_local_server_may_be_used_without_tls():
    assert read({**WHOLE, "MAIL_HOST": "127.0.0.1", "MAIL_TLS": "none"}).port == 25


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"MAIL_TLS": "none"}, "on this computer alone"),
        ({"MAIL_TLS": "ssl"}, "must be one of starttls, tls, none"),
        ({"MAIL_PORT": "0"}, "from 1 to 65535"),
        ({"MAIL_USER": "us"}, "belong together"),
        ({"MAIL_PASSWORD": "secret"}, "belong together"),
        ({"MAIL_FROM": ""}, "MAIL_FROM must be an e-mail"),
        ({"MAIL_FROM": "Our School"}, "MAIL_FROM must be an e-mail"),
        ({"MAIL_FROM": "a@x.example, b@y.example"}, "MAIL_FROM must be"),
        ({"MAIL_FROM": "Our School <a@x.example> junk"}, "MAIL_FROM must be"),
        ({"MAIL_FROM": "Our: School <a@x.example>"}, "MAIL_FROM must be"),
        ({"MAIL_FROM": "Our\nSchool <a@x.example>"}, "MAIL_FROM must be"),
        ({"MAIL_FROM": "us@school.example\nBcc: x@evil.example"}, "MAIL_FROM must be"),
        ({"MAIL_HOST": ""}, "MAIL_FROM is set and MAIL_HOST is not"),
    ],
)
def test_an_invalid_value_stops_the_start(more, said):
    with pytest.raises(BadEnvironment, match=said):
        read({**WHOLE, **more})


@pytest.mark.parametrize("sender", ["us@school.example", "Schule Süd <us@school.example>"])
def test_a_sender_is_an_email_with_a_name_or_without(sender):
    assert read({**WHOLE, "MAIL_FROM": sender}).sender == sender


def test_a_site_with_only_patterns_sends_no_mail():
    with pytest.raises(BadEnvironment, match="ATTUNE_ORIGINS"):
        read(WHOLE, find_address([], ["*"], https=True))
    assert read({}, "") == MailServer()


@pytest.mark.parametrize(
    ("origins", "hosts", "address"),
    [
        (["https://*.example", "https://attune.example"], ["a.example"], "https://attune.example"),
        ([], [".example", "attune.example"], "https://attune.example"),
        (["https://*.example"], [".example", "*"], ""),
        ([], [], ""),
    ],
)
def test_the_address_of_the_site_is_the_first_that_is_no_pattern(origins, hosts, address):
    assert find_address(origins, hosts, https=True) == address
