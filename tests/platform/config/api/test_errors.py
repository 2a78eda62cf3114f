"""The API's refusals have one format, and its lists cursor pages."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions

from config.api.errors import error_response
from config.api.pagination import ApiCursorPagination


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Http404("User 17 of course algebra"), 404, "not_found"),
        (PermissionDenied("ines teaches it"), 403, "permission_denied"),
        (exceptions.NotAuthenticated(), 401, "not_authenticated"),
        (exceptions.AuthenticationFailed(), 401, "authentication_failed"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.ValidationError({"label": ["unknown"]}), 400, "invalid"),
        (exceptions.ParseError(), 400, "parse_error"),
    ],
)
def test_every_refusal_has_a_detail_and_a_code(error, status, code):
    answer = error_response(error, {})
    assert answer.status_code == status
    assert answer.data.keys() == {"detail", "code"}
    assert answer.data["code"] == code


@pytest.mark.parametrize("error", [Http404("User 17"), PermissionDenied("User 17")])
def test_a_refusal_does_not_reveal_what_was_requested(error):
    assert "17" not in str(error_response(error, {}).data)


@pytest.mark.django_db
def test_an_address_of_no_operation_is_answered_in_the_same_shape(client):
    answer = client.get("/api/v1/courses/no course/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")
    assert answer.json() == {"detail": "Not found.", "code": "not_found"}
    assert client.get("/no page/")["Content-Type"].startswith("text/html")


def test_an_unexpected_error_is_not_turned_into_a_refusal():
    assert error_response(ZeroDivisionError(), {}) is None


def test_pages_count_nothing():
    assert not hasattr(ApiCursorPagination(), "count")
    assert ApiCursorPagination.ordering == "id"
