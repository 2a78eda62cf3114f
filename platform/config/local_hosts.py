"""Which hosts are this computer: connections to any other must use TLS."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from config.env import BadEnvironment, envlist

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# `require` does not authenticate the server, but protects against eavesdropping.
SAFE_SSL_MODES = ("require", "verify-ca", "verify-full")


def is_local(host: str) -> bool:
    """Return whether this is a local socket (a folder or an abstract name) or a loopback host."""
    bare = host.strip("[]").lower()
    if bare in ("", "localhost") or bare.startswith(("/", "@")):
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def read_monitor_networks(environ: Mapping[str, str] = os.environ) -> list[Network]:
    """Return the networks besides this computer that may read /metrics and /health/.

    Raises BadEnvironment.
    """
    parts = envlist("ATTUNE_MONITOR_ADDRESSES", environ=environ)
    try:
        return [ipaddress.ip_network(part) for part in parts]
    except ValueError as error:
        raise BadEnvironment(
            f"ATTUNE_MONITOR_ADDRESSES must be addresses or networks: {error}"
        ) from None


def all_local(hosts: Iterable[str]) -> bool:
    """Return whether all hosts are local; an empty name is not, as it would match nothing."""
    return all(host and is_local(host) for host in hosts)


def find_address(origins: Iterable[str], hosts: Iterable[str], *, https: bool) -> str:
    """Return the first address of the site that is no pattern, or "".

    Origins come before hosts. Patterns are `https://*.example` and `.example`.
    """
    named = (origin for origin in origins if "*" not in origin)
    scheme = "https" if https else "http"
    by_host = (f"{scheme}://{host}" for host in hosts if not host.startswith((".", "*")))
    return next(named, "") or next(by_host, "")


def database_in_clear(database: Mapping[str, Any]) -> bool:
    """Return whether the connection crosses a network without TLS. libpq accepts several hosts."""
    options = database.get("OPTIONS", {})
    named = str(options.get("hostaddr") or database.get("HOST") or "")
    if all(is_local(host.strip()) for host in named.split(",")):
        return False
    return options.get("sslmode") not in SAFE_SSL_MODES


def redis_in_clear(url: str) -> bool:
    """Return whether this Redis would be reached over a network without TLS."""
    parts = urlsplit(url)
    return bool(url) and parts.scheme not in ("rediss", "unix") and not is_local(_host(url))


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def require_safe_url(name: str, value: str) -> str:
    """Return an address that the site itself calls, or "": with TLS, or on this computer."""
    if value and not _may_be_called(value):
        raise BadEnvironment(f"{name} must be https://… without a user name in it")
    return value


def _may_be_called(url: str) -> bool:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return False
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_local(parts.hostname or ""))
    return usable and safe
