"""Check and store a picture that an Author puts into a text.

It is encoded again, because the file of a telephone says where, when and with what it was taken.
"""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from authoring.media import uploads
from authoring.media.uploads import MB, RefusedFile, UploadKind
from courses.models import Course
from courses.rendering import course_html

if TYPE_CHECKING:
    from PIL.Image import Image

PICTURE: Final = UploadKind(uploads.POSTER.words, uploads.POSTER.suffixes, 10 * MB)
FORMATS: Final = {".png": "PNG", ".jpg": "JPEG", ".webp": "WEBP"}
# Wider than a lesson on a large screen with twice the pixels; a phone's camera has 4000 and more.
LONGEST_SIDE: Final = 1920
# A small file can hold a picture that fills the memory of the process.
MOST_PIXELS: Final = 30_000_000
# A JPEG is decoded at a half or less where it is larger: cameras of telephones have 108 million.
MOST_PIXELS_OF_JPEG: Final = 120_000_000
LONGEST_DESCRIPTION: Final = 300
QUALITY: Final = 85
SCREEN_MODES: Final = ("1", "L", "LA", "P", "RGB", "RGBA")
NOT_IN_DESCRIPTION: Final = "[]$`<>*_\\"


def shelve_picture(course: Course, sent: UploadedFile[Any] | None) -> str:
    """Store the picture in the course's folder and return its name; raises RefusedFile."""
    file = uploads.check_upload(sent, PICTURE)
    suffix = uploads.suffix_of(file, PICTURE)
    name = Path(file.name or "picture").stem + suffix
    return uploads.shelve_bytes(course, name, _encode(file, suffix)).name


def write_markdown(name: str, description: str) -> str:
    """Return the Markdown that shows a stored picture; "" for a description without words.

    Formulas become words, and what would end or format the description is left out.
    """
    line = course_html.linear(description)
    words = "".join(letter for letter in line if letter not in NOT_IN_DESCRIPTION).strip()
    return f"![{words[:LONGEST_DESCRIPTION]}]({name})" if words else ""


def _encode(file: UploadedFile[Any], suffix: str) -> bytes:
    """Return the picture alone: upright, at most LONGEST_SIDE, without its metadata."""
    # Imported here, because only Authors need it in a web process.
    from PIL import Image

    try:
        with Image.open(file, formats=[FORMATS[suffix]]) as opened:
            return _write(_decode(opened), suffix)
    except (OSError, ValueError, SyntaxError, struct.error, Image.DecompressionBombError) as error:
        raise RefusedFile(
            _("The picture could not be read. Save it as PNG or JPEG and upload it again.")
        ) from error


def _decode(opened: Image) -> Image:
    from PIL import ImageOps

    # A telephone's JPEG may hold a second, smaller picture (MPO): only the first is read.
    if opened.format != "MPO" and getattr(opened, "n_frames", 1) > 1:
        raise RefusedFile(_("The picture is animated. Select one that does not move."))
    # A progressive JPEG is held whole until its last pass, whatever size is asked for.
    shrinks = opened.format in ("JPEG", "MPO") and "progressive" not in opened.info
    _check_pixels(opened, MOST_PIXELS_OF_JPEG if shrinks else MOST_PIXELS)
    # A JPEG is decoded at a fraction of its size where that is enough.
    opened.draft(None, (LONGEST_SIDE, LONGEST_SIDE))
    _check_pixels(opened, MOST_PIXELS)
    image = ImageOps.exif_transpose(opened)
    if max(image.size) > LONGEST_SIDE:
        # Colours of a palette cannot be mixed.
        image = image.convert("RGBA") if image.mode in ("1", "P") else image
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return image


def _check_pixels(opened: Image, most: int) -> None:
    """Raise RefusedFile for a picture of more pixels, of which none is decoded yet."""
    if opened.width * opened.height > most:
        raise RefusedFile(
            _("The picture has more than {most} million pixels. Upload a smaller one.").format(
                most=most // 1_000_000
            )
        )


def _write(image: Image, suffix: str) -> bytes:
    """Encode the pixels, with their colour profile, which describes no person."""
    profile = image.info.get("icc_profile")
    if image.mode not in ("L", "RGB") and (suffix == ".jpg" or image.mode not in SCREEN_MODES):
        # The profile of a picture for printing does not fit the colours of a screen.
        image, profile = image.convert("RGB"), None
    image.info = {name: image.info[name] for name in ("transparency",) if name in image.info}
    written = BytesIO()
    image.save(written, FORMATS[suffix], quality=QUALITY, optimize=True, icc_profile=profile)
    return written.getvalue()
