"""Text cleaning before the encoder (paper 1, section 3.2 "text cleaning", without details there).

Removes markup, sound notes in brackets, speakers' names and filler words. The rest is unchanged,
because encoders of the BERT family were trained on whole sentences.
"""

from __future__ import annotations

import re
import unicodedata

_MARKUP = re.compile(r"<[^>]*>|\{[^}]*\}")
_NOISES = re.compile(
    r"\[[^\]]*\]|\((?:applause|laughter|laughs|music|inaudible|silence)\)|[♪♫]", re.I
)
_SPEAKER = re.compile(r"(?:^|(?<=\s))(?:>>\s*)?[A-Z][A-Z .'-]{1,30}:\s")
_FILLERS = re.compile(r"\b(?:u+h+|u+m+|e+r+m*|h+m+)\b[,.]?", re.I)
_SPACES = re.compile(r"\s+")


def clean(text: str) -> str:
    """Return `text` on one line, without fillers and markup."""
    plain = unicodedata.normalize("NFKC", text)
    for pattern in (_MARKUP, _NOISES, _SPEAKER, _FILLERS):
        plain = pattern.sub(" ", plain)
    return _SPACES.sub(" ", plain).strip()


def join_texts(*texts: str) -> str:
    """Return the texts that are not empty, a line each."""
    return "\n".join(text for text in texts if text)
