"""Documents of Office programs: zip archives, of which only the list of entries is read."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import Final
from zipfile import BadZipFile, ZipFile

from django.utils.translation import gettext as _

from courses.refused_file import RefusedFile

_MICROSOFT: Final = {"word/": ".docx", "xl/": ".xlsx", "ppt/": ".pptx"}
_OPEN: Final = {
    b"application/vnd.oasis.opendocument.text": ".odt",
    b"application/vnd.oasis.opendocument.spreadsheet": ".ods",
    b"application/vnd.oasis.opendocument.presentation": ".odp",
}
_ZIP: Final = b"PK\x03\x04"
_END: Final = b"PK\x05\x06"
_MARK: Final = "mimetype"
# Python holds some 500 bytes for each entry, of which a list of this size has at most 23,000.
_LARGEST_LIST: Final = 1024 * 1024


def find_office_suffix(content: bytes) -> str | None:
    """Return the suffix of a document, None for anything else; raises RefusedFile for macros."""
    if not content.startswith(_ZIP) or not _has_short_list(content):
        return None
    try:
        with ZipFile(BytesIO(content)) as archive:
            return _find_suffix(archive, content)
    except (BadZipFile, ValueError, NotImplementedError, EOFError, OSError, struct.error):
        return None


def _find_suffix(archive: ZipFile, content: bytes) -> str | None:
    names = archive.namelist()
    found = _find_microsoft(names) or _find_open(content)
    if found is not None and any(map(_is_macro, names)):
        raise RefusedFile(
            _("This document contains macros. Save it without macros, or as PDF, and upload that.")
        )
    return found


def _find_microsoft(names: list[str]) -> str | None:
    if "[Content_Types].xml" not in names:
        return None
    starts = {name[: name.find("/") + 1] for name in names}
    return next((suffix for start, suffix in _MICROSOFT.items() if start in starts), None)


def _find_open(content: bytes) -> str | None:
    """Return the suffix by the first entry, which is uncompressed and at a fixed place."""
    name, rest = content[30 : 30 + len(_MARK)], content[30 + len(_MARK) :]
    if name != _MARK.encode():
        return None
    written = rest.partition(b"PK")[0][:80]
    return _OPEN.get(written)


def _is_macro(name: str) -> bool:
    lowered = name.lower().replace("\\", "/")
    folder, _slash, file = lowered.rpartition("/")
    return (
        (file.startswith("vba") and file.endswith(".bin"))
        or folder.endswith("macrosheets")
        or lowered.startswith(("basic/", "scripts/"))
    )


def _has_short_list(content: bytes) -> bool:
    """Return whether the list at the end of the archive is short enough to be read."""
    at = content.rfind(_END)
    if at < 0 or len(content) < at + 22 or b"PK\x06\x07" in content[max(0, at - 20) : at]:
        return False
    size: int = struct.unpack("<L", content[at + 12 : at + 16])[0]
    return size <= _LARGEST_LIST
