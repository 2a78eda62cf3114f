"""Pictures in the texts of a course: file names in a package, addresses in the tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings

from authoring.media.storage import Shelf

KINDS = (".gif", ".png", ".jpg", ".webp")
_PICTURE = re.compile(
    r"(!\[(?:[^\]\n!]|!(?!\[))*+\]\()([A-Za-z0-9._/-]+\.(?:gif|png|jpe?g|webp))\)"
)


def shelve_images(content: Any, shelf: Shelf, where: tuple[str, str]) -> Any:
    """Return the content with the pictures of the package added to the shelf."""

    def address(name: str) -> str:
        if name.startswith("/"):
            return name
        return shelf.url(shelf.add(name, kinds=KINDS, where=where))

    return _with_addresses(content, address)


def unshelve_images(content: Any, code: UUID) -> Any:
    """Return the content with the pictures of this course as names of files in the package."""
    folder = f"{settings.MEDIA_URL}{code}/"
    return _with_addresses(content, lambda address: address.removeprefix(folder))


def link_images(content: Any, code: UUID) -> Any:
    """Return the content of a draft with the addresses of the pictures of this course."""
    folder = f"{settings.MEDIA_URL}{code}/"
    return _with_addresses(content, lambda name: name if name.startswith("/") else folder + name)


def image_names(content: Any) -> Iterator[str]:
    """Yield the names of the package's files that its texts use."""
    for text in iterate_texts(content):
        yield from (match[2] for match in _PICTURE.finditer(text) if not match[2].startswith("/"))


def _with_addresses(content: Any, address: Callable[[str], str]) -> Any:
    if isinstance(content, str):
        return _PICTURE.sub(lambda match: f"{match[1]}{address(match[2])})", content)
    if isinstance(content, list):
        return [_with_addresses(row, address) for row in content]
    if isinstance(content, Mapping):
        return {name: _with_addresses(value, address) for name, value in content.items()}
    return content


def iterate_texts(content: Any) -> Iterator[str]:
    """Yield each text in the content, at any depth."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, list):
        for row in content:
            yield from iterate_texts(row)
    elif isinstance(content, Mapping):
        yield from iterate_texts(list(content.values()))
