"""The JSON of H5P content, in which any value may have any type, and its texts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from html import escape, unescape
from typing import Any

from django.utils.translation import gettext_noop as _

from authoring.formats.package_images import PackageImages
from authoring.formats.text import text_conversion
from authoring.formats.unsupported_messages import CONTENT_TYPE, shorten_name

FOLDER = "content"


def as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def is_on(value: Any) -> bool:
    """Return whether a setting is on; older content has it as a text."""
    return value in (True, 1, "true", "1")


@dataclass(frozen=True, slots=True)
class Content:
    """One content type with its parameters: the whole package, or a part of another one."""

    kind: str
    params: dict[str, Any]
    id: str = ""


def read_part(value: Any) -> Content:
    """Return a content type inside another one; its kind is "" where it is none."""
    part = as_dict(value)
    kind = as_text(part.get("library")).split(" ")[0]
    return Content(kind, as_dict(part.get("params")), as_text(part.get("subContentId")))


class ContentTexts:
    """Converts the texts of a package to course text."""

    def __init__(self, images: PackageImages, left_out: Counter[str]) -> None:
        self._images, self.left_out = images, left_out

    def convert(self, value: Any) -> str:
        return text_conversion.html_to_text(as_text(value), self._address, self.left_out)

    def prompt(self, html: str, media: Any) -> str:
        """Return the text of a question with the picture above it."""
        shown = as_dict(media)
        part = read_part(shown.get("type", shown))
        file = as_dict(part.params.get("file"))
        if part.kind == "H5P.Image" and as_text(file.get("path")):
            # H5P stores the description as escaped HTML.
            address, words = as_text(file["path"]), unescape(as_text(part.params.get("alt")))
            html = f'<img src="{escape(address)}" alt="{escape(words)}">{html}'
        elif part.kind:
            self.count_type(part.kind)
        return self.convert(html)

    def count_type(self, kind: str) -> None:
        """Count a part of the content whose type has no place here."""
        name = shorten_name(kind.removeprefix("H5P."))
        self.left_out[CONTENT_TYPE.format(name=name)] += 1

    def count_overall(self, value: Any) -> None:
        """Count feedback for a result."""
        self.left_out[_("overall feedback for a correct or incorrect answer")] += sum(
            bool(as_text(as_dict(row).get("feedback")).strip()) for row in as_list(value)
        )

    def _address(self, name: str) -> str:
        bare = name.split("#")[0]
        elsewhere = ":" in bare or bare.startswith("//")
        return self._images.address(bare if elsewhere else f"{FOLDER}/{bare}")
