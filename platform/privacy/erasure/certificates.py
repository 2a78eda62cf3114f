"""The certificate of an Erasure, signed so that any later change is detected (I-15).

It is canonical JSON, and the signature covers everything else in it. Only a holder of the claim
code can identify its subject; otherwise it holds codes, counts, times and digests.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from audit import tree_heads
from privacy.erasure import claim_codes
from privacy.models import STATES, Erasure
from vault import signing
from vault.sealed_values import canonical

KIND: Final = "attune.erasure.certificate"
VERSION: Final = 1
HOST: Final = re.compile(r"[a-z0-9.:-]{1,253}")


class NotACertificate(Exception):
    """The input is not a certificate."""


@dataclass(frozen=True, slots=True)
class CertificateVerdict:
    """The problems of a certificate; none if it is valid."""

    wrong: tuple[str, ...]
    content: Mapping[str, Any]
    pinned: bool

    @property
    def right(self) -> bool:
        return not self.wrong


def issue(erasure: Erasure, at: datetime) -> str:
    """Return the signed text."""
    unsigned = content(erasure, at)
    signature = signing.sign(signing.CERTIFICATE, canonical(unsigned))
    return canonical({**unsigned, "signature": signature.hex()}).decode()


def content(erasure: Erasure, at: datetime) -> dict[str, Any]:
    return {
        "kind": KIND,
        "version": VERSION,
        "site": _site(),
        "erasure": str(erasure.id),
        "subject_ref": _hex(erasure.subject_ref),
        "scopes": erasure.scopes,
        "cause": erasure.cause,
        "times": _times(erasure, at),
        "counts": erasure.counts,
        "keys": erasure.key_ids.split(),
        "generation": erasure.generation,
        "destroyed_master_key": erasure.master_key,
        "models": {"flagged": erasure.flagged},
        "search": _search(erasure),
        "tree_head": _tree_head(),
        "public_key": signing.public_key().hex(),
    }


def verify_certificate(
    data: bytes, *, public: bytes | None = None, claim: tuple[str, UUID] | None = None
) -> CertificateVerdict:
    """Verify a certificate offline, against the site's public key if that is known."""
    parsed = _parse(data)
    signature, signed_by = (_from_hex(parsed.get(name)) for name in ("signature", "public_key"))
    unsigned = {name: value for name, value in parsed.items() if name != "signature"}
    checks = {
        "it was changed after it was signed": _is_canonical(parsed, data),
        "it is another kind of certificate": (parsed.get("kind"), parsed.get("version"))
        == (KIND, VERSION),
        "it was signed with another key": public in (None, signed_by),
        "the signature does not match": _signature_matches(
            unsigned, signature, public or signed_by
        ),
        "the checkpoint (tree head) in it is not signed": _head_signature_matches(
            parsed.get("tree_head"), signed_by
        ),
    }
    if claim is not None:
        checks["the claim code belongs to another person"] = _claim_matches(parsed, *claim)
    wrong = tuple(problem for problem, fits in checks.items() if not fits)
    return CertificateVerdict(wrong, parsed, pinned=public is not None)


def _times(erasure: Erasure, at: datetime) -> dict[str, str | None]:
    reached = {state: _time(getattr(erasure, f"{state}_at")) for state in STATES[:-1]}
    return {
        **reached,
        "certified": _time(erasure.certified_at or at),
        "issued": _time(at),
        "unreadable": _time(erasure.shredded_at),
        "bytes_gone": _time(erasure.bytes_gone_at),
    }


def _search(erasure: Erasure) -> dict[str, Any]:
    return {
        "files": erasure.searched_files,
        "bytes": erasure.searched_bytes,
        "needles": erasure.needles,
        "found": erasure.found,
        "disk": erasure.disk,
        "digest": _hex(erasure.search_digest),
    }


def _tree_head() -> dict[str, Any] | None:
    """Return the newest signed tree head: the certificate is later than all leaves under it."""
    head = tree_heads.load_latest()
    return None if head is None else head.as_dict()


def _site() -> str:
    """Return the first host name of this site."""
    name = next(iter(settings.ALLOWED_HOSTS), "")
    return name if HOST.fullmatch(name) else ""


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="microseconds")


def _hex(value: bytes | memoryview | None) -> str | None:
    return None if value is None else bytes(value).hex()


def _parse(data: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NotACertificate("this is not JSON") from error
    if not isinstance(parsed, dict) or "signature" not in parsed:
        raise NotACertificate("this is no certificate")
    return parsed


def _is_canonical(parsed: Mapping[str, Any], data: bytes) -> bool:
    """Return whether the bytes are the canonical form: no duplicate key, blank or other order."""
    try:
        return hmac.compare_digest(canonical(parsed), data)
    except (ValueError, RecursionError):
        return False


def _from_hex(text: object) -> bytes:
    """Return the bytes, or none for any spelling but the one that `hex` writes."""
    try:
        found = bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        return b""
    return found if found.hex() == text else b""


def _signature_matches(unsigned: Mapping[str, Any], signature: bytes, public: bytes) -> bool:
    try:
        message = canonical(unsigned)
    except (ValueError, RecursionError):
        return False
    return signing.is_signed(signing.CERTIFICATE, message, signature, public)


def _head_signature_matches(head: object, public: bytes) -> bool:
    if head is None:
        return True
    try:
        fields: Mapping[str, Any] = dict(head)  # type: ignore[call-overload]  # or TypeError
        at = datetime.fromisoformat(fields["at"])
        message = tree_heads.signed_message(fields["size"], bytes.fromhex(fields["root"]), at)
        signature = bytes.fromhex(fields["signature"])
    except (KeyError, TypeError, ValueError):
        return False
    return signing.is_signed(signing.TREE_HEAD, message, signature, public)


def _claim_matches(parsed: Mapping[str, Any], claim: str, subject: UUID) -> bool:
    named = _from_hex(parsed.get("subject_ref"))
    return bool(named) and hmac.compare_digest(claim_codes.subject_ref(claim, subject), named)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
