"""Match names with typed words: each word must be a prefix of a word of the name.

Case and accents are ignored. "ü" matches "u" and "ue", and other scripts also match their usual
Latin transliteration.
"""

from __future__ import annotations

import unicodedata
from typing import Final

import regex
from anyascii import anyascii

from accounts.name_order import name_key

# A run of letters with their marks, and digits.
_WORD: Final = regex.compile(r"[^\W_]+")
_APOSTROPHES: Final = str.maketrans(dict.fromkeys("'’ʼ`´"))  # noqa: RUF001
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
# For each word, its possible spellings.
SearchWords = tuple[tuple[str, ...], ...]


def split_words(text: str) -> SearchWords:
    """Return the words of a text; none if it has no letter or digit."""
    return tuple(tuple(_spellings(word)) for word in _WORD.findall(text))


def has_words(name: str, words: SearchWords) -> bool:
    """Return whether each of the words is a prefix of a word of the name."""
    named = split_words(name) + split_words(name.translate(_APOSTROPHES))
    parts = [form for forms in named for form in forms]
    return all(any(part.startswith(forms) for part in parts) for forms in words)


def _spellings(word: str) -> set[str]:
    """Return the possible spellings of a word, in lower case without accents."""
    if word.isascii():
        return {word.lower()}
    bare = name_key(word)[0]
    spelled = unicodedata.normalize("NFC", word.casefold()).translate(_UMLAUTS)
    return {bare, name_key(spelled)[0], anyascii(bare).lower()}
