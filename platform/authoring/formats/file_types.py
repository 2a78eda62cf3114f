"""The kinds of files that allow what another format lists: media types, suffixes and groups."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from django.utils.translation import gettext_noop as _

from courses.answer_files.file_kinds import FILE_KINDS

_SUFFIXES: Final = {
    kind: frozenset(one for one in each.suffixes if one.startswith("."))
    for kind, each in FILE_KINDS.items()
}
_ALL: Final = frozenset[str]().union(*_SUFFIXES.values())
_JPEG: Final = frozenset([".jpg", ".jpeg"])
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
_OPEN: Final = "application/vnd.oasis.opendocument."
_MEDIA: Final = {
    "application/json": {".json"},
    "application/pdf": {".pdf"},
    "image/jpeg": _JPEG,
    "image/jpg": _JPEG,
    "image/png": {".png"},
    "image/webp": {".webp"},
    "text/csv": {".csv"},
    "text/markdown": {".md"},
    "text/plain": _SUFFIXES["text"],
    f"{_OFFICE}wordprocessingml.document": {".docx"},
    f"{_OFFICE}spreadsheetml.sheet": {".xlsx"},
    f"{_OFFICE}presentationml.presentation": {".pptx"},
    f"{_OPEN}text": {".odt"},
    f"{_OPEN}spreadsheet": {".ods"},
    f"{_OPEN}presentation": {".odp"},
}
# Wildcards, and the groups of Moodle. Each has types that cannot be allowed as well, such as GIF.
_GROUPS: Final = {
    "image/*": _SUFFIXES["picture"],
    "text/*": _SUFFIXES["text"],
    "image": _SUFFIXES["picture"],
    "web_image": _SUFFIXES["picture"],
    "optimised_image": _SUFFIXES["picture"],
    "document": {".docx", ".odt", ".pdf"},
    "spreadsheet": {".xlsx", ".ods"},
    "presentation": {".pptx", ".odp"},
}
_ANY: Final = frozenset(["*", "*/*"])
_NOT_ALLOWED: Final = _("type of file that cannot be allowed")
_SIMILAR: Final = _("limit to some types of files (here, similar types are allowed too)")


def find_kinds(listed: str, left_out: Counter[str]) -> list[str]:
    """Return the kinds that allow the listed types; every kind where none is listed or known.

    What cannot be allowed is counted, and so is that a kind allows more types than are listed.
    """
    types = {one for one in re.split(r"[\s,;]+", listed.lower()) if one}
    if not types or types & _ANY:
        return list(FILE_KINDS)
    found = {one: _suffixes_of(one) for one in types}
    left_out[_NOT_ALLOWED] += sum(not some or one in _GROUPS for one, some in found.items())
    named = frozenset[str]().union(*found.values())
    named |= _JPEG if named & _JPEG else frozenset()
    kinds = [kind for kind, some in _SUFFIXES.items() if some & named]
    left_out[_SIMILAR] += any(not _SUFFIXES[kind] <= named for kind in kinds)
    return kinds or list(FILE_KINDS)


def _suffixes_of(listed: str) -> frozenset[str]:
    """Return the suffixes of one listed type that can be allowed."""
    suffix = f".{listed.removeprefix('*').removeprefix('.')}"
    some = _GROUPS.get(listed) or _MEDIA.get(listed) or {suffix} & _ALL
    return frozenset(some)
