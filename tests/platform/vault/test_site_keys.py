"""Lasting secrets: a salt goes with its person, and the secrets of the site stay."""

from __future__ import annotations

from uuid import uuid4

import pytest

from vault import site_keys
from vault.keystore import ALL, open_keystore


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.KEYSTORE_DIR = tmp_path / "keystore"


def test_each_person_has_a_salt_that_goes_only_with_everything():
    mia, noah = uuid4(), uuid4()
    salt = site_keys.salt(mia)
    assert salt == site_keys.salt(mia) != site_keys.salt(noah)
    open_keystore().destroy(mia, ["identity", "course"])
    assert site_keys.salt(mia) == salt
    open_keystore().destroy(mia, ALL)
    assert site_keys.salt(mia) != salt


def test_the_pepper_belongs_to_the_site_and_stays():
    pepper = site_keys.pepper()
    assert len(pepper) == 32
    open_keystore().destroy(uuid4(), ALL)
    open_keystore().rewrap()
    assert site_keys.pepper() == pepper
