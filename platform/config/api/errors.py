"""The API's error format `{"detail", "code"}`, for every kind of error."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.defaults import page_not_found
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from consent.permits.errors import Refused

NOT_FOUND = "Not found."


def error_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return DRF's response in the API's format; None leaves an unexpected error to Django."""
    if isinstance(error, Refused):
        return Response({"detail": error.why, "code": error.code}, status=403)
    response = exception_handler(error, context)
    if response is None:
        return None
    response.data = {"detail": _detail(error), "code": _code(error)}
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        response.status_code = 401
    return response


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an unknown address: below `/api/` in the API's format, else as a page."""
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": NOT_FOUND, "code": "not_found"}, status=404)
    return page_not_found(request, exception)


def _code(error: Exception) -> str:
    if isinstance(error, Http404):
        return "not_found"
    if isinstance(error, PermissionDenied):
        return "permission_denied"
    if isinstance(error, exceptions.ValidationError):
        return "invalid"
    return str(getattr(error, "default_code", "error"))


def _detail(error: Exception) -> Any:
    if isinstance(error, exceptions.APIException):
        return error.detail
    return NOT_FOUND if isinstance(error, Http404) else "You may read this but not do that."
