"""Sign-in rules from the file named in the environment; an invalid file stops the start."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

from accounts.single_sign_on.providers import InvalidProviders, SignInRules, parse_rules
from config.env import BadEnvironment, envpath
from config.local_hosts import require_safe_url

NAME: Final = "SIGN_IN_PROVIDERS_FILE"


def read_sign_in_rules(environ: Mapping[str, str] = os.environ) -> SignInRules:
    """Return the rules in the file, or those of a site without one. Raises BadEnvironment."""
    file = envpath("SIGN_IN_PROVIDERS_FILE", environ=environ)
    if file is None:
        return SignInRules()
    try:
        text = file.read_text()
        return parse_rules(text, read_secret=partial(_read_secret, environ), is_safe=_is_safe_url)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise BadEnvironment(f"{NAME} cannot be read: {why}") from None
    except InvalidProviders as error:
        raise BadEnvironment(f"{NAME}: {error}") from None


def _read_secret(environ: Mapping[str, str], kind: str, name: str) -> str:
    """Return the secret from a file, or from a variable if `kind` is client_secret_env."""
    if kind == "client_secret_env":
        if not (secret := environ.get(name, "").strip()):
            raise InvalidProviders(f"{kind}: the variable {name!r} is not set")
        return secret
    return _read_file(name)


def _read_file(file: str) -> str:
    try:
        secret = Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError):
        raise InvalidProviders(f"client_secret_file {file!r} cannot be read") from None
    if not secret:
        raise InvalidProviders(f"client_secret_file {file!r} is empty")
    return secret


def _is_safe_url(url: str) -> bool:
    try:
        require_safe_url(NAME, url)
    except BadEnvironment:
        return False
    return True
