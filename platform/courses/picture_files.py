"""Pictures that people upload, encoded again: upright and without metadata.

The file of a telephone says where, when and with what it was taken.
"""

from __future__ import annotations

from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from courses.jpeg_scans import JpegScans, read_scans
from courses.picture_colours import convert_to_srgb
from courses.refused_file import RefusedFile

if TYPE_CHECKING:
    from PIL.Image import Image

# suffix -> the bytes with which such a file begins, and their offset
SIGNATURES: Final[dict[str, tuple[int, bytes]]] = {
    ".png": (0, b"\x89PNG"),
    ".jpg": (0, b"\xff\xd8\xff"),
    ".webp": (8, b"WEBP"),
}
FORMATS: Final = {".png": "PNG", ".jpg": "JPEG", ".webp": "WEBP"}
# The second is what Pillow calls a JPEG with a further picture, of a telephone.
JPEG_FORMATS: Final = ("JPEG", "MPO")
# A small file can hold a picture that fills the memory of the process: 16 bytes for each pixel.
MOST_PIXELS: Final = 16_000_000
# A JPEG is decoded at a half or less where it is larger: cameras of telephones have 108 million.
MOST_PIXELS_OF_JPEG: Final = 120_000_000
# Programs write about 10, and each empty one takes 10 ms for 16 million pixels.
MOST_SCANS: Final = 64
NO_SCANS: Final = JpegScans(0, streams=False)
QUALITY: Final = 85
# The tag of EXIF that says how a telephone was held.
ORIENTATION: Final = 0x0112
# Of PNG: a scan takes 1.6 s, with 6 it takes 3.8 s and with 9 it takes 10.8 s, 5 % smaller.
LEVEL: Final = 5
# Screenshots of few colours gain a fifth, and have a fourth of the bytes.
LEVEL_OF_PALETTE: Final = 6
# Each needs memory for all its pixels.
_ONE_AT_A_TIME: Final = Lock()
SCREEN_MODES: Final = ("1", "L", "LA", "P", "RGB", "RGBA")


def encode_picture(content: bytes, suffix: str, *, longest_side: int) -> bytes:
    """Return the picture alone: upright, at most `longest_side`, in sRGB, without metadata.

    Raises RefusedFile.
    """
    try:
        with _ONE_AT_A_TIME:
            return _write(_shrink(_decode(content, suffix, longest_side), longest_side), suffix)
    except RefusedFile:
        raise
    # On a damaged file, Pillow raises errors of any type.
    except Exception as error:
        raise RefusedFile(
            _("The picture could not be read. Save it as PNG or JPEG and upload it again.")
        ) from error


def _decode(content: bytes, suffix: str, longest_side: int) -> Image:
    """Return the pixels, as large as they are or those of a JPEG at a fraction."""
    # Imported here, because few requests of a web process need it.
    from PIL import Image

    scans = _check_scans(content) if suffix == ".jpg" else NO_SCANS
    with Image.open(BytesIO(content), formats=[FORMATS[suffix]]) as opened:
        # A telephone's JPEG may hold a second, smaller picture (MPO): only the first is read.
        if opened.format != "MPO" and getattr(opened, "n_frames", 1) > 1:
            raise RefusedFile(_("The picture is animated. Select one that does not move."))
        # Another JPEG is held whole until its last scan, whatever size is asked for.
        _check_pixels(opened, MOST_PIXELS_OF_JPEG if scans.streams else MOST_PIXELS)
        _ask_for_fraction(opened, longest_side)
        _check_pixels(opened, MOST_PIXELS)
        opened.load()
        # The decoder of a WebP holds it twice more, until `opened` is left.
        return opened.copy() if opened.format == "WEBP" else opened


def _check_scans(content: bytes) -> JpegScans:
    """Return the scans of a JPEG; raises RefusedFile for more than one would need."""
    scans = read_scans(content)
    if not scans.streams and scans.count > MOST_SCANS:
        raise RefusedFile(
            _(
                "The picture is built up in more than {most} passes. Save it as PNG or JPEG and "
                "upload it again."
            ).format(most=MOST_SCANS)
        )
    return scans


def _ask_for_fraction(opened: Image, longest_side: int) -> None:
    """Have a JPEG decoded at a half, fourth or eighth, if that is enough or all that may be."""
    width, height = opened.size
    share = 1
    while share < 8 and (
        max(width, height) // (2 * share) >= longest_side
        or width * height > MOST_PIXELS * share * share
    ):
        share *= 2
    opened.draft(None, (max(width // share, 1), max(height // share, 1)))


def _check_pixels(opened: Image, most: int) -> None:
    """Raise RefusedFile for a picture of more pixels, of which none is decoded yet."""
    if opened.width * opened.height <= most:
        return
    if opened.format in JPEG_FORMATS:
        said = _("The picture has more than {most} million pixels. Upload a smaller one.")
    else:
        said = _(
            "The picture has more than {most} million pixels. Save it as JPEG or upload a smaller "
            "one."
        )
    raise RefusedFile(said.format(most=most // 1_000_000))


def _shrink(image: Image, longest_side: int) -> Image:
    """Return the picture upright, at most as long as `longest_side`."""
    if max(image.size) > longest_side:
        # Colours of a palette cannot be mixed.
        image = image.convert("RGBA") if image.mode in ("1", "P") else image
        image.thumbnail((longest_side, longest_side))
    # Turned last: a copy of the large picture would need as much memory again.
    return _turn_upright(image)


def _turn_upright(image: Image) -> Image:
    """Return the picture as its orientation says.

    `ImageOps.exif_transpose` writes all metadata again, and fails on odd ones of good photographs.
    """
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    turn = turns.get(image.getexif().get(ORIENTATION, 1))
    return image if turn is None else image.transpose(turn)


def _write(image: Image, suffix: str) -> bytes:
    """Encode the pixels alone, in the colours of a screen."""
    image = convert_to_srgb(image)
    if image.mode not in ("L", "RGB") and (suffix == ".jpg" or image.mode not in SCREEN_MODES):
        image = image.convert("RGB")
    image.info = {name: image.info[name] for name in ("transparency",) if name in image.info}
    written = BytesIO()
    level = LEVEL_OF_PALETTE if image.mode == "P" else LEVEL
    # `optimize` is for JPEG; of a PNG it would take the slowest level.
    image.save(
        written,
        FORMATS[suffix],
        quality=QUALITY,
        optimize=suffix == ".jpg",
        compress_level=level,
    )
    return written.getvalue()
