"""Every URL handles values that no page of ours sends, in any field, without a server error.

Field names are not guessed. A middleware of the test answers every name that a view reads, and the
API's schema names the fields of its bodies.
"""

from __future__ import annotations

import re

import pytest
from django.db import transaction
from django.http import QueryDict
from drf_spectacular.drainage import GENERATOR_STATS

from config.api.schema import ListedSchemaGenerator
from tests.site.pages.test_permission_matrix import (
    API,
    PEOPLE,
    TABLE,
    address_of,
    clients,
    send,
    world,
)

__all__ = ["clients", "world"]
# Values that PostgreSQL or a column cannot store, or that are nested too deeply.
NUL = "\x00"
VALUES = (NUL, "9" * 40, "[" * 100_000)
# The first is no valid UTF-8, so no form can send it.
IN_JSON = ("\ud800", "nan", *VALUES)
PLAN = "X-Strange"


class StrangeFields(QueryDict):
    """The sent fields, with `value` for `name` and for every name that was not sent."""

    def __init__(self, sent, name, value):
        super().__init__(mutable=True)
        self.update({key: sent[key] for key in sent if key != name})
        self.value = value

    def __contains__(self, key):
        return True

    def __getitem__(self, key):
        return super().__getitem__(key) if super().__contains__(key) else self.value

    def lists(self):
        return iter([*super().lists(), ("any", [self.value])])

    def get(self, key, default=None):
        return self[key]

    def getlist(self, key, default=None):
        return [self[key]]


class PutStrangeFieldsIn:
    """Middleware that reads from a header which field is strange, and its value."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if PLAN not in request.headers:
            return self.get_response(request)
        name, _, number = request.headers[PLAN].partition("|")
        request.GET = StrangeFields(request.GET, name, VALUES[int(number)])
        if request.method == "POST" and not request.path.startswith(API):
            request.POST = StrangeFields(request.POST, name, VALUES[int(number)])
        return self.get_response(request)


@pytest.fixture(scope="module")
def body_fields():
    """Return the fields of each API body, by method and URL."""
    with GENERATOR_STATS.silence():
        schema = ListedSchemaGenerator().get_schema(request=None, public=True)
    forms = schema["components"]["schemas"]
    return {
        (method.upper(), path): forms[form["$ref"].rpartition("/")[2]]["properties"]
        for path, told in schema["paths"].items()
        for method, operation in told.items()
        for form in [body_of(operation)]
        if form
    }


def path_of(address):
    """Return the URL as the schema writes it."""
    return re.sub(r"<\w+:(\w+)>", r"{\1}", address)


def body_of(operation):
    content = operation.get("requestBody", {}).get("content", {})
    return content.get("application/json", {}).get("schema")


def strange_forms(sent):
    """Return what is strange, the sent fields, and the headers for the middleware."""
    for name in ("", *sent):
        for number, value in enumerate(VALUES):
            # A NUL anywhere is refused before a view reads a field.
            if value != NUL or not name:
                fields, headers = sent if name else {}, {PLAN: f"{name}|{number}"}
                yield f"{name or 'any'}={value[:9]!r}", fields, headers


def strange_bodies(sent, names):
    """Do the same for JSON: each value alone, in a list, in pairs, and as a key."""
    for name in sorted({*sent, *names}):
        for value in IN_JSON:
            for strange in (value, [value], [[value, value]], {value: ""}):
                yield f"{name}={str(strange)[:14]!r}", {**sent, name: strange}, {}


def failures(method, address, clients, world, body_fields):
    """Return each field and value that made the site fail."""
    person = next(name for name in PEOPLE if TABLE[method, address][name] == "in")
    client = clients[person]
    client.raise_request_exception = False
    url, sent = address_of(address, world), world.get(address, {}).get("post", {})
    if method == "GET" or not address.startswith(API):
        asked = strange_forms(sent if method == "POST" else {})
    else:
        asked = strange_bodies(sent, body_fields.get((method, path_of(address)), ()))
    for strange, fields, headers in asked:
        cookies = client.cookies.copy()
        with transaction.atomic():
            status = send(client, method, url, fields, headers=headers).status_code
            transaction.set_rollback(True)
        client.cookies = cookies
        # Readiness is 503 without a worker.
        if status >= 500 and (address, status) != ("/health/ready", 503):
            yield f"{method} {address} as {person}, {strange}: {status}"


def test_every_body_of_the_schema_is_tested(body_fields):
    assert body_fields
    assert body_fields.keys() <= {(method, path_of(address)) for method, address in TABLE}


@pytest.mark.parametrize("part", sorted({address.split("/")[1] for _, address in TABLE}))
def test_no_strange_value_in_any_field_makes_the_site_fail(
    part, clients, world, settings, body_fields
):
    settings.MIDDLEWARE = [f"{__name__}.PutStrangeFieldsIn", *settings.MIDDLEWARE]
    rows = [
        (method, address)
        for method, address in sorted(TABLE)
        if address.split("/")[1] == part
        and method in {"GET", "POST", "PUT"}
        and "in" in TABLE[method, address].values()
    ]
    assert [each for row in rows for each in failures(*row, clients, world, body_fields)] == []
