"""A GIFT file parted into its questions: comments kept beside them, escaped signs out of the way.

An escaped sign becomes a private one while the text is parted, so that it parts nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from authoring.broken import BrokenPackage
from authoring.said import said

ESCAPED = dict(zip("~=#{}:\\\n*", map(chr, range(0xE040, 0xE049)), strict=True))
_BACK = {ord(mark): sign for sign, mark in ESCAPED.items()}
_ESCAPE = re.compile(r"\\([~=#{}:\\n*])")
CATEGORY = "$CATEGORY:"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`text` has its escapes hidden; `remarks` are the comment lines before and in it."""

    line: int
    text: str
    remarks: tuple[str, ...]


def hidden(text: str) -> str:
    return _ESCAPE.sub(lambda match: ESCAPED[match[1].replace("n", "\n")], text)


def shown(text: str) -> str:
    """The text with its escaped signs as they are meant."""
    return text.translate(_BACK)


def paragraphs(text: str, file: str) -> Iterator[Paragraph]:
    """Each question, or category; a blank line parts them, except inside braces."""
    lines: list[str] = []
    remarks: list[str] = []
    first = 1
    for number, line in enumerate([*text.splitlines(), ""], 1):
        if line.strip().startswith("//"):
            remarks.append(line.strip()[2:].strip())
            continue
        if line.strip().startswith(CATEGORY):
            yield from _ended(first, lines, remarks if lines else [], file)
            yield Paragraph(number, line.strip(), tuple(remarks))
            lines, remarks = [], []
        elif not line.strip() and not _inside(lines):
            yield from _ended(first, lines, remarks, file)
            lines, remarks = [], remarks if not lines else []
        else:
            if line.startswith("::") and "}" in "".join(lines) and not _inside(lines):
                yield from _ended(first, lines, remarks, file)
                lines, remarks = [], []
            first = first if lines else number
            lines.append(hidden(line))
    if lines:
        yield from _ended(first, lines, remarks, file)


def _inside(lines: list[str]) -> bool:
    text = "\n".join(lines)
    return text.count("{") > text.count("}")


def _ended(first: int, lines: list[str], remarks: list[str], file: str) -> Iterator[Paragraph]:
    text = "\n".join(lines).strip()
    if not text:
        return
    if text.count("{") != text.count("}"):
        raise BrokenPackage(
            file, said(_("line {line}"), line=first), _("expected as many { as } in this question")
        )
    yield Paragraph(first, text, tuple(remarks))
