"""Pictures of an export: only files of the course itself, in every format."""

from __future__ import annotations

import base64
import zipfile

import pytest

from authoring.errors import BrokenPackage
from authoring.formats import registry
from authoring.formats.package_images import file_of_course
from tests.fixtures.media_files import LocalFolder

FORMATS = ["olx", "qti", "qti22", "qti3", "moodle"]


def course(prompt, reading=""):
    choices = [
        {"id": "a", "text": "yes", "correct": True},
        {"id": "b", "text": "no", "correct": False},
    ]
    row = {"id": "q", "type": "single", "prompt": prompt, "choices": choices, "skills": ["s"]}
    quiz = {"id": "u", "kind": "quiz", "title": "U", "skills": ["s"], "questions": [row]}
    text = {
        "id": "r",
        "kind": "reading",
        "title": "R",
        "skills": [],
        "format": "markdown",
        "body": reading or "Text",
    }
    return {
        "format": "attune-course", "format_version": "1.1", "slug": "c", "title": "C",
        "language": "en", "skills": [{"slug": "s", "name": "S", "prerequisites": []}],
        "units": [text, quiz],
    }  # fmt: skip


@pytest.fixture
def media(tmp_path):
    folder = tmp_path / "media"
    folder.mkdir()
    (folder / "own.png").write_bytes(b"\x89PNG own")
    (tmp_path / "secret.png").write_bytes(b"\x89PNG secret")
    return LocalFolder(folder)


def test_a_name_leads_to_a_file_of_the_course_alone(media, tmp_path):
    assert file_of_course(media, "own.png") == media.folder / "own.png"
    for name in ("../secret.png", f"{tmp_path}/secret.png", "/etc/passwd", "..", "."):
        assert file_of_course(media, name) is None, name


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_has_the_pictures_of_the_course_and_no_other_file(name, media, tmp_path):
    prompt = f"![a](own.png) ![b](../secret.png) ![c]({tmp_path}/secret.png) ![d](/etc/passwd)"
    files, _ = registry.FORMATS[name].write(course(prompt), media)
    registry.FORMATS[name].pack(files, tmp_path / "out")
    content = unpacked(tmp_path / "out")
    assert b"\x89PNG own" in content
    assert b"secret" not in content.replace(b"![b](../secret.png)", b"")
    assert b"root:" not in content


def unpacked(path):
    """Return the bytes of all files in an export, and those that it has as base64."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return b"".join(archive.read(one) for one in archive.namelist())
    if path.read_bytes().startswith(b"\x1f\x8b"):
        import tarfile

        with tarfile.open(path) as archive:
            return b"".join(archive.extractfile(one).read() for one in archive)
    text = path.read_bytes()
    inside = [part.split(b"</file>")[0] for part in text.split(b'encoding="base64">')[1:]]
    return text + b"".join(map(base64.b64decode, inside))


def test_our_own_export_refuses_a_file_outside_the_course(media, tmp_path):
    write = registry.FORMATS["attune"].write
    files, _ = write(course("![a](own.png)"), media)
    assert files["own.png"] == media.folder / "own.png"
    with pytest.raises(BrokenPackage, match="no longer on the site"):
        write(course("![a](../secret.png)"), media)


@pytest.mark.parametrize("name", ["olx", "moodle"])
def test_pictures_of_a_reading_are_exported(name, media, tmp_path):
    reading = "A ruler:\n\n![A ruler](own.png)\n\nand `![code](x.png)`."
    files, _ = registry.FORMATS[name].write(course("Which?", reading), media)
    registry.FORMATS[name].pack(files, tmp_path / "out")
    content = unpacked(tmp_path / "out")
    assert b"\x89PNG own" in content
    assert b"file-of-the-course" not in content
