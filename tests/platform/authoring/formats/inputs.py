"""Read the small files of tests/data/inputs."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

from authoring.formats import gift, olx, qti, registry
from authoring.formats.attune import validation
from authoring.formats.course_builder import Package
from authoring.media.storage import MediaShelf

DATA = Path(__file__).parents[3] / "data"
INPUTS = DATA / "inputs"
READERS = {"gift": gift, "qti": qti, "olx": olx}


def read(name, tmp_path, **beside):
    """Return the questions by id, the units, and the left-out content; `beside` adds pictures."""
    root = tmp_path / "package"
    source = INPUTS / name
    if source.is_dir():
        shutil.copytree(source, root)
    else:
        root.mkdir(parents=True)
        shutil.copy(source, root)
    for stem, content in beside.items():
        (root / f"{stem}.png").write_bytes(content)
    package = Package(root, source.stem)
    assert registry.detect_format(package).name == name.split("/")[0]
    return read_package(name.split("/")[0], package, tmp_path)


def read_package(kind, package, tmp_path):
    """Return the questions by id, the units, and the left-out content."""
    content, left_out = content_of(READERS[kind], package, tmp_path)
    return questions_of(content), content["units"], left_out


def content_of(reader, package, tmp_path):
    """Return the validated course that a reader makes of a package, and the left-out content."""
    shelf = MediaShelf(package.folder, uuid.UUID(int=1), "/media/")
    content, left_out = reader.read(package, shelf)
    validation.check(content)
    return content, +left_out


def questions_of(content):
    return {row["id"]: row for unit in content["units"] for row in unit.get("questions", ())}


def choices(row):
    return [(one["text"], one["correct"]) for one in row["choices"]]
