"""Only listed files of the browser libraries are served, never the net that tells faces apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from config import frontend

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def modules(tmp_path):
    """A node_modules with every listed file, and beside them what must not be served."""
    folder = tmp_path / "node_modules"
    names = [*frontend.FILES]
    nets = [*frontend.NETS, "faceres", "emotion", "antispoof"]
    names += [f"{frontend.MODELS}/{net}.{end}" for net in nets for end in ("json", "bin")]
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{name}\n//# sourceMappingURL=elsewhere.map\n")
    (folder / frontend.MODELS / "models.json").write_text(json.dumps(dict.fromkeys(nets, 1)))
    return folder


def test_the_closed_list_is_copied_and_nothing_else(modules, tmp_path):
    vendor = tmp_path / "vendor"
    frontend.copy(modules, vendor)
    nets = {f.stem for f in (vendor / "human" / "models").iterdir()}
    assert nets == {"blazeface", "facemesh", "iris", "models"}
    assert json.loads((vendor / "human/models/models.json").read_text()).keys() == set(
        frontend.NETS
    )


def test_no_file_tells_who_somebody_is(modules, tmp_path):
    copied = frontend.copy(modules, tmp_path / "vendor")
    assert not [f for f in copied if "faceres" in f.name or "emotion" in f.name]


def test_what_was_served_before_and_is_not_listed_goes(modules, tmp_path):
    old = tmp_path / "vendor" / "human" / "models" / "faceres.bin"
    old.parent.mkdir(parents=True)
    old.touch()
    frontend.copy(modules, tmp_path / "vendor")
    assert not old.exists()


def test_scripts_lose_their_source_map(modules, tmp_path):
    frontend.copy(modules, tmp_path / "vendor")
    assert "sourceMappingURL" not in (tmp_path / "vendor" / "htmx.min.js").read_text()


def test_a_missing_library_is_named_and_the_old_copy_stays(modules, tmp_path):
    vendor = tmp_path / "vendor"
    frontend.copy(modules, vendor)
    (modules / "htmx.org/dist/htmx.min.js").unlink()
    with pytest.raises(frontend.MissingLibrary, match=r"htmx\.min\.js"):
        frontend.copy(modules, vendor)
    assert (vendor / "htmx.min.js").exists()


def test_every_listed_library_is_pinned():
    pinned = json.loads((ROOT / "package.json").read_text())["dependencies"]
    for source in [*frontend.FILES, f"{frontend.MODELS}/x"]:
        assert any(source.startswith(f"{name}/") for name in pinned), source
    assert all(version[0].isdigit() for version in pinned.values())
