"""Pack the files of an export; the same course gives the same bytes."""

from __future__ import annotations

import gzip
import io
import shutil
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from courses.media.media_store import StoredContent

Content = str | bytes | Path | StoredContent
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)


def write_zip(files: Mapping[str, Content], target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, _FIRST_DAY)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            with _open_content(content) as body, archive.open(info, "w", force_zip64=True) as out:
                shutil.copyfileobj(body, out)


def write_tar(files: Mapping[str, Content], target: Path) -> None:
    """Write a .tar.gz without names or times of this machine."""
    with (
        target.open("wb") as file,
        gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            with _open_content(content) as body:
                info.size, info.mode = body.seek(0, io.SEEK_END), 0o644
                body.seek(0)
                archive.addfile(info, body)


def write_folder(files: Mapping[str, Content], folder: Path) -> None:
    """Write the files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        _copy(content, folder / name)


def write_single(files: Mapping[str, Content], target: Path) -> None:
    """Write the only file."""
    (content,) = files.values()
    _copy(content, target)


def _copy(content: Content, target: Path) -> None:
    with _open_content(content) as body, target.open("wb") as out:
        shutil.copyfileobj(body, out)


def _open_content(content: Content) -> IO[bytes]:
    """Open a file for reading in pieces, because a video may be larger than the memory."""
    if isinstance(content, StoredContent):
        return content.open()
    if isinstance(content, Path):
        return content.open("rb")
    return io.BytesIO(content.encode() if isinstance(content, str) else content)
