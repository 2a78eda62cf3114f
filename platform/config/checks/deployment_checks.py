"""`check --deploy`, and conditions that stop a start: no public site without TLS or half secured.

Web and worker refuse to start if personal data would cross a network unencrypted, or be shown to
anyone. Other errors are for the operator to read before going live.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured

from config.db.database_url import parse_url
from config.local_hosts import database_in_clear, redis_in_clear
from vault.errors import KeystoreBusy
from vault.postgres_table import find_standbys

# These also stop a site for this computer only.
ALWAYS_STOPPING = ("config.E012", "config.E013", "config.E019")
STOPPING = ("config.E010", "config.E011", *ALWAYS_STOPPING, "config.E017")
GROUP_OR_OTHERS = 0o077
LEAST_SECRET, LEAST_LETTERS = 32, 12


def check_deployment(
    app_configs: Sequence[AppConfig] | None = None,  # noqa: ARG001
    **kwargs: object,  # noqa: ARG001
) -> list[CheckMessage]:
    """Return everything wrong with these settings for a public site."""
    return [*_check_transport(), *_check_keys(), *_check_key_database(), *_check_choices()]


def check_key_standby(
    app_configs: Sequence[AppConfig] | None = None,  # noqa: ARG001
    **kwargs: object,  # noqa: ARG001
) -> list[CheckMessage]:
    """Ask the keystore's database whether each commit waits for a standby."""
    if not settings.KEYSTORE_DATABASE_URL:
        return []
    try:
        standbys = find_standbys(settings.KEYSTORE_DATABASE_URL)
    except KeystoreBusy as error:
        hint = "Start it, or correct KEYSTORE_DATABASE_URL."
        return [Error(f"{error}".capitalize() + ".", hint=hint, id="config.E022")]
    if standbys:
        return []
    return [
        Error(
            "The keystore's database has no synchronous standby: if it fails, keys are lost, and "
            "all that they sealed.",
            hint="Set synchronous_standby_names on its server.",
            id="config.E021",
        )
    ]


def refuse_unsafe_start() -> None:
    """Raise ImproperlyConfigured before web or worker serve anything, with a line per fault."""
    found = [message for message in _start_faults() if message.id in STOPPING]
    if found:
        lines = "\n".join(f"  {message.id}: {message.msg} {message.hint}" for message in found)
        raise ImproperlyConfigured(f"Attune does not start like this:\n{lines}")


def _start_faults() -> Iterator[CheckMessage]:
    """Yield the faults that apply. On a local site only outgoing connections count.

    Debug pages and http are acceptable there.
    """
    public = not settings.LOCAL_ONLY
    for message in [*_check_transport(), *_check_key_database(), *_check_choices()]:
        if public or message.id in ALWAYS_STOPPING:
            yield message


def _check_transport() -> Iterator[CheckMessage]:
    if not settings.LOCAL_ONLY and not settings.HTTPS:
        yield Error(
            "ATTUNE_HOSTS names hosts beyond this computer and ATTUNE_HTTPS is off.",
            hint="Remove ATTUNE_HTTPS, and put a proxy with a certificate before the site.",
            id="config.E011",
        )
    logins = {"DATABASE_URL": settings.OWNER_LOGIN, "DATABASE_APP_URL": settings.APP_LOGIN}
    if not settings.REDIS_URL:
        logins["BROKER_DATABASE_URL"] = settings.BROKER_LOGIN
    if settings.KEYSTORE_DATABASE_URL:
        logins["KEYSTORE_DATABASE_URL"] = parse_url(settings.KEYSTORE_DATABASE_URL)
    clear = [name for name, login in logins.items() if database_in_clear(login)]
    if clear:
        yield Error(
            f"PostgreSQL on another computer would be spoken to in clear ({', '.join(clear)}).",
            hint="Add ?sslmode=verify-full&sslrootcert=… to the address.",
            id="config.E012",
        )
    if redis_in_clear(settings.REDIS_URL):
        yield Error(
            "Redis on another computer would be spoken to in clear (REDIS_URL).",
            hint="Use rediss://…",
            id="config.E013",
        )


def _check_keys() -> Iterator[CheckMessage]:
    folder = settings.KEYSTORE_DIR.resolve()
    near = [
        name for name, place in _list_copied_folders().items() if _overlap(folder, place.resolve())
    ]
    if near:
        yield Error(
            f"The keystore lies in or around {', '.join(near)}: one copy would hold both.",
            hint="Set KEYSTORE_DIR to a disk of its own, out of every backup of the database.",
            id="config.E014",
        )
    if folder.exists() and folder.stat().st_mode & GROUP_OR_OTHERS:
        yield Error(
            "Others than the site may open the keystore's folder.",
            hint="chmod 700 the folder KEYSTORE_DIR.",
            id="config.E015",
        )
    secret = settings.SECRET_KEY
    if len(secret) < LEAST_SECRET or len(set(secret)) < LEAST_LETTERS or "insecure" in secret:
        yield Error(
            "SECRET_KEY is short, repeats itself or is an example.",
            hint="Remove SECRET_KEY: the site makes one and keeps it (0600).",
            id="config.E016",
        )
    if settings.KEYSTORE_DATABASE_URL and not settings.SECRET_KEY_GIVEN:
        yield Error(
            "KEYSTORE_DATABASE_URL is for several hosts: without SECRET_KEY, each makes its own.",
            hint="Give all hosts the same SECRET_KEY, of `openssl rand -hex 32`.",
            id="config.E023",
        )


def _check_key_database() -> Iterator[CheckMessage]:
    if not settings.KEYSTORE_DATABASE_URL:
        return
    if not settings.KEY_SERVICE.kind:
        yield Error(
            "KEYSTORE_DATABASE_URL is set without a key service: a backup would open erased data.",
            hint="Set KEYSTORE_TRANSIT_URL or KEYSTORE_PKCS11_MODULE.",
            id="config.E019",
        )
    keys = parse_url(settings.KEYSTORE_DATABASE_URL)
    if any(_same_database(keys, login) for login in (settings.OWNER_LOGIN, settings.APP_LOGIN)):
        yield Error(
            "The keystore is in the site's own database: one backup would hold both.",
            hint="Give KEYSTORE_DATABASE_URL a database and a role of its own.",
            id="config.E020",
        )


def _same_database(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    same_place = _list_places(one) & _list_places(other)
    return bool(same_place) and one["NAME"] == other["NAME"]


def _list_places(login: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Return each host with its port; one port, or none, is that of all hosts."""
    hosts, ports = (str(login[part]).split(",") for part in ("HOST", "PORT"))
    every = ports * len(hosts) if len(ports) == 1 else ports
    return {(host, port or "5432") for host, port in zip(hosts, every, strict=False)}


def _list_copied_folders() -> dict[str, Path]:
    """Return the folders that are copied, served or transferred as a whole."""
    server = settings.PRIVATE_POSTGRES
    return {
        **({"the database": Path(server.folder)} if server else {}),
        "the backups": settings.VAR / "backups",
        "the media": Path(settings.MEDIA_ROOT),
        "the static files": Path(settings.STATIC_ROOT),
    }


def _overlap(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


def _check_choices() -> Iterator[CheckMessage]:
    if settings.DEBUG:
        yield Error(
            "ATTUNE_DEBUG is on: an error would show code, settings and rows to whoever asks.",
            hint="Remove ATTUNE_DEBUG.",
            id="config.E010",
        )
    if settings.LEGAL_PROFILE == "demo" and not settings.LOCAL_ONLY:
        yield Error(
            "Legal profile `demo` is for this computer alone, and ATTUNE_HOSTS names others.",
            hint="Choose the LEGAL_PROFILE of the place.",
            id="config.E017",
        )
    if settings.ONE_ROLE:
        yield Error(
            "ATTUNE_ONE_ROLE is on: the site runs with the rights of the database's owner.",
            hint="Give DATABASE_APP_URL a role of its own and remove ATTUNE_ONE_ROLE.",
            id="config.E018",
        )
    if settings.LEGAL_PROFILE is None:
        yield Warning(
            "No LEGAL_PROFILE: every biometric stream refuses.",
            hint="Choose the LEGAL_PROFILE of the place.",
            id="config.W010",
        )
    if not settings.AUDIT_WITNESS_FILE and not settings.AUDIT_WITNESS_URL:
        yield Warning(
            "The audit log has no witness: whoever has the signing key can rewrite all of it.",
            hint="Set AUDIT_WITNESS_URL, or AUDIT_WITNESS_FILE on a disk that all hosts share.",
            id="config.W011",
        )
