"""Claim codes: only their holder can prove that a certificate is about them (I-15).

The code of an erasure is shown once and not stored. That of a withdrawal is derived from the
person's salt whenever it is shown, and cannot be derived once the account is gone.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from typing import Final
from uuid import UUID

from vault import site_keys

SIZE: Final = 20
GROUP: Final = 4
PURPOSE: Final = b"attune claim 1\n"


def new_code() -> str:
    """Return 160 random bits as eight groups of four letters and digits."""
    return _format_code(secrets.token_bytes(SIZE))


def withdrawal_code(subject: UUID, erasure: UUID) -> str:
    made = hmac.digest(site_keys.salt(subject), PURPOSE + erasure.bytes, "sha256")
    return _format_code(made[:SIZE])


def subject_ref(claim: str, subject: UUID) -> bytes:
    """Return the reference to a subject in a certificate. Raises ValueError for an invalid code."""
    return hmac.digest(_parse_code(claim), subject.bytes, "sha256")


def _format_code(secret: bytes) -> str:
    text = base64.b32encode(secret).decode()
    return "-".join(text[start : start + GROUP] for start in range(0, len(text), GROUP))


def _parse_code(claim: str) -> bytes:
    text = "".join(claim.upper().split()).replace("-", "")
    try:
        secret = base64.b32decode(text)
    except ValueError as error:
        raise ValueError("a claim code has letters A to Z and figures 2 to 7") from error
    if len(secret) != SIZE:
        raise ValueError(f"a claim code has {SIZE * 8 // 5} letters and figures, got {len(text)}")
    return secret
