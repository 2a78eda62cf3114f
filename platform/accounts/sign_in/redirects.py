"""Where to go after a log-in or a confirmation: a page of this site, or the start page."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

START = "/"


def asked_for(request: HttpRequest) -> str:
    """What the request names as `next`, as it stands; only to be carried on in a form."""
    return request.POST.get("next") or request.GET.get("next", "")


def wanted(request: HttpRequest) -> str:
    """The page asked for, only where it is a page of this site."""
    return own(request, asked_for(request)) or START


def came_from(request: HttpRequest) -> str:
    """Path and query of the page that sent this form, only where it is one of this site."""
    parts = urlsplit(own(request, request.headers.get("Referer", "")))
    return f"{parts.path}?{parts.query}" if parts.query else parts.path or START


def own(request: HttpRequest, url: str) -> str:
    """The address itself where it is a whole one that stays on this site, else an empty text."""
    stays = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if stays and (url.startswith("/") or urlsplit(url).netloc) else ""


def by_way_of(name: str, then: str) -> str:
    """The address of a page of ours that goes on to `then`."""
    return f"{reverse(name)}?{urlencode({'next': then})}" if then else reverse(name)
