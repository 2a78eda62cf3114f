"""Find the file of a package that a text names, as Canvas, Blackboard and cartridges name it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from authoring.formats.package_files import join_path

_BASE = re.compile(r"^\$IMS[-_]CC[-_]FILEBASE\$/*")
_CANVAS_FILE = re.compile(r"^\$CANVAS_COURSE_REFERENCE\$/(?:file_ref|files)/([\w-]+)")
_BLACKBOARD_FILE = re.compile(r"^@X@.*?@X@.*?(xid-\d+_\d+)")
_NAMED_BY_NUMBER = re.compile(r"__(xid-\d+_\d+)\.\w+$")
_ELSEWHERE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)
# Folders that hold the files of a Canvas course.
_ROOTS = ("web_resources", "")


class PackageReferences:
    """Finds files by the address in a text; `resources` are hrefs by their identifiers."""

    def __init__(self, folder: Path, resources: Mapping[str, str]) -> None:
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        self._places = {path.relative_to(folder).as_posix() for path in files}
        self._by_lower = {place.casefold(): place for place in sorted(self._places)}
        self._resources = resources
        self._by_number = {
            match[1]: place for place in self._places if (match := _NAMED_BY_NUMBER.search(place))
        }

    def find(self, address: str, folder: str) -> str:
        """Return the place of a file; "" for an address of no file in the package."""
        address = address.strip().replace("%24", "$")
        if match := _CANVAS_FILE.match(address):
            return self._existing([self._resources.get(match[1], "")])
        if match := _BLACKBOARD_FILE.match(address):
            return self._by_number.get(match[1], "")
        bare = re.split(r"[?#]", address)[0]
        if _BASE.match(bare):
            name = _BASE.sub("", bare)
            roots = [*_ROOTS, folder]
        elif _ELSEWHERE.match(bare) or bare.startswith("$"):
            return ""
        else:
            name, roots = bare, [folder, *_ROOTS]
        wanted = dict.fromkeys([name, unquote(name)])
        return self._existing([join_path(root, one) for root in roots for one in wanted])

    def _existing(self, places: list[str]) -> str:
        exact = (place for place in places if place in self._places)
        folded = (self._by_lower.get(place.casefold(), "") for place in places if place)
        return next(exact, "") or next(filter(None, folded), "")


def is_elsewhere(address: str) -> bool:
    """Return whether an address names another website."""
    return _ELSEWHERE.match(address.strip()) is not None
