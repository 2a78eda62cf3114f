"""Reads settings from the environment strictly: an invalid value stops the start."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

TRUE = ("1", "true", "yes", "on")
FALSE = ("0", "false", "no", "off")


class BadEnvironment(Exception):
    """An environment variable has an invalid value."""


def envstr(name: str, default: str = "", *, environ: Mapping[str, str] = os.environ) -> str:
    """Return the stripped value; an empty one counts as unset."""
    return environ.get(name, "").strip() or default


def envbool(name: str, default: bool = False, *, environ: Mapping[str, str] = os.environ) -> bool:
    value = envstr(name, environ=environ).lower()
    if not value:
        return default
    if value in TRUE + FALSE:
        return value in TRUE
    raise BadEnvironment(f"{name} must be one of {', '.join(TRUE + FALSE)}, not {value!r}")


def envint(
    name: str,
    default: int,
    *,
    least: int = 0,
    most: int = 2**31,
    environ: Mapping[str, str] = os.environ,
) -> int:
    value = envstr(name, environ=environ)
    if not value:
        return default
    if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
        raise BadEnvironment(f"{name} must be a number from {least} to {most}, not {value!r}")
    return int(value)


def envchoice(
    name: str, choices: tuple[str, ...], *, environ: Mapping[str, str] = os.environ
) -> str:
    """Return one of these words; the first of them if unset."""
    value = envstr(name, choices[0], environ=environ)
    if value not in choices:
        raise BadEnvironment(f"{name} must be one of {', '.join(choices)}, not {value!r}")
    return value


def envlist(
    name: str, default: tuple[str, ...] = (), *, environ: Mapping[str, str] = os.environ
) -> list[str]:
    """Return the parts of a comma-separated value, stripped, without empty ones."""
    value = envstr(name, environ=environ)
    return [part.strip() for part in value.split(",") if part.strip()] or list(default)


def envpath(
    name: str, default: Path | None = None, *, environ: Mapping[str, str] = os.environ
) -> Path | None:
    """Return a path on this computer, None for `none`. Whether it exists is checked on use."""
    value = envstr(name, environ=environ)
    return None if value == "none" else Path(value) if value else default


def envtoken(name: str, *, environ: Mapping[str, str] = os.environ) -> str:
    """Return `NAME`, or the content of the file `NAME_FILE`; "" if neither is set."""
    value, file = envstr(name, environ=environ), envstr(f"{name}_FILE", environ=environ)
    if value and file:
        raise BadEnvironment(f"{name} and {name}_FILE are both set: keep one")
    return _read(name, Path(file)) if file else value


def envsecret(name: str, *, kept: Path, environ: Mapping[str, str] = os.environ) -> str:
    """Return `NAME`, the content of `NAME_FILE`, or a random one stored (0600) in `kept`."""
    value = envtoken(name, environ=environ)
    if value and len(value) < 32:
        raise BadEnvironment(f"{name} must have at least 32 characters, it has {len(value)}")
    return value or _read_or_create(kept)


def _read(name: str, file: Path) -> str:
    try:
        value = file.read_text().strip()
    except OSError as error:
        raise BadEnvironment(f"{name}_FILE cannot be read: {error.strerror}") from None
    if not value:
        raise BadEnvironment(f"{name}_FILE names an empty file")
    return value


def _read_or_create(file: Path) -> str:
    """Return the secret, created once even by concurrent processes: only a whole file is linked."""
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(fresh, file)
        fresh.unlink()
    return file.read_text().strip()
