"""Moodle's essay that is answered by files alone: a file upload here."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from django.utils.translation import gettext_noop as _

from authoring.formats.file_types import find_kinds
from authoring.formats.moodle.texts import value_of
from authoring.formats.question_builder import Json, file_question
from authoring.formats.text.safe_xml import XmlNode
from courses.answer_files.file_kinds import FILE_KINDS
from courses.models.question import MOST_FILES

# Moodle's own numbers of attachments; -1 has no limit.
MOST_IN_MOODLE: Final = 3
UNLIMITED: Final = "-1"
_NO_LIMIT: Final = _("number of files without a limit (here, at most 5)")
_SIZE: Final = _("size limit of files (here, 10 MB)")
_NUMBER: Final = _("number of files (there is no limit in Moodle)")
_OTHER_NUMBER: Final = _("number of files (here, 1 to 5)")
_LEAST: Final = _("least number of files")


def is_answered_by_files(node: XmlNode) -> bool:
    """Return whether an essay has no text."""
    return value_of(node, "responseformat") == "noinline"


def read_files(node: XmlNode, prompt: str, left_out: Counter[str]) -> Json:
    """Read the number and kinds of the files."""
    left_out[_SIZE] += value_of(node, "maxbytes") not in ("", "0")
    left_out[_LEAST] += value_of(node, "attachmentsrequired") not in ("", "0", "1")
    kinds = find_kinds(value_of(node, "filetypeslist"), left_out)
    return file_question(prompt, kinds, _read_number(node, left_out))


def write_files(row: Json, left_out: Counter[str]) -> str:
    """Return the settings of an essay in which no text can be typed."""
    most = int(row.get("most_files", 1))
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


def _read_number(node: XmlNode, left_out: Counter[str]) -> int:
    """Return the number of files; one that a question cannot have is counted."""
    number = value_of(node, "attachments", "1")
    left_out[_NO_LIMIT] += number == UNLIMITED
    # Python reads no number of thousands of digits.
    whole = int(number) if re.fullmatch("[0-9]{1,2}", number) else MOST_FILES + 1
    left_out[_OTHER_NUMBER] += number != UNLIMITED and not 1 <= whole <= MOST_FILES
    return min(max(1, whole), MOST_FILES)
