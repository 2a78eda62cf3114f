"""Converts a database URL into Django's settings and into a libpq connection string."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from config.embedded_postgres import launcher
from config.env import envstr
from config.local_hosts import is_local

SCHEMES = ("postgres", "postgresql")
# A host that vanishes says nothing: without limits, its connections would hang for a quarter of an
# hour. Of several hosts only the primary takes writes, and which one that is changes.
REMOTE_OPTIONS: Final = {
    "connect_timeout": "2",
    "tcp_user_timeout": "5000",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "2",
    "target_session_attrs": "read-write",
}


class BadAddress(Exception):
    """The URL names no PostgreSQL database."""


def parse_url(url: str) -> dict[str, Any]:
    """Parse `postgresql://user:password@host:port/name`; a socket folder goes in `?host=`.

    Several hosts are separated by commas, as libpq reads them: `one:5432,two:5432`.
    """
    scheme, _, rest = url.partition("://")
    # Python's parser of the whole accepts no list with an IPv6 address in every version.
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    login, _, places = authority.rpartition("@")
    parts = urlsplit(rest.removeprefix(authority))
    name = unquote(parts.path.lstrip("/"))
    if scheme not in SCHEMES or not name:
        raise BadAddress("expected postgresql://user:password@host/name")
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    user, _, password = login.partition(":")
    hosts, ports = _read_places(places)
    host = options.pop("host", hosts)
    return {
        "NAME": name,
        "USER": unquote(user),
        "PASSWORD": unquote(password),
        "HOST": host,
        "PORT": options.pop("port", ports),
        "OPTIONS": options,
    }


def _read_places(places: str) -> tuple[str, str]:
    """Return hosts and ports of `one:5432,two:5432`; one port that all share, or "", only once."""
    try:
        parts = [urlsplit(f"//{place}") for place in places.split(",")]
        ports = [str(part.port or "") for part in parts]
    except ValueError:
        raise BadAddress("expected a number after the host of postgresql://…") from None
    shared = ports[0] if len(set(ports)) == 1 else ",".join(ports)
    return ",".join(unquote(part.hostname or "") for part in parts), shared


def with_remote_options(database: dict[str, Any]) -> dict[str, Any]:
    """Return the settings with REMOTE_OPTIONS, unless all hosts are this computer.

    What the URL says itself counts.
    """
    options = database["OPTIONS"]
    named = str(options.get("hostaddr") or database["HOST"])
    if all(is_local(host.strip()) for host in named.split(",")):
        return database
    return {**database, "OPTIONS": {**REMOTE_OPTIONS, **options}}


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
    owner, app, broker = _parse_logins(one_role, environ)
    return with_remote_options(owner), with_remote_options(app), with_remote_options(broker)


def _parse_logins(
    one_role: bool, environ: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
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
