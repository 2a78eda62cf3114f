"""Reads settings from the environment, strictly: a value that cannot be meant stops the start."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

TRUE = ("1", "true", "yes", "on")
FALSE = ("0", "false", "no", "off")


class BadEnvironment(Exception):
    """An environment variable holds something that cannot be meant."""


def envstr(name: str, default: str = "", *, environ: Mapping[str, str] = os.environ) -> str:
    """The value without blanks around it; an empty one counts as unset."""
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
    """One of these words; the first of them where unset."""
    value = envstr(name, choices[0], environ=environ)
    if value not in choices:
        raise BadEnvironment(f"{name} must be one of {', '.join(choices)}, not {value!r}")
    return value


def envlist(
    name: str, default: tuple[str, ...] = (), *, environ: Mapping[str, str] = os.environ
) -> list[str]:
    """Comma-separated; blanks and empty parts fall away."""
    value = envstr(name, environ=environ)
    return [part.strip() for part in value.split(",") if part.strip()] or list(default)


def envpath(name: str, *, environ: Mapping[str, str] = os.environ) -> Path | None:
    """A place on this computer; None where unset. Whether it is there is asked where it is used."""
    value = envstr(name, environ=environ)
    return Path(value) if value else None


def envtoken(name: str, *, environ: Mapping[str, str] = os.environ) -> str:
    """`NAME`, or the content of the file `NAME_FILE`; empty where neither is given."""
    value, file = envstr(name, environ=environ), envstr(f"{name}_FILE", environ=environ)
    if value and file:
        raise BadEnvironment(f"{name} and {name}_FILE are both set: keep one")
    return _read(name, Path(file)) if file else value


def envsecret(name: str, *, kept: Path, environ: Mapping[str, str] = os.environ) -> str:
    """`NAME`, or the content of the file `NAME_FILE`, or a random one kept (0600) in `kept`."""
    value = envtoken(name, environ=environ)
    if value and len(value) < 32:
        raise BadEnvironment(f"{name} must have at least 32 characters, it has {len(value)}")
    return value or _kept(kept)


def _read(name: str, file: Path) -> str:
    try:
        value = file.read_text().strip()
    except OSError as error:
        raise BadEnvironment(f"{name}_FILE cannot be read: {error.strerror}") from None
    if not value:
        raise BadEnvironment(f"{name}_FILE names an empty file")
    return value


def _kept(kept: Path) -> str:
    """Made once, even when several processes start together: only a whole file gets the name."""
    if not kept.exists():
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = kept.with_name(f"{kept.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(fresh, kept)
        fresh.unlink()
    return kept.read_text().strip()
