"""Sealed values open only at their own place, unchanged, and while all their keys exist (I-9)."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from vault.encryption import Place, Sealer, Unsealer, key_ids, seal, unseal
from vault.errors import KeyDestroyed, Tampered
from vault.keystore import ALL, open_keystore

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
MIA = UUID("6f1c0d3e-0000-4000-8000-000000000001")
PLACE = Place("estimates_affectestimate", "sealed", "row-1", MIA)
SCOPES = ("face:adapt", "pointer:adapt", "typing:adapt")
texts = st.text(max_size=12)
places = st.builds(Place, texts, texts, texts, st.uuids())


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.KEYSTORE_DIR = tmp_path / "keystore"


def keys(*scopes):
    return [open_keystore().current_key(MIA, scope, 1, NOW) for scope in scopes or SCOPES]


many = hypothesis(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@many
@given(
    plain=st.binary(max_size=300), place=places, chosen=st.sets(st.sampled_from(SCOPES), min_size=1)
)
def test_what_was_sealed_is_read_again_at_its_place(plain, place, chosen):
    sealed = seal(plain, keys=keys(*sorted(chosen)), place=place)
    assert unseal(sealed, place=place) == plain
    assert plain not in sealed or len(plain) < 3


def test_many_values_of_a_column_open_one_after_another():
    opener = Unsealer(table=PLACE.table, column=PLACE.column, subject=MIA)
    given_keys = [keys("face:adapt"), keys("face:adapt"), keys(*SCOPES), keys("face:adapt")]
    sealed = [
        seal(b"%d" % n, keys=each, place=PLACE._replace(row=str(n)))
        for n, each in enumerate(given_keys)
    ]
    assert [opener.unseal(x, str(n)) for n, x in enumerate(sealed)] == [b"0", b"1", b"2", b"3"]
    with pytest.raises(Tampered):
        opener.unseal(sealed[0], "1")
    open_keystore().destroy(MIA, ["typing:adapt"])
    assert opener.unseal(sealed[0], "0") == b"0"
    with pytest.raises(KeyDestroyed):
        opener.unseal(sealed[2], "2")
    assert opener.unseal(sealed[3], "3") == b"3"


@many
@given(one=places, other=places)
def test_it_does_not_open_at_any_other_place(one, other):
    sealed = seal(b"confused", keys=keys(), place=one)
    if one == other:
        return
    with pytest.raises(Tampered):
        unseal(sealed, place=other)


@pytest.mark.parametrize(
    "moved",
    [
        PLACE._replace(table="estimates_affectestimat", column="esealed"),
        PLACE._replace(column="sealed2"),
        PLACE._replace(row="row-2"),
        PLACE._replace(subject=uuid4()),
    ],
)
def test_it_does_not_open_in_another_table_column_row_or_person(moved):
    with pytest.raises(Tampered):
        unseal(seal(b"confused", keys=keys(), place=PLACE), place=moved)


def test_no_single_flipped_bit_is_accepted():
    sealed = seal(b"confused", keys=keys(), place=PLACE)
    for bit in range(8 * len(sealed)):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises((Tampered, KeyDestroyed)):
            unseal(bytes(changed), place=PLACE)


def test_no_cut_is_accepted():
    sealed = seal(b"", keys=keys(), place=PLACE)
    for size in range(len(sealed)):
        with pytest.raises(Tampered):
            unseal(sealed[:size], place=PLACE)


@pytest.mark.parametrize("destroyed", SCOPES)
def test_destroying_any_one_of_its_keys_ends_it(destroyed):
    sealed = seal(b"confused", keys=keys(), place=PLACE)
    assert unseal(sealed, place=PLACE) == b"confused"
    open_keystore().destroy(MIA, [destroyed])
    with pytest.raises(KeyDestroyed):
        unseal(sealed, place=PLACE)


def test_other_peoples_keys_do_not_open_it():
    sealed = seal(b"confused", keys=keys("face:adapt"), place=PLACE)
    open_keystore().destroy(MIA, ["pointer:adapt"])
    open_keystore().destroy(uuid4(), ALL)
    assert unseal(sealed, place=PLACE) == b"confused"


def test_the_order_of_the_keys_does_not_matter():
    three = keys()
    for order in (three, three[::-1], [*three, three[0]]):
        sealed = seal(b"confused", keys=order, place=PLACE)
        assert key_ids(sealed) == sorted(key.id for key in three)
        assert unseal(sealed, place=PLACE) == b"confused"


def test_the_form_is_the_one_of_the_design():
    one, two = sorted(keys("face:adapt", "typing:adapt"), key=lambda key: key.id)
    sealed = seal(b"confused", keys=[two, one], place=PLACE)
    head = b"\x01\x02" + one.id + two.id
    assert sealed[:18] == head
    assert len(sealed) == 18 + 12 + len(b"confused") + 16
    parts = (b"estimates_affectestimate", b"sealed", b"row-1", MIA.bytes)
    place = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    derived = HKDF(SHA256(), 32, None, b"attune seal 1" + one.id + two.id)
    cipher = AESGCM(derived.derive(one.secret + two.secret))
    assert cipher.decrypt(sealed[18:30], sealed[30:], place + head) == b"confused"


def test_the_same_value_is_sealed_differently_each_time():
    assert len({seal(b"confused", keys=keys(), place=PLACE) for _ in range(50)}) == 50


def test_one_sealer_seals_for_many_rows_each_for_its_own():
    sealer = Sealer(keys(), table=PLACE.table, column=PLACE.column, subject=MIA)
    sealed = {row: sealer.seal(row.encode(), row) for row in ("row-1", "row-2", "Zeile ä")}
    for row, value in sealed.items():
        assert unseal(value, place=PLACE._replace(row=row)) == row.encode()
    with pytest.raises(Tampered):
        unseal(sealed["row-2"], place=PLACE)


def test_nothing_is_sealed_without_a_key():
    with pytest.raises(ValueError, match="1 to 255 keys, got 0"):
        seal(b"confused", keys=[], place=PLACE)


def test_a_key_does_not_show_its_secret():
    (key,) = keys("face:adapt")
    assert repr(key.secret) not in repr(key)
    assert key.secret.hex() not in repr(key)
