"""Recognise HTML in a text whose type a file does not declare."""

from __future__ import annotations

import re

# A text is HTML if it ends an element or has a break or an image.
_MARKUP = re.compile(
    r"</(p|div|span|b|i|u|strong|em|sub|sup|li|ul|ol|table|h[1-6]|a|pre|code|audio|video|iframe)\s*>"
    r"|<br\s*/?>|<img\s",
    re.IGNORECASE,
)


def has_markup(text: str) -> bool:
    return _MARKUP.search(text) is not None
