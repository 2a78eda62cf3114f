"""Copies exactly the files that pages may load from node_modules into `static/vendor/`.

The list is closed: the face library also ships models that identify people (`faceres`), which must
not even be served. Camera libraries are stored under their version, so that browsers can cache them
permanently, and listed with digests in `libraries.js`. Standard library only; run by the bootstrap.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from config.dev import mediapipe_csp_patch

FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "tus-js-client/dist/tus.min.js": "tus.min.js",
    "uplot/dist/uPlot.esm.js": "uPlot.esm.js",
    "uplot/dist/uPlot.min.css": "uPlot.min.css",
}
NETS = ("blazeface", "facemesh", "iris")
# By the name that scripts use: the package, and which of its files; paths inside it are kept.
LIBRARIES = {
    "human": (
        "@vladmandic/human",
        ("dist/human.esm.js", *(f"models/{net}.{end}" for net in NETS for end in ("json", "bin"))),
    ),
    "tfjs": (
        "@tensorflow/tfjs-backend-wasm",
        ("wasm-out/tfjs-backend-wasm.wasm", "wasm-out/tfjs-backend-wasm-simd.wasm"),
    ),
    "face_mesh": (
        "@mediapipe/face_mesh",
        (
            "face_mesh.js",
            "face_mesh.binarypb",
            "face_mesh_solution_packed_assets.data",
            "face_mesh_solution_packed_assets_loader.js",
            "face_mesh_solution_simd_wasm_bin.js",
            "face_mesh_solution_simd_wasm_bin.wasm",
        ),
    ),
    "ort": (
        "onnxruntime-web",
        (
            "dist/ort.wasm.min.mjs",
            "dist/ort-wasm-simd-threaded.mjs",
            "dist/ort-wasm-simd-threaded.wasm",
        ),
    ),
}
MODELS = "models/models.json"
SCRIPTS = (".js", ".mjs", ".css")
SOURCE_MAP = re.compile(rb"^\s*//# sourceMappingURL=.*$", re.MULTILINE)


class MissingLibrary(Exception):
    """A pinned library is not where npm should have installed it."""


def copy_assets(modules: Path, vendor: Path) -> list[Path]:
    """Fill `vendor` from scratch; raise MissingLibrary rather than copy a part."""
    found = {vendor / target: modules / source for source, target in FILES.items()}
    for name, (package, files) in LIBRARIES.items():
        folder = vendor / name / read_version(modules / package)
        found |= {folder / file: modules / package / file for file in files}
        if name == "human":
            found[folder / MODELS] = modules / package / MODELS
    missing = [str(source) for source in found.values() if not source.is_file()]
    if missing:
        raise MissingLibrary(f"npm did not install {', '.join(missing)}")
    contents = {target: read_content(source) for target, source in found.items()}
    shutil.rmtree(vendor, ignore_errors=True)
    for target, content in contents.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    (vendor / "libraries.js").write_text(make_index(modules, vendor, contents))
    return sorted(contents)


def read_version(package: Path) -> str:
    described = package / "package.json"
    if not described.is_file():
        raise MissingLibrary(f"npm did not install {described}")
    return str(json.loads(described.read_text())["version"])


def read_content(source: Path) -> bytes:
    """Return the file's content as served.

    Source maps are not shipped, and hashing static files would fail at a missing one. Human's list
    of models is reduced to those that are served.
    """
    content = source.read_bytes()
    if source.name == "models.json":
        sizes = json.loads(content)
        return json.dumps({net: sizes[net] for net in NETS if net in sizes}).encode()
    if source.name == "face_mesh_solution_simd_wasm_bin.js":
        return mediapipe_csp_patch.rewrite_script(content.decode()).encode()
    return SOURCE_MAP.sub(b"", content) if source.suffix in SCRIPTS else content


def make_index(modules: Path, vendor: Path, contents: Mapping[Path, bytes]) -> str:
    """Return the module by which a worker finds its files and verifies their digests."""
    libraries = {}
    for name, (package, _) in LIBRARIES.items():
        folder = vendor / name / read_version(modules / package)
        files = {
            target.relative_to(folder).as_posix(): compute_integrity(content)
            for target, content in contents.items()
            if target.is_relative_to(folder)
        }
        libraries[name] = {"folder": folder.relative_to(vendor).as_posix(), "files": files}
    return f"export const LIBRARIES = Object.freeze({json.dumps(libraries, indent=1)});\n"


def compute_integrity(content: bytes) -> str:
    """Return the digest in the form of `integrity` in pages and in `fetch`."""
    return f"sha384-{base64.b64encode(hashlib.sha384(content).digest()).decode()}"


if __name__ == "__main__":
    root = Path(__file__).resolve().parents[3]
    try:
        copy_assets(root / "node_modules", root / "static" / "vendor")
    except (MissingLibrary, mediapipe_csp_patch.UnknownBuild) as error:
        sys.exit(f"attune: {error}")
