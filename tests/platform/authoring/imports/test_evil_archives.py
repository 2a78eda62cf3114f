"""Forty harmful archives: each is refused, and writes nothing outside and little inside."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import struct
import tarfile
import zipfile

import pytest

from authoring.errors import BrokenPackage
from authoring.imports import archive_reader
from authoring.imports.archive_reader import open_package

LIMIT = 3 * 1024**2
ZEROS = bytes(4 * LIMIT)
COURSE = ("course.json", b"{}")


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr(archive_reader, "ALWAYS", LIMIT)
    monkeypatch.setattr(archive_reader, "MAX_ENTRIES", 60)


def zipped(*entries, mode=stat.S_IFREG | 0o644, method=zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in (COURSE, *entries):
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFREG | 0o644 if name == COURSE[0] else mode) << 16
            info.compress_type = method
            archive.writestr(info, content)
    return out.getvalue()


def tarred(*members, pack=gzip.compress, format=tarfile.PAX_FORMAT) -> bytes:
    """Members are names, or (name, fields of TarInfo)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as archive:
        for name, fields in [(m, {}) if isinstance(m, str) else m for m in (COURSE[0], *members)]:
            info = tarfile.TarInfo(name)
            content = fields.pop("content", b"")
            info.size = len(content)
            for field, value in fields.items():
                setattr(info, field, value)
            archive.addfile(info, io.BytesIO(content))
    return pack(out.getvalue())


def patched(archive: bytes, before: bytes, after: bytes) -> bytes:
    assert before in archive
    return archive.replace(before, after)


def sizes_changed(archive: bytes, size: int) -> bytes:
    """Change the unpacked size in each header of a zip; readers must not trust it."""
    found = bytearray(archive)
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = archive.find(mark, archive.find(mark) + 4)
        found[place + at : place + at + 4] = struct.pack("<I", size)
    return bytes(found)


def overlapping(copies: int = 40) -> bytes:
    """Build a zip in Fifield's way: many names in the directory share one body."""
    packed = zipped(("a.bin", bytes(LIMIT // 4)))
    end = packed.rfind(b"PK\x05\x06")
    start = struct.unpack("<I", packed[end + 16 : end + 20])[0]
    entry = packed.find(b"PK\x01\x02", start + 4)
    more = b"".join(
        packed[entry:end].replace(b"a.bin", b"%05d" % number) for number in range(copies)
    )
    head = packed[end : end + 8] + struct.pack("<HHII", 2 + copies, 2 + copies,
                                               end - start + len(more), start)  # fmt: skip
    return packed[:end] + more + head + b"\0\0"


def sparse() -> bytes:
    """Build a few bytes of tar that declare a sparse file of a terabyte."""
    info = tarfile.TarInfo("hole.bin")
    head = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    head[156:157] = tarfile.GNUTYPE_SPARSE
    head[386:398], head[398:410] = b"00000000000\0", b"00000000000\0"
    head[483:495] = b"\x80\0\0\0\0\0\0\x01\0\0\0\0"
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return gzip.compress(tarred(pack=bytes)[:512] + bytes(head) + bytes(1024))


def link(kind: bytes, to: str = "/etc/passwd"):
    return ("link", {"type": kind, "linkname": to})


CLIMBING = [
    "../out", "a/../../out", "/out", "//out", "a\\..\\out", "\\\\host\\share\\out", "C:out",
    "C:/out", "a/out:stream", "./../out", "..", "a/..",
]  # fmt: skip
EVIL = {
    **{f"zip with {name}": lambda name=name: zipped((name, b"x")) for name in CLIMBING},
    **{f"tar with {name}": lambda name=name: tarred(name) for name in CLIMBING},
    "a zip with a long path": lambda: zipped(("a/" * 200 + "b", b"")),
    "a tar with a long path": lambda: tarred("a/" * 200 + "b"),
    "a tar whose extended header renames a file": lambda: tarred(
        ("plain", {"pax_headers": {"path": "../out"}})
    ),
    "a tar whose GNU header renames a file": lambda: tarred(
        "../" + "o" * 150, format=tarfile.GNU_FORMAT
    ),
    "a symlink in a zip": lambda: zipped(("l", b"/etc/passwd"), mode=stat.S_IFLNK | 0o777),
    "a device in a zip": lambda: zipped(("l", b""), mode=stat.S_IFCHR | 0o600),
    "a symlink in a tar": lambda: tarred(link(tarfile.SYMTYPE)),
    "a symlink, then a file through it": lambda: tarred(link(tarfile.SYMTYPE, ".."), "link/out"),
    "a hard link": lambda: tarred(link(tarfile.LNKTYPE)),
    "a pipe": lambda: tarred(link(tarfile.FIFOTYPE)),
    "a character device": lambda: tarred(link(tarfile.CHRTYPE)),
    "a block device": lambda: tarred(link(tarfile.BLKTYPE)),
    "a file twice": lambda: zipped(("a", b"1"), ("b", b"2"), ("a/", b""), ("B", b"3")),
    "a file twice in a tar": lambda: tarred("a", "b", "./a"),
    "a file that is also a folder": lambda: zipped(("a", b"1"), ("a/b", b"2")),
    "a zip in a zip": lambda: zipped(("in.zip", zipped())),
    "a tar in a zip": lambda: zipped(("in.TAR.GZ", tarred())),
    "a 7z in a tar": lambda: tarred("in.7z"),
    "a bomb": lambda: zipped(("zeros", ZEROS)),
    "a bomb of many files": lambda: zipped(*((f"z{n}", ZEROS[: LIMIT // 8]) for n in range(20))),
    "a bomb by bzip2": lambda: zipped(("zeros", ZEROS), method=zipfile.ZIP_BZIP2),
    "a bomb by lzma": lambda: zipped(("zeros", ZEROS), method=zipfile.ZIP_LZMA),
    "a bomb of shared bodies": overlapping,
    "a tar bomb": lambda: tarred(("zeros", {"content": ZEROS})),
    "a tar bomb by bzip2": lambda: tarred(("zeros", {"content": ZEROS}), pack=bz2.compress),
    "a tar bomb by lzma": lambda: tarred(("zeros", {"content": ZEROS}), pack=lzma.compress),
    "a tar of holes": sparse,
    "a header that says less": lambda: sizes_changed(zipped(("a", bytes(5000))), 10),
    "a tar header that says 8 GB": lambda: gzip.compress(
        tarred(pack=bytes)[:512] + _head("a", 8**11 - 1)
    ),
    "too many entries": lambda: zipped(*((f"n{n}", b"") for n in range(80))),
    "too many folders": lambda: tarred(
        *((f"d{n}", {"type": tarfile.DIRTYPE}) for n in range(80))
    ),
    "a locked zip": lambda: patched(zipped(("a", b"x")), b"PK\x01\x02\x14\x03\x14\0\0\0",
                                    b"PK\x01\x02\x14\x03\x14\0\x01\0"),
    "an unknown packing": lambda: zipped(("a", b"x" * 99)).replace(
        b"\x08\0\0\0!\0", b"\x63\0\0\0!\0"
    ),
    "a wrong check sum": lambda: patched(
        zipped(("a", b"hello" * 9), method=zipfile.ZIP_STORED), b"hellohello", b"hellOhello"
    ),
    "a zip cut short": lambda: zipped(("a", bytes(range(256)) * 40))[:-90],
    "a tar cut short": lambda: tarred(("a", {"content": bytes(range(256)) * 40}))[:-90],
    "no archive": lambda: b"MZ\x90\0" * 100,
    "nothing": lambda: b"",
}  # fmt: skip


def _head(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.GNU_FORMAT)


def test_there_are_forty():
    assert len(EVIL) >= 40


@pytest.mark.parametrize("kind", EVIL)
def test_harmful_archive_is_refused(kind, tmp_path):
    package, home = EVIL[kind](), tmp_path / "home"
    scratch = home / "scratch"
    scratch.mkdir(parents=True)
    ending = "zip" if package[:2] == b"PK" else "tar.gz"
    (home / f"p.{ending}").write_bytes(package)

    with pytest.raises(BrokenPackage):
        open_package(home / f"p.{ending}", scratch)

    assert {path.name for path in home.iterdir()} == {"scratch", f"p.{ending}"}
    assert not [path for path in tmp_path.rglob("*") if path.is_symlink()]
    written = sum(path.stat().st_size for path in scratch.rglob("*") if path.is_file())
    assert written <= LIMIT


def test_harmful_archives_are_otherwise_valid(tmp_path):
    """Without the attack, the same functions build archives that open."""
    for name, package in (("p.zip", zipped(("a", b"1"))), ("p.tar.gz", tarred("a"))):
        (tmp_path / name).write_bytes(package)
        scratch = tmp_path / f"{name}-scratch"
        scratch.mkdir()
        assert open_package(tmp_path / name, scratch) == scratch


def test_large_video_is_accepted_and_small_bomb_refused(tmp_path, monkeypatch):
    """The size of an archive limits its unpacked size, whatever the absolute limit is."""
    monkeypatch.setattr(archive_reader, "ALWAYS", 1000)
    film = bytes(range(256)) * 400
    (tmp_path / "film.zip").write_bytes(zipped(("film", film), method=zipfile.ZIP_STORED))
    (tmp_path / "bomb.zip").write_bytes(zipped(("bomb", ZEROS[:200_000])))
    for name in ("film", "bomb"):
        (tmp_path / name).mkdir()
    open_package(tmp_path / "film.zip", tmp_path / "film")
    with pytest.raises(BrokenPackage, match="larger than allowed"):
        open_package(tmp_path / "bomb.zip", tmp_path / "bomb")
