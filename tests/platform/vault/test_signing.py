"""A signature is valid only for its own message, purpose and key."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from vault import signing
from vault.keystore import open_keystore


@pytest.fixture(autouse=True)
def keys(tmp_path, settings):
    settings.KEYSTORE_DIR = tmp_path / "keystore"


def test_a_signature_is_valid_only_for_its_message_and_purpose():
    signature = signing.sign(signing.TREE_HEAD, b"size 5")
    public = signing.public_key()
    assert signing.is_signed(signing.TREE_HEAD, b"size 5", signature, public)
    assert not signing.is_signed(signing.CERTIFICATE, b"size 5", signature, public)
    assert not signing.is_signed(signing.TREE_HEAD, b"size 6", signature, public)
    assert not signing.is_signed(signing.TREE_HEAD, b"size 5", signature, bytes(32))
    assert not signing.is_signed(signing.TREE_HEAD, b"size 5", b"", public)


@given(at=st.integers(0, 63), bit=st.integers(0, 7))
@hypothesis_settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_one_turned_bit_of_the_signature_is_enough(at, bit):
    signature = bytearray(signing.sign(signing.TREE_HEAD, b"size 5"))
    signature[at] ^= 1 << bit
    public = signing.public_key()
    assert not signing.is_signed(signing.TREE_HEAD, b"size 5", bytes(signature), public)


def test_the_key_stays_the_same_over_a_new_generation():
    before = signing.public_key()
    open_keystore().rewrap()
    assert signing.public_key() == before
