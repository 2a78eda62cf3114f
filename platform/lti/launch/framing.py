"""Pages that a registered platform may show in a frame of its own; no other page may be framed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse

from lti.addresses import list_callable_origins
from lti.models import LearningPlatform

# Read by config.middleware.security_headers.
ATTRIBUTE: Final = "framing"


@dataclass(frozen=True, slots=True)
class Framing:
    """Origins that may frame a response, and to which its forms may go besides our own."""

    ancestors: Collection[str]
    form_targets: Collection[str] = ()


def is_framed(request: HttpRequest) -> bool:
    """Return whether the browser says that it opens the page in a frame."""
    return request.headers.get("Sec-Fetch-Dest", "document") in ("iframe", "frame")


def allow_frame(
    response: HttpResponse,
    platform: LearningPlatform,
    *,
    signed: Collection[str] = (),
    form_targets: Collection[str] = (),
) -> HttpResponse:
    """Let this platform frame the response; `signed`: further addresses in its signed message.

    Canvas, for example, shows a school's courses on another host than it names as its issuer.
    """
    addresses = (platform.login_url, platform.issuer, *signed)
    setattr(response, ATTRIBUTE, Framing(list_callable_origins(addresses), form_targets))
    return response


def allow_frames_of(response: HttpResponse, addresses: Collection[str]) -> HttpResponse:
    """Let the origins of these addresses frame the response; a one-time link vouches for them."""
    setattr(response, ATTRIBUTE, Framing(list_callable_origins(addresses)))
    return response
