"""Keyed digests of what a person types: with the pepper only in the keystore, a copy of the
database can neither be read nor guessed through by trying names (I-8)."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

from vault import keystore


def normal(login: str) -> str:
    """The one spelling of a log-in name or e-mail: NFKC, no outer blanks, case folded."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def digest(login: str) -> str:
    """Return the digest by which `accounts_user` finds this log-in."""
    return keyed("login", normal(login))


def digest_email(email: str) -> str:
    """Return the digest by which `accounts_user` finds this e-mail."""
    return keyed("email", normal(email))


def digest_number(number: str) -> str:
    """Return the digest by which `accounts_user` finds this number."""
    return keyed("person-number", normal(number))


def keyed(purpose: str, text: str) -> str:
    """HMAC-SHA256 under the pepper; `purpose` keeps two tables from being joined."""
    message = f"{purpose}\x00{text}".encode()
    return hmac.new(keystore.pepper(), message, hashlib.sha256).hexdigest()


def digest_secret(secret: str) -> str:
    """Return the SHA-256 of a key that we drew ourselves.

    Unkeyed is enough: 128 random bits or more cannot be guessed from their digest.
    """
    return hashlib.sha256(secret.encode()).hexdigest()
