"""The mail server in the environment; an invalid value stops the start."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Final

from django.core.exceptions import ValidationError
from django.core.mail.message import sanitize_address
from django.core.validators import validate_email

from config.env import BadEnvironment, envchoice, envint, envstr, envtoken
from config.local_hosts import is_local

STARTTLS, TLS, NONE = "starttls", "tls", "none"
PORTS: Final = {STARTTLS: 587, TLS: 465, NONE: 25}
REST: Final = ("MAIL_PORT", "MAIL_USER", "MAIL_PASSWORD", "MAIL_PASSWORD_FILE", "MAIL_TLS")


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server that mails are handed to; `host` is empty if this site sends none."""

    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    tls: str = STARTTLS
    sender: str = ""


def read_mail_server(environ: Mapping[str, str] = os.environ, *, address: str) -> MailServer:
    """Return the server named in the environment. Raises BadEnvironment.

    `address` is the site's own address, to which mails link.
    """
    host = envstr("MAIL_HOST", environ=environ)
    if not host:
        _refuse_rest(environ)
        return MailServer()
    if not address:
        raise BadEnvironment(
            "MAIL_HOST is set, and mails do not know where to lead: name this site's own address "
            "in ATTUNE_ORIGINS, such as https://attune.example.org"
        )
    tls = envchoice("MAIL_TLS", tuple(PORTS), environ=environ)
    if tls == NONE and not is_local(host):
        raise BadEnvironment("MAIL_TLS=none is for a mail server on this computer alone")
    port = envint("MAIL_PORT", PORTS[tls], least=1, most=65535, environ=environ)
    user = envstr("MAIL_USER", environ=environ)
    password = envtoken("MAIL_PASSWORD", environ=environ)
    if bool(user) != bool(password):
        raise BadEnvironment("MAIL_USER and MAIL_PASSWORD belong together: give both or neither")
    return MailServer(host, port, user, password, tls, _read_sender(environ))


def _refuse_rest(environ: Mapping[str, str]) -> None:
    found = [name for name in (*REST, "MAIL_FROM") if envstr(name, environ=environ)]
    if found:
        raise BadEnvironment(f"{found[0]} is set and MAIL_HOST is not: give both or neither")


def _read_sender(environ: Mapping[str, str]) -> str:
    """Return the value for each mail's From: `Name <address>` or an address."""
    sender = envstr("MAIL_FROM", environ=environ)
    try:
        # As Django parses it for each mail; `parseaddr` alone accepts several addresses as one.
        sanitize_address(sender, "utf-8")
        validate_email(parseaddr(sender)[1])
        if "\n" in sender or "\r" in sender:
            raise ValidationError("more than one line")
    except (ValueError, ValidationError):
        raise BadEnvironment(
            "MAIL_FROM must be an e-mail such as `Our School <attune@school.example>`"
        ) from None
    return sender
