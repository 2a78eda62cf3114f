"""The service that wraps the master keys: one, complete, and never printed with its secret."""

from __future__ import annotations

import pytest

from config.env import BadEnvironment
from config.key_service import read_key_service

TRANSIT = {"KEYSTORE_TRANSIT_URL": "https://keys.example/v1/transit"}
MODULE = {"KEYSTORE_PKCS11_MODULE": "/usr/lib/softhsm/libsofthsm2.so"}
TOKEN = {"KEYSTORE_PKCS11_TOKEN": "attune", "KEYSTORE_PKCS11_PIN": "a long pin"}


def test_without_settings_there_is_none():
    assert read_key_service({}).kind == ""


def test_a_transit_service_or_a_module_is_named_and_its_secret_is_not_shown():
    transit = read_key_service({**TRANSIT, "KEYSTORE_TRANSIT_TOKEN": "a long token"})
    module = read_key_service({**MODULE, **TOKEN})
    assert (transit.kind, module.kind) == ("transit", "pkcs11")
    assert "a long" not in f"{transit!r}{module!r}"


@pytest.mark.parametrize("wrong", [{**TRANSIT, **MODULE, **TOKEN}, MODULE])
def test_two_services_or_half_of_one_stop_the_start(wrong):
    with pytest.raises(BadEnvironment, match="KEYSTORE_PKCS11_MODULE"):
        read_key_service(wrong)
