"""The site's keystore: opened at the first call in the configured folder, with salts and pepper."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from vault import keystore
from vault.errors import KeyDestroyed

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.KEYSTORE_DIR = tmp_path / "keystore"
    return settings.KEYSTORE_DIR


def test_the_store_is_in_the_configured_folder(folder):
    assert not folder.exists()
    keystore.current_key(uuid4(), "course", 0, NOW)
    assert (folder / "keys.sqlite3").exists()


def test_each_person_has_a_salt_that_goes_only_with_everything():
    mia, noah = uuid4(), uuid4()
    salt = keystore.salt(mia)
    assert salt == keystore.salt(mia) != keystore.salt(noah)
    keystore.destroy(mia, ["identity", "course"])
    assert keystore.salt(mia) == salt
    keystore.destroy(mia, keystore.ALL)
    assert keystore.salt(mia) != salt


def test_the_pepper_belongs_to_the_site_and_stays():
    pepper = keystore.pepper()
    assert len(pepper) == 32
    keystore.destroy(uuid4(), keystore.ALL)
    keystore.rewrap()
    assert keystore.pepper() == pepper


def test_a_key_is_found_by_its_id_until_it_is_destroyed():
    mia = uuid4()
    key = keystore.current_key(mia, "face:adapt", 1, NOW)
    assert keystore.key(key.id) == key
    assert keystore.key_ids(mia) == [key.id]
    assert keystore.destroy(mia, keystore.ALL) == 1
    with pytest.raises(KeyDestroyed, match=key.id.hex()):
        keystore.key(key.id)


def test_a_folder_that_cannot_be_used_is_an_error_of_the_call(settings, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    settings.KEYSTORE_DIR = tmp_path / "file" / "keystore"
    with pytest.raises(OSError, match="file"):
        keystore.current_key(uuid4(), "course", 0, NOW)
