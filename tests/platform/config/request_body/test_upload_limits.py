"""Who may send a large body: signed-in people with the form's role, and no one else."""

from __future__ import annotations

import pytest
from django.conf import settings

from config.request_body.limits import (
    DEFAULT_BYTES,
    UPLOADED,
    UPLOADS,
    BodyAllowance,
    NotSignedIn,
    find_allowance,
)
from tests.fixtures.users import client_for_person

FORM = "author/import/"


def request_of(person):
    client = client_for_person(person)
    name = settings.SESSION_COOKIE_NAME
    cookie = f"{name}={client.cookies[name].value}".encode()
    return {"path": f"/{FORM}", "headers": [(b"cookie", cookie)]}


def test_an_author_may_send_as_much_as_the_form_takes(ines):
    assert ines.has_role(UPLOADS[FORM].role)
    assert find_allowance(request_of(ines)) == BodyAllowance(UPLOADS[FORM].most, ines.pk, UPLOADED)


def test_a_learner_may_send_no_more_than_in_any_other_form(mia):
    assert find_allowance(request_of(mia)) == BodyAllowance(DEFAULT_BYTES)


@pytest.mark.parametrize("headers", [[], [(b"cookie", b"sessionid=unknown")]])
def test_a_large_body_without_a_log_in_is_refused(headers, db):
    with pytest.raises(NotSignedIn):
        find_allowance({"path": f"/{FORM}", "headers": headers})
