"""Two generated languages, to prove that pages work in any language.

`en-xa` is longer and accented, in brackets; `ar-xb` is the same, read from right to left. Markup,
entities and placeholders stay unchanged.
"""

from __future__ import annotations

import gettext
import re

from django.utils.translation import trans_real

from config.i18n.placeholders import GAP, TAG

UNCHANGED = re.compile(rf"({GAP.pattern}|{TAG.pattern}|&#?\w+;|\bAttune\b)")
PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
STRANGE = "åƀçðéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýžÅƁÇÐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽ"
LETTERS = str.maketrans(PLAIN, STRANGE)
LONGER = 0.3
WORD = 8
CONTEXT_END = "\x04"
# A date format is a pattern of letters, not words.
DATE_FORMAT = re.compile(r"[jMNFYHi.,: ]+")


def make_pseudo(text: str) -> str:
    """Return the text in brackets, with accented letters, about a third longer."""
    words = UNCHANGED.split(text)
    changed = "".join(
        part if number % 2 else part.translate(LETTERS) for number, part in enumerate(words)
    )
    dots = "·" * round(sum(len(part) for part in words[::2]) * LONGER)
    # Lines may break between these words.
    more = " ".join(dots[at : at + WORD] for at in range(0, len(dots), WORD))
    return f"[{changed}{more}]"


class PseudoTranslations(gettext.NullTranslations):
    """A translation of every sentence by rule."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.code = language

    def language(self) -> str:
        return self.code

    def to_language(self) -> str:
        return self.code

    def gettext(self, message: str) -> str:
        plain = message.rsplit(CONTEXT_END, 1)[-1]
        if DATE_FORMAT.fullmatch(plain):
            return plain
        lead = plain[: len(plain) - len(plain.lstrip())]
        trail = plain[len(plain.rstrip()) :]
        return f"{lead}{make_pseudo(plain.strip())}{trail}" if plain.strip() else plain

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def install(languages: list[str]) -> None:
    """Register the languages: Django checks its own table of translations before files."""
    for language in languages:
        trans_real._translations[language] = PseudoTranslations(language)  # type: ignore[attr-defined]
