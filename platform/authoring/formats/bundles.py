"""Files of an export as one: the same course gives the same bytes."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

Content = str | bytes | Path
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)


def zipped(files: Mapping[str, Content], target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, _FIRST_DAY)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=True) as out:
                out.write(_bytes(content))


def tarred(files: Mapping[str, Content], target: Path) -> None:
    """A .tar.gz whose names and times say nothing of this machine."""
    with (
        target.open("wb") as file,
        gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            body = _bytes(content)
            info.size, info.mode = len(body), 0o644
            archive.addfile(info, io.BytesIO(body))


def single(files: Mapping[str, Content], target: Path) -> None:
    """The one file there is."""
    (content,) = files.values()
    target.write_bytes(_bytes(content))


def _bytes(content: Content) -> bytes:
    if isinstance(content, Path):
        return content.read_bytes()
    return content.encode() if isinstance(content, str) else content
