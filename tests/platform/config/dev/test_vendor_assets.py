"""Only listed files of the browser libraries are served, never the model that identifies people."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest

from config.dev import mediapipe_csp_patch, vendor_assets

ROOT = Path(__file__).resolve().parents[4]


COMPILED = """
function createNamedFunction(name,body){
return new Function("body","return function "+name+"() {")(body)}
function craft(){var argsList="";var argsListWired="";var args1=[];
var invokerFunction=new_(Function,args1).apply(null,args2);return invokerFunction}
function method(){var signatureName=retType.name+"_$";
var invokerFunction=new_(Function,params).apply(null,args);return add(invokerFunction)}
"""


@pytest.fixture
def modules(tmp_path):
    """A node_modules with every listed file, and others that must not be served."""
    folder = tmp_path / "node_modules"
    nets = ["faceres", "emotion", "antispoof"]
    names = [*vendor_assets.FILES, *(f"@vladmandic/human/models/{net}.bin" for net in nets)]
    for package, files in vendor_assets.LIBRARIES.values():
        names += [f"{package}/{file}" for file in files]
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{name}\n//# sourceMappingURL=elsewhere.map\n")
    for package, _ in vendor_assets.LIBRARIES.values():
        (folder / package / "package.json").write_text('{"version": "1.2.3"}')
    listed = json.dumps(dict.fromkeys([*vendor_assets.NETS, *nets], 1))
    (folder / "@vladmandic/human" / vendor_assets.MODELS).write_text(listed)
    compiled = folder / "@mediapipe/face_mesh/face_mesh_solution_simd_wasm_bin.js"
    compiled.write_text(COMPILED)
    return folder


def libraries(vendor):
    """Return the served list, as the worker reads it."""
    text = (vendor / "libraries.js").read_text()
    return json.loads(text.removeprefix("export const LIBRARIES = Object.freeze(")[:-3])


def test_the_closed_list_is_copied_and_nothing_else(modules, tmp_path):
    vendor = tmp_path / "vendor"
    vendor_assets.copy_assets(modules, vendor)
    models = vendor / "human" / "1.2.3" / "models"
    assert {f.stem for f in models.iterdir()} == {"blazeface", "facemesh", "iris", "models"}
    assert json.loads((models / "models.json").read_text()).keys() == set(vendor_assets.NETS)
    assert {f.name for f in vendor.iterdir()} == {
        "face_mesh",
        "htmx.min.js",
        "human",
        "libraries.js",
        "ort",
        "tfjs",
        "tus.min.js",
        "uPlot.esm.js",
        "uPlot.min.css",
    }


def test_every_file_of_a_library_is_listed_with_its_digest(modules, tmp_path):
    vendor = tmp_path / "vendor"
    vendor_assets.copy_assets(modules, vendor)
    for library in libraries(vendor).values():
        folder = vendor / library["folder"]
        there = {f.relative_to(folder).as_posix(): f for f in folder.rglob("*") if f.is_file()}
        assert there.keys() == library["files"].keys()
        for name, file in there.items():
            digest = hashlib.sha384(file.read_bytes()).digest()
            assert library["files"][name] == f"sha384-{base64.b64encode(digest).decode()}"


def test_a_library_lies_under_its_version(modules, tmp_path):
    vendor = tmp_path / "vendor"
    vendor_assets.copy_assets(modules, vendor)
    assert (vendor / "face_mesh" / "1.2.3" / "face_mesh.js").is_file()
    assert libraries(vendor)["tfjs"]["folder"] == "tfjs/1.2.3"


def test_no_script_makes_functions_out_of_text(modules, tmp_path):
    vendor_assets.copy_assets(modules, tmp_path / "vendor")
    name = "face_mesh/1.2.3/face_mesh_solution_simd_wasm_bin.js"
    script = (tmp_path / "vendor" / name).read_text()
    assert "new Function" not in script
    assert "new_(Function" not in script
    assert "return body.apply(this,arguments)" in script


def test_another_build_of_the_library_is_refused_and_the_old_copy_stays(modules, tmp_path):
    vendor = tmp_path / "vendor"
    vendor_assets.copy_assets(modules, vendor)
    compiled = modules / "@mediapipe/face_mesh/face_mesh_solution_simd_wasm_bin.js"
    compiled.write_text(f"{COMPILED}new Function(source)")
    with pytest.raises(mediapipe_csp_patch.UnknownBuild, match="more places"):
        vendor_assets.copy_assets(modules, vendor)
    assert (vendor / "htmx.min.js").exists()


def test_no_file_identifies_people(modules, tmp_path):
    copied = vendor_assets.copy_assets(modules, tmp_path / "vendor")
    assert not [f for f in copied if "faceres" in f.name or "emotion" in f.name]


def test_what_was_served_before_and_is_not_listed_goes(modules, tmp_path):
    old = tmp_path / "vendor" / "human" / "1.2.2" / "models" / "faceres.bin"
    old.parent.mkdir(parents=True)
    old.touch()
    vendor_assets.copy_assets(modules, tmp_path / "vendor")
    assert not old.exists()


def test_scripts_lose_their_source_map(modules, tmp_path):
    vendor_assets.copy_assets(modules, tmp_path / "vendor")
    assert "sourceMappingURL" not in (tmp_path / "vendor" / "htmx.min.js").read_text()


def test_a_missing_library_is_named_and_the_old_copy_stays(modules, tmp_path):
    vendor = tmp_path / "vendor"
    vendor_assets.copy_assets(modules, vendor)
    (modules / "htmx.org/dist/htmx.min.js").unlink()
    with pytest.raises(vendor_assets.MissingLibrary, match=r"htmx\.min\.js"):
        vendor_assets.copy_assets(modules, vendor)
    assert (vendor / "htmx.min.js").exists()


def test_every_listed_library_is_pinned():
    pinned = json.loads((ROOT / "package.json").read_text())["dependencies"]
    packages = [package for package, _ in vendor_assets.LIBRARIES.values()]
    for source in [*vendor_assets.FILES, *(f"{package}/x" for package in packages)]:
        assert any(source.startswith(f"{name}/") for name in pinned), source
    assert all(version[0].isdigit() for version in pinned.values())
