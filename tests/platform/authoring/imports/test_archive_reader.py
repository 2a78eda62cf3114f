from __future__ import annotations

import io
import stat
import tarfile
import zipfile

import pytest

from authoring.errors import BrokenPackage
from authoring.formats import registry
from authoring.formats.course_builder import Package
from authoring.imports import archive_reader
from authoring.imports.archive_reader import open_package

COURSE = ("top/course.json", b"{}")


def zipped(path, *entries, mode=None):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr = (mode or stat.S_IFREG | 0o644) << 16
            archive.writestr(info, content)
    return path


def tarred(path, *entries, kind=tarfile.REGTYPE):
    with tarfile.open(path, "w:gz") as archive:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            info.size, info.type = len(content), kind
            info.linkname = "/etc/passwd"
            archive.addfile(info, io.BytesIO(content))
    return path


PACKERS = {"zip": (zipped, "p.zip"), "tar": (tarred, "p.tar.gz")}


@pytest.fixture(params=PACKERS)
def pack(request, tmp_path):
    packer, name = PACKERS[request.param]
    return lambda *entries, **options: packer(tmp_path / name, *entries, **options)


@pytest.fixture
def scratch(tmp_path):
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def test_archive_opens_at_the_course_folder(pack, scratch):
    assert open_package(pack(COURSE, ("top/a/b.vtt", b"WEBVTT")), scratch) == scratch / "top"
    assert (scratch / "top/a/b.vtt").read_bytes() == b"WEBVTT"


@pytest.mark.parametrize(
    "name",
    ["../out.json", "/etc/out.json", "top/../../out.json", "top\\..\\out.json", "C:out.json"],
)
def test_entry_outside_the_archive_folder_is_refused(pack, scratch, tmp_path, name):
    with pytest.raises(BrokenPackage, match="inside the package"):
        open_package(pack(COURSE, (name, b"x")), scratch)
    assert not list(tmp_path.rglob("*out.json"))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_a_tar_with_a_link_or_a_device_is_refused(scratch, tmp_path, kind):
    with pytest.raises(BrokenPackage, match="is a link or a special file"):
        open_package(tarred(tmp_path / "p.tar.gz", ("course.json", b""), kind=kind), scratch)


def test_a_zip_with_a_link_is_refused(scratch, tmp_path):
    path = zipped(tmp_path / "p.zip", ("course.json", b"/etc/passwd"), mode=stat.S_IFLNK | 0o777)
    with pytest.raises(BrokenPackage, match="is a link or a special file"):
        open_package(path, scratch)


def test_an_archive_inside_the_archive_is_refused(pack, scratch):
    with pytest.raises(BrokenPackage, match="an archive inside the archive"):
        open_package(pack(COURSE, ("top/more.ZIP", b"PK")), scratch)


def test_too_many_entries_are_refused(pack, scratch, monkeypatch):
    monkeypatch.setattr(archive_reader, "MAX_ENTRIES", 3)
    with pytest.raises(BrokenPackage, match="at most 3 entries"):
        open_package(pack(COURSE, *((f"top/{n}.txt", b"") for n in range(3))), scratch)


def test_bytes_are_counted_while_unpacking(pack, scratch, monkeypatch):
    monkeypatch.setattr(archive_reader, "MAX_BYTES", 1000)
    with pytest.raises(BrokenPackage, match="larger than allowed when unpacked"):
        open_package(pack(COURSE, ("top/bomb.txt", bytes(2000))), scratch)


def test_repeated_entry_is_refused(pack, scratch):
    with pytest.raises(BrokenPackage, match="in the archive more than once"):
        open_package(pack(COURSE, ("top/A.txt", b"1"), ("top/a.txt", b"2")), scratch)


def test_truncated_archive_is_refused(pack, scratch, tmp_path):
    path = pack(COURSE, ("top/a.txt", bytes(range(256)) * 400))
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(BrokenPackage):
        open_package(path, scratch)


def test_file_without_a_course_is_refused(pack, scratch):
    package = Package(open_package(pack(("top/readme.txt", b"")), scratch), "top")
    with pytest.raises(BrokenPackage, match=r"expected course\.json or content-pool/"):
        registry.detect_format(package)


def test_missing_path_is_refused(tmp_path, scratch):
    with pytest.raises(BrokenPackage, match="found nothing"):
        open_package(tmp_path / "none.zip", scratch)
