"""Which addresses of a platform this site calls or sends people to.

Only names and public numbers, and only by TLS: a service inside this network has no certificate
that a browser trusts. On a site that is reached from its own computer alone, such as the demo,
other programs on this computer may be called without TLS.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Final, TypeGuard
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.http import HttpRequest

from lti.models.platforms import LONGEST_ADDRESS

# A last part that is a number makes it an address, such as 127.1.
NAME: Final = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
THIS_COMPUTER: Final = ("localhost", "127.0.0.1", "::1")


def is_callable(url: str) -> bool:
    """Return whether this site may call the address."""
    parts = _split(url)
    if parts is None or not parts.hostname or parts.username is not None:
        return False
    if settings.LOCAL_ONLY and parts.hostname in THIS_COMPUTER:
        return parts.scheme in ("http", "https")
    return parts.scheme == "https" and _is_public(parts.hostname)


def origin_of(url: str) -> str:
    """Return scheme, host and port of an address, as a content policy names them."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def has_same_origin(url: object, other: str) -> TypeGuard[str]:
    """Return whether it is an address that this site may call, on the origin of another one.

    So a token goes to no other host than the one that was registered.
    """
    return isinstance(url, str) and is_callable(url) and origin_of(url) == origin_of(other)


def list_callable_origins(urls: Iterable[str]) -> list[str]:
    """Return the origins of those addresses that this site may call, each once."""
    return sorted({origin_of(url) for url in urls if is_callable(url)})


def is_ours(request: HttpRequest, url: str) -> bool:
    """Return whether the address is on the host that was called."""
    parts = _split(url)
    return (
        parts is not None
        and parts.netloc == request.get_host()
        and parts.scheme == ("https" if request.is_secure() else parts.scheme)
    )


def path_of(url: str) -> str:
    return urlsplit(url).path


def _split(url: str) -> SplitResult | None:
    """Return the parts of a well-formed address, or None."""
    if len(url) > LONGEST_ADDRESS or not url.isascii() or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises ValueError for a port that is no number
    except ValueError:
        return None
    return parts


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return bool(NAME.fullmatch(host)) and not host.endswith(
            (".localhost", ".local", ".internal")
        )
