"""Find the files in `static/` of an OLX course by the addresses that Open edX uses for them."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from urllib.parse import unquote

# The forms in which a page names an uploaded file.
_FORMS = [
    re.compile(r"^/?static/(?!asset-v1:)(.+)$"),
    re.compile(r"^.*asset-v1:.*[+@/]block[@/](.+)$"),
    re.compile(r"^(?:/assets/courseware/.*)?/?c4x/.*/asset/(.+)$"),
]
_NOT_IN_A_KEY = re.compile(r"[^\w.%-]")


class Assets:
    """Finds the file of a package for an address."""

    def __init__(self, root: Path) -> None:
        static = root / "static"
        files = [path for path in sorted(static.rglob("*")) if path.is_file()]
        self._places = {path.relative_to(root).as_posix() for path in files}
        self._by_key: dict[str, str] = {}
        for path in files:
            key = _key(path.relative_to(static).as_posix())
            self._by_key.setdefault(key, path.relative_to(root).as_posix())

    def place(self, address: str) -> str:
        """Return the place in the package; "" for an address of no uploaded file."""
        match = next((found for form in _FORMS if (found := form.match(address))), None)
        if match is None:
            return ""
        bare = re.split(r"[?#]", match[1])[0]
        names = dict.fromkeys([match[1], bare, unquote(bare)])
        exact = (place for name in names if (place := f"static/{name}") in self._places)
        keys = (self._by_key[key] for name in names if (key := _key(name)) in self._by_key)
        return next(exact, None) or next(keys, f"static/{unquote(bare)}")


def _key(name: str) -> str:
    """Return the key of an upload in Open edX, which flattens folders and replaces signs."""
    return _NOT_IN_A_KEY.sub("_", unicodedata.normalize("NFC", name))
