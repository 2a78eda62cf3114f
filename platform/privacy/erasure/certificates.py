"""The certificate of an Erasure: what went when, signed, so that any later change shows (I-15).

It is canonical JSON, and the signature covers every byte but its own. It names its subject only to
whoever has the claim code, and everything else in it is codes, counts, times and digests.
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


class Unreadable(Exception):
    """What was given is no certificate at all."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a file; nothing where it is right."""

    wrong: tuple[str, ...]
    told: Mapping[str, Any]
    pinned: bool

    @property
    def right(self) -> bool:
        return not self.wrong


def issue(erasure: Erasure, at: datetime) -> str:
    """The signed text."""
    told = content(erasure, at)
    signature = signing.sign(signing.CERTIFICATE, canonical(told))
    return canonical({**told, "signature": signature.hex()}).decode()


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
        "models": {"flagged": erasure.flagged},
        "search": _search(erasure),
        "tree_head": _tree_head(),
        "public_key": signing.public_key().hex(),
    }


def judge(
    data: bytes, *, public: bytes | None = None, claim: tuple[str, UUID] | None = None
) -> Verdict:
    """Verify a file with nothing but itself, and the site's public key where one is known."""
    told = _parsed(data)
    signature, signed_by = (_bytes(told.get(name)) for name in ("signature", "public_key"))
    unsigned = {name: value for name, value in told.items() if name != "signature"}
    checks = {
        "it was changed after it was signed": _is_canonical(told, data),
        "it is another kind of certificate": (told.get("kind"), told.get("version"))
        == (KIND, VERSION),
        "it was signed with another key": public in (None, signed_by),
        "the signature does not match": _signed(unsigned, signature, public or signed_by),
        "the checkpoint (tree head) in it is not signed": _head_signed(
            told.get("tree_head"), signed_by
        ),
    }
    if claim is not None:
        checks["the claim code belongs to another person"] = _claimed(told, *claim)
    wrong = tuple(problem for problem, fits in checks.items() if not fits)
    return Verdict(wrong, told, pinned=public is not None)


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
    """The newest signed head of the audit: this certificate is later than all under it."""
    head = tree_heads.load_latest()
    return None if head is None else head.as_dict()


def _site() -> str:
    """The first name this site answers to."""
    name = next(iter(settings.ALLOWED_HOSTS), "")
    return name if HOST.fullmatch(name) else ""


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="microseconds")


def _hex(value: bytes | memoryview | None) -> str | None:
    return None if value is None else bytes(value).hex()


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        told = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unreadable("this is not JSON") from error
    if not isinstance(told, dict) or "signature" not in told:
        raise Unreadable("this is no certificate")
    return told


def _is_canonical(told: Mapping[str, Any], data: bytes) -> bool:
    """Byte for byte, so that nothing fits twice: no second key, no blank, no other order."""
    try:
        return hmac.compare_digest(canonical(told), data)
    except (ValueError, RecursionError):
        return False


def _bytes(text: object) -> bytes:
    try:
        return bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        return b""


def _signed(unsigned: Mapping[str, Any], signature: bytes, public: bytes) -> bool:
    try:
        message = canonical(unsigned)
    except (ValueError, RecursionError):
        return False
    return signing.is_signed(signing.CERTIFICATE, message, signature, public)


def _head_signed(head: object, public: bytes) -> bool:
    if head is None:
        return True
    try:
        told: Mapping[str, Any] = dict(head)  # type: ignore[call-overload]  # or TypeError
        at = datetime.fromisoformat(told["at"])
        said = tree_heads.signed_message(told["size"], bytes.fromhex(told["root"]), at)
        signature = bytes.fromhex(told["signature"])
    except (KeyError, TypeError, ValueError):
        return False
    return signing.is_signed(signing.TREE_HEAD, said, signature, public)


def _claimed(told: Mapping[str, Any], claim: str, subject: UUID) -> bool:
    named = _bytes(told.get("subject_ref"))
    return bool(named) and hmac.compare_digest(claim_codes.ref(claim, subject), named)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
