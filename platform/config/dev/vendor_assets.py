"""Copies from node_modules into `static/vendor/` just the files that pages may load.

The list is closed: the face library also ships nets that tell who somebody is (`faceres`) and
those must not even be served. What the camera needs lies under its version, to be kept by browsers
for good, and is listed with its digests in `libraries.js`. Standard library only; run by the
bootstrap.
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
    "uplot/dist/uPlot.esm.js": "uPlot.esm.js",
    "uplot/dist/uPlot.min.css": "uPlot.min.css",
}
NETS = ("blazeface", "facemesh", "iris")
# By the name that scripts use: the package, and which of its files; each keeps its place in it.
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
    """A pinned library is not where npm should have put it."""


def copy(modules: Path, vendor: Path) -> list[Path]:
    """Fills `vendor` afresh; says which file is missing rather than leaving a part."""
    found = {vendor / target: modules / source for source, target in FILES.items()}
    for name, (package, files) in LIBRARIES.items():
        folder = vendor / name / version_of(modules / package)
        found |= {folder / file: modules / package / file for file in files}
        if name == "human":
            found[folder / MODELS] = modules / package / MODELS
    missing = [str(source) for source in found.values() if not source.is_file()]
    if missing:
        raise MissingLibrary(f"npm did not install {', '.join(missing)}")
    contents = {target: content_of(source) for target, source in found.items()}
    shutil.rmtree(vendor, ignore_errors=True)
    for target, content in contents.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    (vendor / "libraries.js").write_text(listed(modules, vendor, contents))
    return sorted(contents)


def version_of(package: Path) -> str:
    described = package / "package.json"
    if not described.is_file():
        raise MissingLibrary(f"npm did not install {described}")
    return str(json.loads(described.read_text())["version"])


def content_of(source: Path) -> bytes:
    """As it is served. A source map is not shipped, and hashing static files would stop at a file
    that is not there; Human's list of models is cut down to what is served."""
    content = source.read_bytes()
    if source.name == "models.json":
        sizes = json.loads(content)
        return json.dumps({net: sizes[net] for net in NETS if net in sizes}).encode()
    if source.name == "face_mesh_solution_simd_wasm_bin.js":
        return mediapipe_csp_patch.rewritten(content.decode()).encode()
    return SOURCE_MAP.sub(b"", content) if source.suffix in SCRIPTS else content


def listed(modules: Path, vendor: Path, contents: Mapping[Path, bytes]) -> str:
    """The module by which a worker finds its files and knows that each is the one meant."""
    libraries = {}
    for name, (package, _) in LIBRARIES.items():
        folder = vendor / name / version_of(modules / package)
        files = {
            target.relative_to(folder).as_posix(): integrity_of(content)
            for target, content in contents.items()
            if target.is_relative_to(folder)
        }
        libraries[name] = {"folder": folder.relative_to(vendor).as_posix(), "files": files}
    return f"export const LIBRARIES = Object.freeze({json.dumps(libraries, indent=1)});\n"


def integrity_of(content: bytes) -> str:
    """As `integrity` is written in a page and in `fetch`."""
    return f"sha384-{base64.b64encode(hashlib.sha384(content).digest()).decode()}"


if __name__ == "__main__":
    root = Path(__file__).resolve().parents[3]
    try:
        copy(root / "node_modules", root / "static" / "vendor")
    except (MissingLibrary, mediapipe_csp_patch.NotThere) as error:
        sys.exit(f"attune: {error}")
