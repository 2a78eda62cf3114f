"""The demo's static files are collected once, and again after any change."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from demo import static_collection
from demo.static_collection import MADE_BY


@pytest.fixture
def root(tmp_path, settings) -> Path:
    """A checkout with one script."""
    for name in [*MADE_BY, "static/js/a.js"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    settings.BASE_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "out"
    settings.STATICFILES_DIRS = [tmp_path / "static"]
    finders.get_finder.cache_clear()
    yield tmp_path
    finders.get_finder.cache_clear()


def test_the_same_files_are_collected_once(root):
    assert static_collection.collect_changed()
    assert (root / "out" / "js" / "a.js").exists()
    assert not static_collection.collect_changed()


@pytest.mark.parametrize("name", ["static/js/a.js", "static/css/new.css", *MADE_BY])
def test_a_change_collects_again(root, name):
    static_collection.collect_changed()
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text("const b = 1;")
    assert static_collection.collect_changed()


def test_another_storage_collects_again(root, settings):
    static_collection.collect_changed()
    backend = {"BACKEND": "config.middleware.static_files.MinifiedManifestStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": backend}
    assert static_collection.collect_changed()
    assert (root / "out" / "staticfiles.json").exists()


def test_a_file_with_another_name_collects_again(root):
    static_collection.collect_changed()
    (root / "static" / "js" / "a.js").rename(root / "static" / "js" / "b.js")
    assert static_collection.collect_changed()


def test_an_interrupted_collection_is_never_taken_as_complete(root, monkeypatch):
    static_collection.collect_changed()
    script = root / "static" / "js" / "a.js"
    script.write_text("const b = 1;")
    with monkeypatch.context() as patch:
        patch.setattr(static_collection, "call_command", raise_full)
        with pytest.raises(OSError, match="full"):
            static_collection.collect_changed()
    script.write_text("")
    assert static_collection.collect_changed()


def raise_full(*_: object, **__: object) -> None:
    raise OSError("disk full")
