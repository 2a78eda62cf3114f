"""The kinds of files that a question may allow, recognised by their content.

A name alone is never believed. The stored name has the suffix of the content; text with another
suffix than those listed becomes `.txt`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from courses.answer_files.office_files import find_office_suffix
from courses.picture_files import SIGNATURES
from courses.refused_file import RefusedFile

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# Source code keeps its suffix, except what a browser, an Office program or a bare system runs:
# .html, .xml, .js, .bat.
SOURCE_SUFFIXES: Final = (
    ".asm", ".c", ".cpp", ".cs", ".css", ".csv", ".dart", ".go", ".h", ".hpp", ".hs", ".ipynb",
    ".java", ".jl", ".json", ".kt", ".lua", ".m", ".md", ".ml", ".pas", ".php", ".pl", ".py",
    ".r", ".rb", ".rs", ".s", ".scala", ".sql", ".swift", ".tex", ".ts", ".tsv", ".txt", ".v",
    ".vhd", ".yaml", ".yml",
)  # fmt: skip
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_HEIC: Final = (b"ftyphei", b"ftyphev", b"ftypmif1", b"ftypmsf1")


@dataclass(frozen=True, slots=True)
class FileKind:
    """A group of file formats; `suffixes` are offered where a file is chosen."""

    words: _StrPromise
    suffixes: tuple[str, ...]


FILE_KINDS: Final = {
    "pdf": FileKind(lazy("PDF"), (".pdf",)),
    "picture": FileKind(
        lazy("pictures (JPEG, PNG, WebP)"), (".jpg", ".jpeg", ".png", ".webp", "image/jpeg")
    ),
    "text": FileKind(lazy("plain text and source code"), SOURCE_SUFFIXES),
    "document": FileKind(
        lazy("documents, spreadsheets and slides (Microsoft Office, OpenDocument)"),
        (".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp"),
    ),
}


@dataclass(frozen=True, slots=True)
class RecognisedFile:
    """The kind of a content, and the suffix for its name."""

    kind: str
    suffix: str


def recognise_file(content: bytes, suffix: str, allowed: Collection[str]) -> RecognisedFile:
    """Return the kind of a file; `suffix` is that of its name. Raises RefusedFile."""
    found = _find_kind(content, suffix.lower())
    if found is not None and found.kind in allowed:
        return found
    if content[4:].startswith(_HEIC) and "picture" in allowed:
        raise RefusedFile(
            _("This photo has the format HEIC. Save it as JPEG, then upload it again.")
        )
    raise RefusedFile(
        _(
            "This file has another format than its question allows: {kinds}. Save it in one of "
            "these formats, then upload it again."
        ).format(kinds=name_kinds(allowed))
    )


def name_kinds(allowed: Collection[str]) -> str:
    """Return the allowed kinds in words."""
    return "; ".join(str(kind.words) for code, kind in FILE_KINDS.items() if code in allowed)


def list_suffixes(allowed: Collection[str]) -> str:
    """Return the allowed kinds as the attribute `accept` of a file field."""
    kinds = [kind for code, kind in FILE_KINDS.items() if code in allowed]
    return ",".join(suffix for kind in kinds for suffix in kind.suffixes)


def _find_kind(content: bytes, suffix: str) -> RecognisedFile | None:
    if content.startswith(b"%PDF-"):
        return RecognisedFile("pdf", ".pdf")
    for own, (at, magic) in SIGNATURES.items():
        if content[at : at + len(magic)] == magic:
            return RecognisedFile("picture", own)
    if (office := find_office_suffix(content)) is not None:
        return RecognisedFile("document", office)
    if _is_text(content):
        return RecognisedFile("text", suffix if suffix in SOURCE_SUFFIXES else ".txt")
    return None


def _is_text(content: bytes) -> bool:
    """Return whether it is text in an encoding that editors write."""
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            return _CONTROL.search(content.decode(encoding)) is None
        except UnicodeDecodeError:
            continue
    return False
