"""Signing out at the provider as well (OpenID Connect RP-Initiated Logout 1.0).

The page after a log-out offers it as a link. A cookie names the provider by which this browser
signed in last, until the browser is closed or a person signs in by password. No ID token is stored,
so the provider asks the person to confirm.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from accounts.single_sign_on.providers import Provider


@dataclass(frozen=True, slots=True)
class SignOutOffer:
    """A provider's name, and its page for signing out."""

    name: str
    there: str


def remember_provider(response: HttpResponseBase, provider: Provider) -> None:
    """Store by which provider this browser signed in, until the browser is closed."""
    response.set_cookie(
        _name(),
        provider.key,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def forget_provider(request: HttpRequest, response: HttpResponseBase) -> None:
    """Delete the cookie when a person signs in by password."""
    if _name() in request.COOKIES:
        response.delete_cookie(_name(), samesite="Lax")


def find_offer(request: HttpRequest) -> SignOutOffer | None:
    """Return where to sign out too; None if this process knows no such page.

    The address comes from the provider's metadata, never from the request.
    """
    provider = settings.SIGN_IN_RULES.find(request.COOKIES.get(_name(), ""))
    if provider is None:
        return None
    # Imported on use: a site without providers does not need it.
    from accounts.single_sign_on.oidc.provider_cache import find_metadata

    metadata = find_metadata(provider)
    if metadata is None or not metadata.end_session:
        return None
    back = request.build_absolute_uri(reverse("accounts:login"))
    parameters = urlencode({"client_id": provider.client_id, "post_logout_redirect_uri": back})
    parts = urlsplit(metadata.end_session)
    query = f"{parts.query}&{parameters}" if parts.query else parameters
    return SignOutOffer(provider.name, urlunsplit(parts._replace(query=query, fragment="")))


def _name() -> str:
    """Return the cookie's name; the prefix `__Host-` keeps neighbouring sites from setting it."""
    return f"{settings.HOST_ONLY}provider"
