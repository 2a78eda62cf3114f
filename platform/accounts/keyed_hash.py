"""Keyed digests of what a person types.

The pepper is stored only in the keystore, so a copy of the database cannot be searched by hashing
guessed names (I-8).
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

from vault import site_keys


def normalise_login(login: str) -> str:
    """Return the canonical form of a username or e-mail: NFKC, stripped, case-folded."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def digest_login(login: str) -> str:
    """Return the digest by which `accounts_user` finds this username."""
    return keyed_digest("login", normalise_login(login))


def digest_email(email: str) -> str:
    """Return the digest by which `accounts_user` finds this e-mail."""
    return keyed_digest("email", normalise_login(email))


def digest_number(number: str) -> str:
    """Return the digest by which `accounts_user` finds this number."""
    return keyed_digest("person-number", normalise_login(number))


def keyed_digest(purpose: str, text: str) -> str:
    """Return the HMAC-SHA256 under the pepper; `purpose` keeps two tables from being joined."""
    message = f"{purpose}\x00{text}".encode()
    return hmac.new(site_keys.pepper(), message, hashlib.sha256).hexdigest()


def digest_secret(secret: str) -> str:
    """Return the SHA-256 of a random key that this site generated.

    No key is needed: 128 random bits or more cannot be guessed from their digest.
    """
    return hashlib.sha256(secret.encode()).hexdigest()
