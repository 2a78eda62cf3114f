"""Which release this is: the first heading of the changelog, as the package's version is read."""

from __future__ import annotations

import re
from functools import cache

from django.conf import settings


@cache
def read_release() -> str:
    """Return the number of the release, or "" where the program has no changelog."""
    file = settings.BASE_DIR / "CHANGELOG.md"
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    found = re.search(r"^## (\d+\.\d+\.\d+)", text, re.MULTILINE)
    return found[1] if found else ""
