"""The site's signature: one Ed25519 key in the keystore signs tree heads and certificates.

Anyone with the public key can verify them without this site (I-15, I-20).
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from vault import site_keys

# Prefix of each message, so that a signature for one purpose is invalid for another.
TREE_HEAD: Final = b"attune tree head 1\n"
CERTIFICATE: Final = b"attune erasure certificate 1\n"
EXPORT: Final = b"attune export 1\n"


def sign(purpose: bytes, message: bytes) -> bytes:
    """Return the signature, 64 bytes."""
    return _private().sign(purpose + message)


def public_key() -> bytes:
    """Return the public key, 32 bytes."""
    return _private().public_key().public_bytes_raw()


def is_signed(purpose: bytes, message: bytes, signature: bytes, public: bytes) -> bool:
    """Return whether the owner of `public` signed this message for this purpose."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, purpose + message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _private() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(site_keys.signing_seed())
