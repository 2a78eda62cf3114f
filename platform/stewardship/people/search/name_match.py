"""Whether a name has the words that were typed: each has to begin a word of the name.

Case and accents do not count. "ü" is found as "u" and as "ue", and other scripts also by the Latin
letters that they are commonly written in.
"""

from __future__ import annotations

import unicodedata
from typing import Final

import regex
from anyascii import anyascii

from accounts.name_order import name_key

# Letters with their marks, and digits.
_WORD: Final = regex.compile(r"[^\W_]+")
_APOSTROPHES: Final = str.maketrans(dict.fromkeys("'’ʼ`´"))  # noqa: RUF001
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
# Of each word, the ways in which it may be written.
Words = tuple[tuple[str, ...], ...]


def split_words(text: str) -> Words:
    """Return the words of a text; none where there is no letter or digit."""
    return tuple(tuple(_write(word)) for word in _WORD.findall(text))


def has_words(name: str, words: Words) -> bool:
    """Say whether each of the words begins a word of the name."""
    named = split_words(name) + split_words(name.translate(_APOSTROPHES))
    parts = [form for forms in named for form in forms]
    return all(any(part.startswith(forms) for part in parts) for forms in words)


def _write(word: str) -> set[str]:
    """Return the ways in which a word may be written, in small letters without accents."""
    if word.isascii():
        return {word.lower()}
    bare = name_key(word)[0]
    spelled = unicodedata.normalize("NFC", word.casefold()).translate(_UMLAUTS)
    return {bare, name_key(spelled)[0], anyascii(bare).lower()}
