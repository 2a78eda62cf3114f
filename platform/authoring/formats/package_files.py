"""Read the files of a package, and find the files that they refer to."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from django.utils.translation import gettext_noop as _

from authoring.errors import BrokenPackage
from authoring.formats.text.safe_xml import MAX_BYTES, XmlNode, parse
from authoring.translatable_message import message


def read_content(path: Path, name: str) -> bytes:
    """Return the content of a text file. Raises BrokenPackage for one that is too large."""
    if path.stat().st_size > MAX_BYTES:
        raise BrokenPackage(name, "", message(_("expected at most {most} bytes"), most=MAX_BYTES))
    return path.read_bytes()


def parse_file(path: Path, folder: Path) -> XmlNode:
    """Return the tree of an XML file in the folder of a package. Raises BrokenPackage."""
    name = path.relative_to(folder).as_posix()
    return parse(read_content(path, name), name)


def join_path(folder: str, name: str) -> str:
    """Return the place of a file relative to a folder; "" outside the package."""
    parts: list[str] = []
    for part in (*PurePosixPath(folder).parts, *PurePosixPath(name).parts):
        if part == "..":
            if not parts:
                return ""
            parts.pop()
        elif part not in (".", "/"):
            parts.append(part)
    return "/".join(parts)
