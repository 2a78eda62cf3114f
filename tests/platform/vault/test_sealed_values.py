"""JSON values are sealed and unsealed unchanged; values that JSON cannot represent are refused."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from vault.keystore import open_keystore
from vault.sealed_values import KeyDestroyed, Place, canonical, seal_value, unseal_value

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
MIA = UUID("6f1c0d3e-0000-4000-8000-000000000001")
PLACE = Place("courses_response", "given", "row-1", MIA)
plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    plain | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.KEYSTORE_DIR = tmp_path / "keystore"


@hypothesis(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(values)
def test_a_value_comes_back_as_it_was(value):
    sealed = seal_value(value, place=PLACE, scopes={"course": 0}, now=NOW)
    assert unseal_value(memoryview(sealed), place=PLACE) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"p": [float("-inf")]}])
def test_nan_and_infinity_are_refused(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        seal_value(value, place=PLACE, scopes={"course": 0}, now=NOW)


def test_the_order_of_names_does_not_show():
    assert (
        canonical({"b": 1, "a": "é"}) == canonical({"a": "é", "b": 1}) == '{"a":"é","b":1}'.encode()
    )


def test_it_is_sealed_under_every_scope_it_was_made_from():
    sealed = seal_value(1, place=PLACE, scopes={"face:adapt": 3, "pointer:adapt": 5}, now=NOW)
    open_keystore().destroy(MIA, ["pointer:adapt"])
    with pytest.raises(KeyDestroyed):
        unseal_value(sealed, place=PLACE)


def test_keys_of_different_epochs_differ():
    ids = {open_keystore().current_key(MIA, "face:adapt", epoch, NOW).id for epoch in (1, 2, 3, 1)}
    assert len(ids) == 3
