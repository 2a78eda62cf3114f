"""Convert a picture to the colours of a screen (sRGB), so that it is stored without a profile.

A colour profile is a file of its own: it may contain a name, or anything else.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageCms import ImageCmsProfile

# Those of printers have up to 3 MB.
MOST_BYTES: Final = 4 * 1024 * 1024
# The type of a tag that may hold any number of calculations for each pixel. Cameras do not use it.
UNBOUNDED: Final = b"mpet"


def convert_to_srgb(image: Image) -> Image:
    """Return the picture in sRGB, or as it is if its profile cannot be read or does not fit."""
    from PIL import ImageCms

    content = image.info.get("icc_profile")
    if not content or len(content) > MOST_BYTES or UNBOUNDED in content:
        return image
    try:
        return _convert(image, ImageCms.ImageCmsProfile(BytesIO(content)))
    except (OSError, ValueError, TypeError, ImageCms.PyCMSError):
        return image


def _convert(image: Image, profile: ImageCmsProfile) -> Image:
    from PIL import Image as images

    if image.mode == "P":
        return _convert_palette(image, profile)
    if image.mode in ("L", "RGB") and "transparency" in image.info:
        # One colour is transparent, which would change with the others.
        image = image.convert("LA" if image.mode == "L" else "RGBA")
    if image.mode == "LA":
        grey, alpha = image.split()
        return images.merge("LA", (_transform(grey, profile, "RGB").convert("L"), alpha))
    converted = _transform(image, profile, "RGBA" if image.mode == "RGBA" else "RGB")
    return converted.convert("L") if image.mode == "L" else converted


def _convert_palette(image: Image, profile: ImageCmsProfile) -> Image:
    """Convert the colours of the palette alone, so that the picture keeps it."""
    from PIL import Image as images

    colours = bytes(image.getpalette("RGB") or ())
    palette = images.frombytes("RGB", (len(colours) // 3, 1), colours)
    image.putpalette(_transform(palette, profile, "RGB").tobytes())
    return image


def _transform(image: Image, profile: ImageCmsProfile, mode: str) -> Image:
    from PIL import ImageCms

    srgb = ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(image, profile, srgb, outputMode=mode)
    if converted is None:
        raise ValueError("Pillow returns None only for a picture that is converted in place.")
    return converted
