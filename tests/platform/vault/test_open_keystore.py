"""The site's keystore: opened at the first call in the configured folder."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from vault.errors import KeyDestroyed
from vault.keystore import ALL, open_keystore

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.KEYSTORE_DIR = tmp_path / "keystore"
    return settings.KEYSTORE_DIR


def test_the_store_is_in_the_configured_folder(folder):
    assert not folder.exists()
    open_keystore().current_key(uuid4(), "course", 0, NOW)
    assert (folder / "keys.sqlite3").exists()


def test_a_key_is_found_by_its_id_until_it_is_destroyed():
    mia = uuid4()
    key = open_keystore().current_key(mia, "face:adapt", 1, NOW)
    assert open_keystore().key(key.id) == key
    assert open_keystore().key_ids(mia) == [key.id]
    assert open_keystore().destroy(mia, ALL) == 1
    with pytest.raises(KeyDestroyed, match=key.id.hex()):
        open_keystore().key(key.id)


def test_a_folder_that_cannot_be_used_is_an_error_of_the_call(settings, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    settings.KEYSTORE_DIR = tmp_path / "file" / "keystore"
    with pytest.raises(OSError, match="file"):
        open_keystore().current_key(uuid4(), "course", 0, NOW)
