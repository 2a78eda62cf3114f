"""The address of a video on another site: which ones are accepted, and the site's name."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

LONGEST_ADDRESS: Final = 500
# No brackets, quotes or spaces: an address can be copied into any text and stays what it was.
_ADDRESS: Final = re.compile(r"https://[A-Za-z0-9._~:/?#@!$&'*+,;=%-]+")
_LABEL: Final = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST: Final = re.compile(rf"(?:{_LABEL}\.)+[a-z][a-z0-9-]{{0,61}}[a-z0-9]")
_SITES: Final = {
    "youtube.com": "YouTube",
    "youtu.be": "YouTube",
    "youtube-nocookie.com": "YouTube",
    "vimeo.com": "Vimeo",
    "panopto.com": "Panopto",
    "panopto.eu": "Panopto",
}


def lower_scheme(address: str) -> str:
    """Return the address with a scheme in small letters: a telephone writes "Https://"."""
    scheme, colon, rest = address.partition(":")
    return scheme.lower() + colon + rest


def is_accepted(address: str) -> bool:
    """Return whether a video may have this address: https, a host with a name, nothing hidden.

    Any host is accepted, because Opencast and Panopto run under a school's own name (ADR 0084).
    """
    return len(address) <= LONGEST_ADDRESS and bool(_ADDRESS.fullmatch(address) and _host(address))


def name_site(address: str) -> str:
    """Return the name of a well-known site, else the host."""
    host = _host(address)
    for known, name in _SITES.items():
        if host == known or host.endswith(f".{known}"):
            return name
    return host.removeprefix("www.")


def find_site(address: str) -> str:
    """Return the name of the site of an accepted address, else ""."""
    address = lower_scheme(address)
    return name_site(address) if is_accepted(address) else ""


def find_player(address: str) -> str:
    """Return the address, with https, if it is one of a well-known video site; else ""."""
    secure = re.sub(r"^http:", "https:", lower_scheme(address.strip()))
    known = is_accepted(secure) and name_site(secure) in _SITES.values()
    return secure if known and urlsplit(secure).path.strip("/") else ""


def _host(address: str) -> str:
    """Return the host; "" for an address with a user, a port or no name, which could mislead."""
    try:
        network = urlsplit(address).netloc.lower()
    except ValueError:
        return ""
    return network if _HOST.fullmatch(network) else ""
