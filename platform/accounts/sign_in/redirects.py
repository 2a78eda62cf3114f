"""Where to go after signing in or confirming: a page of this site, or the start page."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

START = "/"


def read_next(request: HttpRequest) -> str:
    """Return the request's raw `next`; use it only to pass it on in a form."""
    return request.POST.get("next") or request.GET.get("next", "")


def next_page(request: HttpRequest) -> str:
    """Return the page in `next` if it is a page of this site, else START."""
    return keep_own_address(request, read_next(request)) or START


def referring_page(request: HttpRequest) -> str:
    """Return path and query of the referring page if it is a page of this site, else START."""
    parts = urlsplit(keep_own_address(request, request.headers.get("Referer", "")))
    return f"{parts.path}?{parts.query}" if parts.query else parts.path or START


def keep_own_address(request: HttpRequest, url: str) -> str:
    """Return the address if it is complete and stays on this site, else ""."""
    stays = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if stays and (url.startswith("/") or urlsplit(url).netloc) else ""


def address_with_next(name: str, then: str) -> str:
    """Return the address of a named page, with `then` as its `next`."""
    return f"{reverse(name)}?{urlencode({'next': then})}" if then else reverse(name)
