"""Creation and verification of leaves: what a hash covers, and how a leaf names a person (I-13)."""

from __future__ import annotations

import hashlib
import hmac
import re
import struct
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from uuid import UUID

from audit.models import Leaf
from audit.verbs import PUBLIC_NAME, PUBLIC_VALUE, VERBS
from vault import site_keys
from vault.sealed_values import Place, canonical, seal_value

Public = Mapping[str, object]


def make_leaf(
    id: UUID,
    verb: str,
    *,
    actor: UUID | None,
    subject: UUID | None,
    public: Public,
    private: Mapping[str, object],
    at: datetime,
) -> Leaf:
    """Return a new, unsaved leaf. `private` is sealed under the subject's identity."""
    if verb not in VERBS:
        raise ValueError(f"expected a verb of audit.verbs.VERBS, got {verb!r}")
    if private and subject is None:
        raise ValueError(f"{verb}: private content needs a subject whose key can seal it")
    leaf = Leaf(id=id, at=at, verb=verb, public=format_public(public))
    leaf.actor_ref, leaf.subject_ref = person_ref(actor), person_ref(subject)
    leaf.private_hash = _private_hash(private, subject)
    if private and subject is not None:
        leaf.private_sealed = seal_value(
            dict(private), place=private_place(id, subject), scopes={"identity": 0}, now=at
        )
    leaf.leaf_hash = leaf_hash(leaf)
    return leaf


def person_ref(person: UUID | None) -> bytes | None:
    """Return how a leaf names a person; once the salt is destroyed it identifies no one."""
    if person is None:
        return None
    return hmac.digest(site_keys.salt(person), person.bytes, "sha256")


def warm_refs(people: Collection[UUID]) -> None:
    """Create the missing salts of many people in one call; single calls each wait for the disk."""
    site_keys.warm_salts(people)


def leaf_hash(leaf: Leaf) -> bytes:
    at = leaf.at.astimezone(UTC).isoformat(timespec="microseconds").encode()
    verb, public = leaf.verb.encode(), leaf.public.encode()
    texts = (leaf.id.bytes, at, verb, leaf.actor_ref, leaf.subject_ref, public)
    return hash_of(texts, bytes(leaf.private_hash))


def hash_of(texts: Iterable[bytes | memoryview | None], private_hash: bytes) -> bytes:
    """Return SHA-256(0x00, each column prefixed with its length, hash of private part and salt)."""
    parts = b"".join([_prefix_length(text) for text in texts])
    return hashlib.sha256(b"\0" + parts + private_hash).digest()


def is_sound(leaf: Leaf) -> bool:
    """Return whether the columns still match the leaf's hash; no key is needed."""
    return hmac.compare_digest(leaf_hash(leaf), bytes(leaf.leaf_hash))


def private_place(id: UUID, subject: UUID) -> Place:
    return Place("audit_leaf", "private_sealed", str(id), subject)


def format_public(public: Public) -> str:
    """Return "name=value name=value", sorted by name; values are codes, counts, times or ids."""
    return " ".join(f"{_name(name)}={_value(name, public[name])}" for name in sorted(public))


def _name(name: str) -> str:
    if not re.fullmatch(PUBLIC_NAME, name):
        raise ValueError(f"expected a name such as rows_deleted, got {name!r}")
    return name


def _value(name: str, value: object) -> str:
    if isinstance(value, (list, tuple, set, frozenset)):
        text = ",".join(sorted(_value(name, item) for item in value))
    elif isinstance(value, datetime):
        text = value.astimezone(UTC).isoformat(timespec="seconds").lower()
    elif isinstance(value, (str, int, UUID)):
        text = str(value).lower() if isinstance(value, bool) else str(value)
    else:
        raise TypeError(f"{name}: expected codes, counts, times, identities, got {type(value)}")
    if not re.fullmatch(PUBLIC_VALUE, text):
        raise ValueError(f"{name}: expected a code or a count for the public part of a leaf")
    return text


def _prefix_length(text: bytes | memoryview | None) -> bytes:
    """Return the bytes prefixed with their length; None differs from empty bytes."""
    return b"\xff\xff\xff\xff" if text is None else struct.pack(">I", len(text)) + bytes(text)


def _private_hash(private: Mapping[str, object], subject: UUID | None) -> bytes:
    salt = b"" if subject is None else site_keys.salt(subject)
    return hashlib.sha256(canonical(dict(private)) + salt).digest()
