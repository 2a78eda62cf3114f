"""Two languages made by rule from the source, to prove that pages bear any language.

`en-xa` is longer and accented, in brackets; `ar-xb` is the same, read from right to left. Markup,
entities and placeholders stay as they are.
"""

from __future__ import annotations

import gettext
import re

from django.utils.translation import trans_real

from config.i18n.extract import GAP, TAG

KEPT = re.compile(rf"({GAP.pattern}|{TAG.pattern}|&#?\w+;|\bAttune\b)")
PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
STRANGE = "åƀçðéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýžÅƁÇÐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽ"
LETTERS = str.maketrans(PLAIN, STRANGE)
LONGER = 0.3
WORD = 8
CONTEXT_END = "\x04"
# How a date is written is a pattern of letters, and no words.
DATE_FORMAT = re.compile(r"[jMNFYHi.,: ]+")


def strange(text: str) -> str:
    """The text in brackets, its letters accented, and about a third longer."""
    words = KEPT.split(text)
    changed = "".join(
        part if number % 2 else part.translate(LETTERS) for number, part in enumerate(words)
    )
    dots = "·" * round(sum(len(part) for part in words[::2]) * LONGER)
    # Lines may break between them, as between words.
    more = " ".join(dots[at : at + WORD] for at in range(0, len(dots), WORD))
    return f"[{changed}{more}]"


class Strange(gettext.NullTranslations):
    """A translation of every sentence there is."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.spoken = language

    def language(self) -> str:
        return self.spoken

    def to_language(self) -> str:
        return self.spoken

    def gettext(self, message: str) -> str:
        plain = message.rsplit(CONTEXT_END, 1)[-1]
        if DATE_FORMAT.fullmatch(plain):
            return plain
        lead = plain[: len(plain) - len(plain.lstrip())]
        trail = plain[len(plain.rstrip()) :]
        return f"{lead}{strange(plain.strip())}{trail}" if plain.strip() else plain

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def install(languages: list[str]) -> None:
    """Django asks its own table of translations before it looks for files."""
    for language in languages:
        trans_real._translations[language] = Strange(language)  # type: ignore[attr-defined]
