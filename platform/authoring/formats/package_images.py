"""Pictures of a foreign package: add them to the shelf, and count those that are unusable."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path, PurePosixPath

from django.utils.translation import gettext_noop as _

from authoring.errors import BrokenPackage
from authoring.media.images import KINDS
from authoring.media.storage import MediaShelf
from courses.media.media_store import LocalCopies
from courses.media.stored_file import is_safe

LONGEST = 240
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


class PackageImages:
    """Returns the address on this site of each picture of a package."""

    def __init__(self, root: Path, shelf: MediaShelf, left_out: Counter[str]) -> None:
        self._root, self._shelf, self._left_out = root, shelf, left_out

    def address(self, name: str) -> str:
        """Return the address of a picture by its place in the package; "" if it is unusable."""
        if not name or len(name) > LONGEST or _ELSEWHERE.match(name):
            return self._lost(_("image on another website"))
        path = self._root / name
        if not path.is_file() or path.is_symlink():
            return self._lost(_("image missing from the package"))
        try:
            return self._shelf.url(self._shelf.add(name, kinds=KINDS, where=(name, "")))
        except BrokenPackage:
            return self._lost(_("image that is not a GIF, PNG, JPEG or WebP"))

    def _lost(self, what: str) -> str:
        self._left_out[what] += 1
        return ""


def file_of_course(media: LocalCopies, name: str) -> Path | None:
    """Return the file of a picture of the course; None for an address that is not a file name.

    Raises FileNotFoundError.
    """
    return media.path(name) if is_safe(name) and PurePosixPath(name).suffix else None
