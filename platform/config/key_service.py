"""The service that wraps the keystore's master keys, in the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from config.db.database_url import BadAddress, parse_url
from config.env import BadEnvironment, envpath, envstr, envtoken
from config.local_hosts import require_safe_url

NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True, slots=True)
class KeyService:
    """A transit service (`url`) or a PKCS#11 module; keys are named `<name>-<generation>`."""

    url: str = ""
    name: str = "attune"
    token: str = field(default="", repr=False)
    module: Path | None = None
    slot: str = ""
    pin: str = field(default="", repr=False)

    @property
    def kind(self) -> str:
        """Return `transit`, `pkcs11` or ""."""
        return "transit" if self.url else "pkcs11" if self.module else ""


def read_key_service(environ: Mapping[str, str] = os.environ) -> KeyService:
    """Return the service named in the environment, if any. Raises BadEnvironment."""
    url = envstr("KEYSTORE_TRANSIT_URL", environ=environ)
    module = envpath("KEYSTORE_PKCS11_MODULE", environ=environ)
    if url and module:
        raise BadEnvironment(
            "KEYSTORE_TRANSIT_URL and KEYSTORE_PKCS11_MODULE are both set: keep one"
        )
    name = envstr("KEYSTORE_TRANSIT_NAME", "attune", environ=environ)
    if not NAME.fullmatch(name):
        raise BadEnvironment(
            "KEYSTORE_TRANSIT_NAME, which certificates show, must be up to 64 of A-Z a-z 0-9 _ . -"
        )
    slot = envstr("KEYSTORE_PKCS11_TOKEN", environ=environ)
    pin = envtoken("KEYSTORE_PKCS11_PIN", environ=environ)
    if module and not (slot and pin):
        raise BadEnvironment(
            "KEYSTORE_PKCS11_MODULE needs KEYSTORE_PKCS11_TOKEN and KEYSTORE_PKCS11_PIN"
        )
    return KeyService(
        url=require_safe_url("KEYSTORE_TRANSIT_URL", url),
        name=name,
        token=envtoken("KEYSTORE_TRANSIT_TOKEN", environ=environ),
        module=module,
        slot=slot,
        pin=pin,
    )


def read_key_database(environ: Mapping[str, str] = os.environ) -> str:
    """Return the address of the keystore's database, or "". Raises BadEnvironment."""
    url = envtoken("KEYSTORE_DATABASE_URL", environ=environ)
    if url:
        try:
            parse_url(url)
        except (BadAddress, ValueError):
            raise BadEnvironment(
                "KEYSTORE_DATABASE_URL must be postgresql://user:password@host/name; for several"
                " servers, postgresql://user:password@/name?host=one,two"
            ) from None
    return url
