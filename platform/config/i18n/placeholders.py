"""What a translation must keep unchanged: placeholders and tags."""

from __future__ import annotations

import re
from collections import Counter

GAP = re.compile(r"%\([^)]+\)[a-z]|%[a-z%]|\{(?:[a-z_]\w*(?:![rs])?(?::[^}]*)?)?\}")
TAG = re.compile(r"</?[a-zA-Z][^>]*>")


def count_markup(text: str) -> Counter[str]:
    return Counter(GAP.findall(text) + TAG.findall(text))
