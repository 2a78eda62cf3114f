"""What of an uploaded file is stored: a checked content under a clean name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from django.utils.translation import gettext as _

from courses.answer_files.file_kinds import recognise_file
from courses.answer_files.file_names import clean_name, suffix_of
from courses.answer_files.refused_file import RefusedFile
from courses.picture_files import UnreadablePicture, encode_picture
from courses.question_types.base import QuestionItem

MB: Final = 1024 * 1024
MOST_BYTES: Final = 10 * MB
# An A4 sheet at 250 dots per inch, so that small handwriting can be read.
LONGEST_SIDE: Final = 3000


@dataclass(frozen=True, slots=True)
class AcceptedFile:
    """A file to store; `digest` is that of what was sent."""

    name: str
    content: bytes
    digest: str


def accept_file(item: QuestionItem, name: str, content: bytes) -> AcceptedFile:
    """Return what is stored of a file; raises RefusedFile."""
    if not content:
        raise RefusedFile(_("This file is empty. Check it, then upload it again."))
    refuse_large(len(content))
    found = recognise_file(content, suffix_of(name), item.file_kinds)
    stored = content
    if found.kind == "picture":
        stored = _encode(content, found.suffix)
        refuse_large(len(stored))
    digest = hashlib.sha256(content).hexdigest()
    return AcceptedFile(clean_name(name, found.suffix), stored, digest)


def refuse_large(size: int) -> None:
    """Raise RefusedFile for a file of more bytes than a file may have."""
    if size > MOST_BYTES:
        raise RefusedFile(
            _("This file is larger than {size} MB. Upload a smaller one.").format(
                size=MOST_BYTES // MB
            )
        )


def _encode(content: bytes, suffix: str) -> bytes:
    """Return the picture without the place and time at which it was taken."""
    try:
        return encode_picture(BytesIO(content), suffix, longest_side=LONGEST_SIDE)
    except UnreadablePicture as unreadable:
        raise RefusedFile(str(unreadable)) from unreadable
