"""The site makes no unlisted outbound calls, and deserialises nothing that could run code.

The source is walked. No URL written by an Author is ever fetched (T18): modules that call out are
listed with their targets. Nothing is unpickled, and no XML of strangers is parsed (T17, T20).
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SOURCES = ("attune_client", "bridge", "platform", "emotion", "interventions", "tools")
CLIENTS = {
    "aiohttp", "asyncssh", "boto3", "django.core.mail", "ftplib", "grpc", "http.client", "httpx",
    "httpx2", "httpcore", "imaplib", "obstore", "paramiko", "poplib", "pycurl", "requests",
    "smtplib", "socket", "telnetlib", "flwr", "urllib.request", "urllib3", "websocket",
    "websockets", "xmlrpc",
}  # fmt: skip
# HTTP modules. The site has one client, and one for OpenID providers; the lab bridge, which runs
# without the site, has another.
HTTP = {"aiohttp", "http.client", "httpx", "httpx2", "httpcore", "pycurl", "requests",
        "urllib.request", "urllib3"}  # fmt: skip
HTTP_CLIENTS = {
    "platform/vault/http_client.py",
    "bridge/http_client.py",
    # authlib calls OpenID providers by httpx2, in the event loop.
    "platform/accounts/bounded_client.py",
    "platform/accounts/single_sign_on/oidc/provider_client.py",
    # Learning platforms, in the same event loop.
    "platform/lti/platform_client.py",
    # Sends a body in parts, at the speed of a slow line.
    "tools/loadtest/films/film_sender.py",
}
CALLS = {"create_connection", "open_connection", "open_unix_connection", "urlopen", "urlretrieve"}
ACTING = {"dill", "joblib", "marshal", "pickle", "shelve", "yaml", "cloudpickle"}
XML = {"lxml", "xml", "xmltodict", "html5lib", "bs4"}

OUTWARD = {
    "emotion/federated/flower/hub.py": "listens to institutions, where somebody starts it",
    "emotion/federated/flower/institution.py": "the hub that it is told, where somebody starts it",
    "emotion/federated/demo.py": "finds a free port of this machine",
    "attune_client/connection.py": "the socket of the site that its user names",
    "bridge/http_client.py": "on a lab's computer: the site it is told, by https",
    "platform/accounts/mail/smtp_connection.py": "the mail server that the operator names",
    "platform/accounts/mail/delivery.py": "the same, by smtp_connection.py",
    "platform/accounts/mail/message.py": "writes a mail and hands nothing over",
    "platform/accounts/bounded_client.py": "the same, with a largest answer",
    "platform/accounts/single_sign_on/oidc/provider_client.py": (
        "the OpenID providers that the operator names"
    ),
    "platform/lti/platform_client.py": ("the learning platforms that a Steward registered"),
    "platform/config/server/socket_handoff.py": (
        "its own other process, by the pair that both were born with"
    ),
    "platform/config/mail_server.py": "reads how the sender is written, calls nobody",
    "platform/courses/email_invitations/mails.py": "writes a mail and hands nothing over",
    "platform/courses/media/s3_store.py": "the bucket that the operator names",
    "tools/testbed/free_ports.py": "finds free ports of this machine",
    "tools/loadtest/ingest/client.py": "the bench's own server on this machine",
    "tools/loadtest/films/film_sender.py": "the bench's own server on this machine",
    "tools/testbed/proxy.py": "between such a page and such a site",
    "platform/deployment/free_port.py": "listens for a moment, calls nobody",
    "platform/vault/postgres_table.py": "cuts its own connection to the keystore's database",
    "platform/vault/http_client.py": "the addresses of CALLERS, without following a redirect",
}
# The users of the HTTP client and their targets.
CALLERS = {
    "platform/audit/witness_publisher.py": "the outside witness that the operator names",
    "tools/testbed/environment.py": "the bench's own server on this machine",
    "tools/testbed/openbao_server.py": "the testbed's own key service on this machine",
    "tools/hosts/load_balancer.py": "the testbed's own site on this machine",
    "tools/scans/lighthouse.py": "the site that is judged",
    "tools/scans/target_site.py": "the site that is judged",
    "platform/demo/management/commands/demo.py": "its own site: is it ready?",
    "tools/loadtest/people/steward_browser.py": "the bench's own server on this machine",
    "platform/demo/simulated_learners/http_client.py": (
        "a simulated Learner's requests to our own site"
    ),
    "platform/lti/services/access_tokens.py": "the learning platforms that a Steward registered",
    "platform/privacy/export/lrs_delivery.py": "the learning record store that the operator names",
    "platform/vault/hashicorp_transit.py": "the transit service that the operator names",
}
READS_XML = {
    "platform/authoring/formats/text/safe_xml.py": "others' courses, by expat, which opens nothing",
    "tools/scans/dynamic_scans.py": "the report that a judge just wrote",
}


@cache
def names(source: str) -> frozenset[str]:
    """Return imported modules, and called functions that open a connection."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call):
            called = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
            found |= {called} & CALLS
    return frozenset(found)


def uses(source: str, wanted: set[str]) -> bool:
    """Return whether a source uses a module or anything inside it."""
    return any(
        ".".join(parts[:length]) in wanted
        for parts in (name.split(".") for name in names(source))
        for length in range(1, len(parts) + 1)
    )


def files_using(wanted: set[str]) -> set[str]:
    files = [f for folder in SOURCES
             for f in (ROOT / folder).rglob("*.py")]  # fmt: skip
    assert len(files) > 200
    return {str(f.relative_to(ROOT)) for f in files if uses(f.read_text(), wanted)}


def test_only_the_listed_files_call_out():
    assert files_using(CLIENTS | CALLS) == set(OUTWARD)


def test_all_http_requests_use_the_one_client():
    assert files_using(HTTP | {"urlopen", "urlretrieve"}) == HTTP_CLIENTS
    assert files_using({"vault.http_client"}) == set(CALLERS)


def test_nothing_executable_is_deserialised():
    assert files_using(ACTING) == set()


def test_xml_is_parsed_in_two_places_only():
    assert files_using(XML) == set(READS_XML)


@pytest.mark.parametrize(
    "source",
    [
        "import requests",
        "from urllib import request",
        "from urllib.request import urlopen",
        "def f():\n    import http.client",
        "import asyncio\nasyncio.open_connection('h', 1)",
        "from django.core.mail import send_mail",
        "from django.core import mail",
        "import socket as s",
    ],
)
def test_a_planted_outbound_call_is_detected(source):
    assert uses(source, CLIENTS | CALLS)


@pytest.mark.parametrize("source", ["from urllib.parse import urlsplit", "import http", "x = 1"])
def test_parsing_urls_is_no_outbound_call(source):
    assert not uses(source, CLIENTS | CALLS)
