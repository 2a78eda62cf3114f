"""Copies from node_modules into `static/vendor/` just the files that pages may load.

The list is closed: the face library also ships nets that tell who somebody is (`faceres`) and
those must not even be served. Standard library only; run by the bootstrap.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "uplot/dist/uPlot.esm.js": "uPlot.esm.js",
    "uplot/dist/uPlot.min.css": "uPlot.min.css",
    "@vladmandic/human/dist/human.esm.js": "human/human.esm.js",
    "@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.wasm": "tfjs/tfjs-backend-wasm.wasm",
    "@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm": (
        "tfjs/tfjs-backend-wasm-simd.wasm"
    ),
    "@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.wasm": (
        "tfjs/tfjs-backend-wasm-threaded-simd.wasm"
    ),
}
MODELS = "@vladmandic/human/models"
NETS = ("blazeface", "facemesh", "iris")
SOURCE_MAP = re.compile(rb"^\s*//# sourceMappingURL=.*$", re.MULTILINE)


class MissingLibrary(Exception):
    """A pinned library is not where npm should have put it."""


def copy(modules: Path, vendor: Path) -> list[Path]:
    """Fills `vendor` afresh; says which file is missing rather than leaving a part."""
    found = {modules / source: vendor / target for source, target in FILES.items()}
    for net in NETS:
        for ending in ("json", "bin"):
            name = f"{net}.{ending}"
            found[modules / MODELS / name] = vendor / "human" / "models" / name
    missing = [str(source) for source in found if not source.is_file()]
    if missing:
        raise MissingLibrary(f"npm did not install {', '.join(missing)}")
    shutil.rmtree(vendor, ignore_errors=True)
    for source, target in found.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(_without_source_map(source))
    _write_index(modules / MODELS / "models.json", vendor / "human" / "models" / "models.json")
    return sorted(found.values())


def _without_source_map(source: Path) -> bytes:
    """The map is not shipped, and hashing static files would stop at a file that is not there."""
    content = source.read_bytes()
    return SOURCE_MAP.sub(b"", content) if source.suffix in (".js", ".css") else content


def _write_index(source: Path, target: Path) -> None:
    """Human's list of model sizes, cut down to what is served."""
    sizes = json.loads(source.read_text())
    target.write_text(json.dumps({net: sizes[net] for net in NETS if net in sizes}))


if __name__ == "__main__":
    root = Path(__file__).resolve().parents[2]
    try:
        copy(root / "node_modules", root / "static" / "vendor")
    except MissingLibrary as error:
        sys.exit(f"attune: {error}")
