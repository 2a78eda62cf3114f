"""Check and store a picture that an Author puts into a text.

It is encoded again, because the file of a telephone says where, when and with what it was taken.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile

from authoring.media import uploads
from authoring.media.uploads import MB, UploadKind
from courses.models import Course
from courses.picture_files import encode_picture
from courses.rendering import course_html

PICTURE: Final = UploadKind(uploads.POSTER.words, uploads.POSTER.suffixes, 10 * MB)
# Wider than a lesson on a large screen with twice the pixels; a phone's camera has 4000 and more.
LONGEST_SIDE: Final = 1920
LONGEST_DESCRIPTION: Final = 300
NOT_IN_DESCRIPTION: Final = "[]$`<>*_\\"


def shelve_picture(course: Course, sent: UploadedFile[Any] | None) -> str:
    """Store the picture and return its name; raises RefusedFile."""
    file = uploads.check_upload(sent, PICTURE)
    suffix = uploads.suffix_of(file, PICTURE)
    name = Path(file.name or "picture").stem + suffix
    file.seek(0)
    content = encode_picture(file.read(), suffix, longest_side=LONGEST_SIDE)
    return uploads.shelve_bytes(course, name, content)


def write_markdown(name: str, description: str) -> str:
    """Return the Markdown that shows a stored picture; "" for a description without words.

    Formulas become words, and what would end or format the description is left out.
    """
    line = course_html.linear(description)
    words = "".join(letter for letter in line if letter not in NOT_IN_DESCRIPTION).strip()
    return f"![{words[:LONGEST_DESCRIPTION]}]({name})" if words else ""
