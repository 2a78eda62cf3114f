"""The service that wraps the master keys: one, complete, and never printed with its secret."""

from __future__ import annotations

import re

import pytest

from config.env import BadEnvironment
from config.key_service import read_key_database, read_key_service
from privacy.models import MASTER_KEY
from vault.hashicorp_transit import Transit
from vault.pkcs11_module import Pkcs11

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


def test_a_name_with_capitals_is_kept_and_shown_without_them():
    """Vault accepts them, so sites have keys with such names."""
    assert read_key_service({**TRANSIT, "KEYSTORE_TRANSIT_NAME": "Uni-Keys"}).name == "Uni-Keys"
    for outer in (Transit("", "Uni-Keys", ""), Pkcs11("", "", "Uni-Keys", "")):
        assert re.fullmatch(MASTER_KEY, outer.name_key(4))
        assert outer.name_key(4).endswith(":uni-keys-4")


@pytest.mark.parametrize("name", ["a b", "a/b", "x" * 65])
def test_a_name_that_a_certificate_cannot_show_stops_the_start(name):
    with pytest.raises(BadEnvironment, match="KEYSTORE_TRANSIT_NAME"):
        read_key_service({**TRANSIT, "KEYSTORE_TRANSIT_NAME": name})


@pytest.mark.parametrize("url", ["postgresql://u:secret@h1:x,h2:5432/keys", "mysql://h/keys"])
def test_an_address_that_cannot_be_read_is_named_without_its_password(url):
    with pytest.raises(BadEnvironment, match="KEYSTORE_DATABASE_URL") as refused:
        read_key_database({"KEYSTORE_DATABASE_URL": url})
    assert "secret" not in str(refused.value)


def test_several_servers_are_named_in_the_query():
    url = "postgresql://u:secret@/keys?host=one,two&sslmode=verify-full"
    assert read_key_database({"KEYSTORE_DATABASE_URL": url}) == url
