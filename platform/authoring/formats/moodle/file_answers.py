"""Moodle's essay that is answered by files alone: a file upload here."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from django.utils.translation import gettext_noop as _

from authoring.formats.moodle.texts import value_of
from authoring.formats.question_builder import Json, file_question
from authoring.formats.text.safe_xml import XmlNode
from courses.answer_files.file_kinds import FILE_KINDS
from courses.question_types.file import MOST_FILES

# Moodle's own numbers of attachments; -1 has no limit.
MOST_IN_MOODLE: Final = 3
UNLIMITED: Final = "-1"
_GROUPS: Final = {
    "image": "picture",
    "web_image": "picture",
    "optimised_image": "picture",
    "document": "document",
    "spreadsheet": "document",
    "presentation": "document",
    "application/pdf": "pdf",
    "text/plain": "text",
    "image/jpeg": "picture",
    "image/png": "picture",
}
_NOT_ALLOWED: Final = _("type of file that cannot be allowed")
_NO_LIMIT: Final = _("number of files without a limit (here, at most 5)")
_SIZE: Final = _("size limit of files (here, 10 MB)")
_NUMBER: Final = _("number of files (there is no limit in Moodle)")


def is_answered_by_files(node: XmlNode) -> bool:
    """Return whether an essay has no text."""
    return value_of(node, "responseformat") == "noinline"


def read_files(node: XmlNode, prompt: str, left_out: Counter[str]) -> Json:
    """Read the number and kinds of the files."""
    number = value_of(node, "attachments", "1")
    left_out[_NO_LIMIT] += number == UNLIMITED
    left_out[_SIZE] += value_of(node, "maxbytes", "0") != "0"
    most = int(number) if number.isascii() and number.isdigit() else MOST_FILES
    listed = re.split(r"[\s,;]+", value_of(node, "filetypeslist").strip().lower())
    kinds = _find_kinds([one for one in listed if one], left_out)
    return file_question(prompt, kinds, min(max(1, most), MOST_FILES))


def write_files(row: Json, left_out: Counter[str]) -> str:
    """Return the settings of an essay in which no text can be typed."""
    most = row.get("most_files", 1)
    left_out[_NUMBER] += most > MOST_IN_MOODLE
    number = most if most <= MOST_IN_MOODLE else UNLIMITED
    suffixes = [
        suffix
        for kind in row["file_kinds"]
        for suffix in FILE_KINDS[kind].suffixes
        if suffix.startswith(".")
    ]
    return (
        "<responseformat>noinline</responseformat>\n<responserequired>0</responserequired>\n"
        "<responsefieldlines>10</responsefieldlines>\n"
        f"<attachments>{number}</attachments>\n<attachmentsrequired>1</attachmentsrequired>\n"
        f"<filetypeslist>{','.join(suffixes)}</filetypeslist>\n"
        '<graderinfo format="html"><text></text></graderinfo>\n'
        '<responsetemplate format="html"><text></text></responsetemplate>\n'
    )


def _find_kinds(listed: list[str], left_out: Counter[str]) -> list[str]:
    """Return the kinds of the listed types; all of them where none is listed or known."""
    found = {one: _kind_of(one) for one in listed}
    left_out[_NOT_ALLOWED] += sum(kind is None for kind in found.values())
    wanted = set(found.values())
    return [kind for kind in FILE_KINDS if kind in wanted] or list(FILE_KINDS)


def _kind_of(listed: str) -> str | None:
    suffix = f".{listed.removeprefix('*').removeprefix('.')}"
    by_suffix = (kind for kind, each in FILE_KINDS.items() if suffix in each.suffixes)
    return _GROUPS.get(listed) or next(by_suffix, None)
