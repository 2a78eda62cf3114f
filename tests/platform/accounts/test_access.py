"""Guards: sign-in for visitors, 404 for strangers, 403 for readers who act."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.access import (
    person_for_steward,
    require_person,
    require_role,
    uuid_or_404,
    uuid_or_none,
    ward_for_guardian,
)

pytestmark = pytest.mark.django_db


@require_role("steward", readers=("author",))
def stewards(request):
    return HttpResponse("in")


@require_person
def anybody(request):
    return HttpResponse("in")


def ask(rf, view, user, method="get", path="/steward/?a=1"):
    request = getattr(rf, method)(path)
    request.user = user or AnonymousUser()
    return view(request)


def test_a_visitor_is_sent_to_the_log_in_and_back(rf):
    response = ask(rf, stewards, None)
    assert response["Location"] == "/accounts/login/?next=%2Fsteward%2F%3Fa%3D1"
    assert ask(rf, anybody, None).status_code == 302


def test_a_visitors_form_is_not_repeated_after_the_log_in(rf):
    assert ask(rf, stewards, None, "post")["Location"] == "/accounts/login/"


def test_the_api_answers_a_visitor_with_401(rf):
    response = ask(rf, stewards, None, path="/api/v1/people/")
    assert response.status_code == 401
    assert b'"code": "not_signed_in"' in response.content


def test_the_role_may_read_and_act(rf, amir):
    assert ask(rf, stewards, amir).content == b"in"
    assert ask(rf, stewards, amir, "post").content == b"in"


def test_a_stranger_gets_a_404(rf, mallory):
    with pytest.raises(Http404):
        ask(rf, stewards, mallory)


def test_a_reader_may_read_but_not_act(rf, ines):
    assert ask(rf, stewards, ines).content == b"in"
    with pytest.raises(PermissionDenied):
        ask(rf, stewards, ines, "post")


def test_only_a_steward_finds_a_person(amir, ines, mia):
    assert person_for_steward(amir, mia.code) == mia
    for user, code in ((ines, mia.code), (mia, mia.code), (amir, uuid4())):
        with pytest.raises(Http404):
            person_for_steward(user, code)


def test_only_the_guardian_finds_the_ward(greta, noah, mia, amir):
    assert ward_for_guardian(greta, noah.code) == noah
    for user, code in ((amir, noah.code), (noah, noah.code), (greta, mia.code)):
        with pytest.raises(Http404):
            ward_for_guardian(user, code)


@given(st.uuids())
def test_a_code_is_read_as_it_is_written(code):
    assert uuid_or_404(str(code)) == uuid_or_none(str(code)) == code


@given(st.text())
@example("")
@example("1" * 31)
def test_a_text_that_is_no_code_is_a_404(text):
    with suppress(Http404):
        assert isinstance(uuid_or_404(text), UUID)
    assert isinstance(uuid_or_none(text), UUID | None)
