"""The size of a picture: known for what browsers show, and unknown for anything else."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from authoring.formats.picture_areas import measure_picture

# An orientation of 6 in the byte order of Motorola.
TURNED = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"


def picture(kind, **fields):
    made = BytesIO()
    Image.new("L", (30, 20)).save(made, kind, **fields)
    return BytesIO(made.getvalue())


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_that_browsers_show_is_measured(kind):
    assert measure_picture(picture(kind)) == (30, 20)


@pytest.mark.parametrize("kind", ["TIFF", "PPM", "TGA", "ICO"])
def test_other_formats_have_no_size(kind):
    assert measure_picture(picture(kind)) is None


def test_a_picture_that_is_to_be_turned_has_no_size():
    assert measure_picture(picture("JPEG", exif=b"Exif\0\0" + TURNED)) is None


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("length", range(len(TURNED)))
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_damaged_orientation_does_not_stop_an_import(kind, length):
    assert measure_picture(picture(kind, exif=b"Exif\0\0" + TURNED[:length])) in (None, (30, 20))


@pytest.mark.parametrize("length", [0, 4, 20, 33])
def test_the_begin_of_a_file_is_no_picture(length):
    assert measure_picture(BytesIO(picture("PNG").getvalue()[:length])) in (None, (30, 20))
