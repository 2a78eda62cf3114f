"""Pictures are stored in sRGB: their colours are converted, and no colour profile stays."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from courses.picture_files import FORMATS, encode_picture
from tests.fixtures.pictures import (
    encode,
    make_grey_profile,
    make_print_profile,
    swap_red_and_blue,
)

SECRET = b"Taken by Mia at home"
SWAPPED = swap_red_and_blue()


def store(content, suffix):
    """Return the picture as it is stored, without a profile."""
    stored = encode_picture(content, suffix, longest_side=100)
    with Image.open(BytesIO(stored)) as opened:
        opened.load()
        assert "icc_profile" not in opened.info
        return opened


def is_near(pixel, expected):
    return all(abs(one - other) <= 12 for one, other in zip(pixel, expected, strict=True))


@pytest.mark.parametrize("size", [(40, 20), (400, 200)])
@pytest.mark.parametrize(
    ("mode", "suffix"),
    [("RGB", ".jpg"), ("RGB", ".png"), ("RGB", ".webp"), ("P", ".png"), ("RGBA", ".png")],
)
def test_colours_are_converted_as_the_profile_says(mode, suffix, size):
    sent = encode(mode, size, FORMATS[suffix], "red", icc_profile=SWAPPED)
    assert is_near(store(sent, suffix).convert("RGB").getpixel((5, 5)), (0, 0, 255))


def test_a_picture_with_few_colours_keeps_them_few():
    assert store(encode("P", icc_profile=SWAPPED), ".png").mode == "P"


@pytest.mark.parametrize(("mode", "options"), [("L", {}), ("LA", {}), ("L", {"transparency": 9})])
def test_shades_of_grey_are_converted_and_stay_grey(mode, options):
    profile = make_grey_profile(gamma=1.0)
    sent = encode(mode, colour=(55, 55, 55), icc_profile=profile, **options)
    stored = store(sent, ".png")
    assert stored.mode == ("LA" if options else mode)
    assert is_near(stored.convert("RGB").getpixel((5, 5)), (128, 128, 128))


def test_colours_for_print_are_converted_to_those_of_a_screen():
    sent = encode("CMYK", kind="JPEG", colour="cyan", icc_profile=make_print_profile())
    stored = store(sent, ".jpg")
    assert stored.mode == "RGB"
    assert is_near(stored.getpixel((5, 5)), (255, 0, 0))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB"])
def test_what_is_transparent_stays_so(mode):
    profile = make_grey_profile(1.0) if mode == "LA" else SWAPPED
    image = Image.new("RGBA", (8, 8), (255, 0, 0, 128)).convert(mode)
    image.putpixel((0, 0), {"RGBA": (9, 9, 9, 0), "LA": (9, 0), "P": 7, "RGB": (1, 2, 3)}[mode])
    key = {"P": 7, "RGB": (1, 2, 3)}.get(mode)
    written = BytesIO()
    image.save(written, "PNG", icc_profile=profile, **({"transparency": key} if key else {}))
    stored = store(written.getvalue(), ".png").convert("RGBA")
    assert stored.getpixel((0, 0))[3] == 0
    assert stored.getpixel((5, 5))[3] == (128 if mode in ("RGBA", "LA") else 255)


@pytest.mark.parametrize(
    ("mode", "suffix", "profile"),
    [
        ("RGB", ".png", SECRET * 20_000),
        ("RGB", ".jpg", SECRET * 20_000),
        ("RGB", ".webp", SECRET),
        ("RGB", ".jpg", SWAPPED[:200]),
        ("RGB", ".png", make_grey_profile(1.0)),
        ("L", ".jpg", SWAPPED),
        ("1", ".png", SWAPPED),
        ("CMYK", ".jpg", SWAPPED),
    ],
)
def test_a_profile_that_cannot_be_read_or_does_not_fit_is_left_out(mode, suffix, profile):
    sent = encode(mode, (40, 20), FORMATS[suffix], "white", icc_profile=profile)
    stored = encode_picture(sent, suffix, longest_side=100)
    assert SECRET not in stored
    assert is_near(store(sent, suffix).convert("RGB").getpixel((5, 5)), (255, 255, 255))


@pytest.mark.parametrize("more", [bytes(4 * 1024 * 1024), b"mpet"], ids=["large", "calculating"])
def test_a_profile_that_may_take_long_to_apply_is_left_out(more):
    sent = encode(kind="WEBP", icc_profile=SWAPPED + more)
    assert is_near(store(sent, ".webp").convert("RGB").getpixel((5, 5)), (255, 0, 0))
