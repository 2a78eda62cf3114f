"""Converts a database URL into Django's settings and into a libpq connection string."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from config.embedded_postgres import launcher
from config.env import envstr

SCHEMES = ("postgres", "postgresql")


class BadAddress(Exception):
    """The URL names no PostgreSQL database."""


def parse_url(url: str) -> dict[str, Any]:
    """Parse `postgresql://user:password@host:port/name`; a socket folder goes in `?host=`.

    Several servers are separated by commas, as for libpq: `host:port,host:port` or `?host=one,two`.
    """
    parts = urlsplit(url)
    name = unquote(parts.path.lstrip("/"))
    if parts.scheme not in SCHEMES or not name:
        raise BadAddress(f"expected postgresql://user:password@host/name, got {parts.scheme}://…")
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    hosts, ports = _split_servers(parts.netloc.rpartition("@")[2])
    return {
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", hosts),
        "PORT": ports,
        "OPTIONS": options,
    }


def _split_servers(authority: str) -> tuple[str, str]:
    """Return the hosts and the ports; each is one text with commas, as libpq takes it."""
    servers = [urlsplit(f"//{server}") for server in authority.split(",")]
    hosts = [unquote(server.hostname or "") for server in servers]
    ports = [str(server.port or "") for server in servers]
    return ",".join(hosts), ",".join(ports) if any(ports) else ""


def make_conninfo(database: Mapping[str, Any]) -> str:
    """Return the settings as a libpq string, for clients other than Django."""
    pairs = {
        "dbname": database["NAME"],
        "user": database["USER"],
        "password": database["PASSWORD"],
        "host": database["HOST"],
        "port": database["PORT"],
        **{k: v for k, v in database["OPTIONS"].items() if isinstance(v, str)},
    }
    pairs.pop("assume_role", None)
    return " ".join(f"{key}={_quote(value)}" for key, value in pairs.items() if value)


def _quote(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def read_logins(
    private: Any, *, one_role: bool, environ: Mapping[str, str] = os.environ
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return the database as the owner, as the site, and the broker's: private, or from URLs."""
    if private is not None:
        found = [
            parse_url(launcher.make_url(private, role, name))
            for role, name in (
                (launcher.OWNER, "attune"),
                (launcher.APP, "attune"),
                (launcher.APP, "attune_broker"),
            )
        ]
        return found[0], found[1], found[2]
    owner = parse_url(envstr("DATABASE_URL", environ=environ))
    app_url = envstr("DATABASE_APP_URL", environ=environ)
    app = parse_url(app_url) if app_url else _with_app_role(owner, one_role)
    broker_url = envstr("BROKER_DATABASE_URL", environ=environ)
    own = parse_url(app_url) if app_url else owner
    broker = parse_url(broker_url) if broker_url else {**own, "NAME": f"{owner['NAME']}_broker"}
    return owner, app, broker


def _with_app_role(owner: dict[str, Any], one_role: bool) -> dict[str, Any]:
    """Return the owner's URL that assumes the app role: the site runs with that role's rights."""
    role = {} if one_role else {"assume_role": "attune_app"}
    return {**owner, "OPTIONS": {**owner["OPTIONS"], **role}}
