"""What of an uploaded file is stored: a checked content under a clean name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from courses.answer_files.file_kinds import recognise_file
from courses.answer_files.file_names import clean_name, suffix_of
from courses.models.answer_file import MOST_BYTES
from courses.picture_files import encode_picture
from courses.question_types.base import QuestionItem
from courses.refused_file import RefusedFile

MB: Final = 1024 * 1024
# An A4 sheet at 250 dots per inch, so that small handwriting can be read.
LONGEST_SIDE: Final = 3000


@dataclass(frozen=True, slots=True)
class SizeLimit:
    """Which sizes of a file are accepted, and the words where one is not."""

    most_bytes: int
    empty: str
    too_large: str


@dataclass(frozen=True, slots=True)
class AcceptedFile:
    """A file to store."""

    name: str
    content: bytes


def accept_file(item: QuestionItem, name: str, content: bytes) -> AcceptedFile:
    """Return what is stored of a file; raises RefusedFile."""
    check_size(len(content))
    found = recognise_file(content, suffix_of(name), item.file_kinds)
    stored = content
    if found.kind == "picture":
        stored = encode_picture(content, found.suffix, longest_side=LONGEST_SIDE)
        check_size(len(stored))
    return AcceptedFile(clean_name(name, found.suffix), stored)


def check_size(size: int) -> None:
    """Raise RefusedFile for an empty file, and for more bytes than a file may have."""
    limit = describe_limit()
    if not size:
        raise RefusedFile(limit.empty)
    if size > limit.most_bytes:
        raise RefusedFile(limit.too_large)


def describe_limit() -> SizeLimit:
    """Return the limit, which a page also checks before it sends a file."""
    return SizeLimit(
        most_bytes=MOST_BYTES,
        empty=_("This file is empty. Check it, then upload it again."),
        too_large=_("This file is larger than {size} MB. Upload a smaller one.").format(
            size=MOST_BYTES // MB
        ),
    )
