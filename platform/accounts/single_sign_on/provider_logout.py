"""Signing out at the provider as well (OpenID Connect RP-Initiated Logout 1.0).

The page after a log-out offers it as a link. A cookie names the provider by which this browser
signed in last, until it is closed or a person signs in by password. No ID token is kept, so the
provider asks the person once more.
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
    """A provider by name, and its page for signing out."""

    name: str
    there: str


def remember_provider(response: HttpResponseBase, provider: Provider) -> None:
    """Note by which provider this browser signed in, until the browser is closed."""
    response.set_cookie(
        _name(),
        provider.key,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def forget_provider(request: HttpRequest, response: HttpResponseBase) -> None:
    """Forget it as a person signs in by password."""
    if _name() in request.COOKIES:
        response.delete_cookie(_name(), samesite="Lax")


def find_offer(request: HttpRequest) -> SignOutOffer | None:
    """Return where to sign out, too; None where this process does not know such a page.

    The address is that of the provider's own description, never one of the request.
    """
    provider = settings.SIGN_IN_RULES.find(request.COOKIES.get(_name(), ""))
    if provider is None:
        return None
    # Loaded where it is used: a site without providers has no use for it.
    from accounts.single_sign_on.oidc.provider_cache import find_metadata

    metadata = find_metadata(provider)
    if metadata is None or not metadata.end_session:
        return None
    back = request.build_absolute_uri(reverse("accounts:login"))
    asked = urlencode({"client_id": provider.client_id, "post_logout_redirect_uri": back})
    parts = urlsplit(metadata.end_session)
    query = f"{parts.query}&{asked}" if parts.query else asked
    return SignOutOffer(provider.name, urlunsplit(parts._replace(query=query, fragment="")))


def _name() -> str:
    """Return the cookie's name: with `__Host-` no neighbouring site can set it."""
    return f"{settings.HOST_ONLY}provider"
