"""Split a GIFT file into its questions, with their comments.

Each escaped sign is replaced by a private character meanwhile, so that it splits nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from authoring.errors import BrokenPackage
from authoring.translatable_message import message

ESCAPED = dict(zip("~=#{}:\\\n*", map(chr, range(0xE040, 0xE049)), strict=True))
_BACK = {ord(mark): sign for sign, mark in ESCAPED.items()}
_ESCAPE = re.compile(r"\\([~=#{}:\\n*])")
CATEGORY = "$CATEGORY:"
_FORMAT = re.compile(r"^\[(html|plain|markdown|moodle)\]", re.IGNORECASE)
_ESCAPED_STROKE = ESCAPED["\\"]
_FORMULA = re.compile(
    rf"[\\{_ESCAPED_STROKE}](?P<sign>[()\[\]])|(?P<money>\$\$)|(?P<end>\n[ \t]*\n)"
)
_CLOSES = {"(": ")", "[": "]", "$$": "$$"}
_ANSWERED = re.compile(r"\{\s*[=~#]")
# Several underscores are a line to write on, not an index.
_LATEX_BEFORE = re.compile(r"(\^|(?<!_)_|\\[A-Za-z]+)\s*$")
ESCAPE = _(
    "expected { and } only around answers; write \\{ and \\} for those that are part of "
    "the text or of a formula"
)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`text` has its escapes hidden; `remarks` are the comment lines before and in it."""

    line: int
    text: str
    remarks: tuple[str, ...]


def split_format(text: str) -> tuple[str, str]:
    """Split the name of a text's format from the text."""
    match = _FORMAT.match(text.strip())
    return (text.strip()[match.end() :], match[1].lower()) if match else (text, "")


def hide_escapes(text: str) -> str:
    return _ESCAPE.sub(lambda match: ESCAPED[match[1].replace("n", "\n")], text)


def hide_formulas(text: str) -> str:
    """Hide the signs inside `\\(…\\)`, `\\[…\\]` and `$$…$$`, because they are LaTeX."""
    kept, at, opened, sign = [], 0, -1, ""
    for match in _FORMULA.finditer(text):
        found = match["sign"] or match["money"] or ""
        if match["end"]:
            opened = -1
        elif opened >= 0 and found == _CLOSES[sign]:
            kept += [text[at:opened], _hide_formula(text[opened : match.start()])]
            at, opened = match.start(), -1
        elif opened < 0 and found in _CLOSES:
            opened, sign = match.end(), found
    return "".join([*kept, text[at:]])


def _hide_formula(latex: str) -> str:
    if latex.count("{") != latex.count("}") or _ANSWERED.search(latex):
        return latex
    return "".join(ESCAPED[sign] if sign in "~=#{}:" else sign for sign in latex)


def split_blocks(text: str, place: Callable[[], BrokenPackage]) -> list[str]:
    """Return text and answers in turn without their braces; raise `place()` for stray braces."""
    parts = re.split(r"([{}])", text)
    found, inside = [parts[0]], False
    for sign, words in zip(parts[1::2], parts[2::2], strict=True):
        if (sign == "{") is inside:
            raise place()
        before, inside = found[-1], sign == "{"
        if inside and not re.match(r"\s*[=~#]", words) and _LATEX_BEFORE.search(before):
            raise place()
        found.append(words)
    if inside:
        raise place()
    return found


def unescape(text: str) -> str:
    """Restore the hidden signs of a text."""
    return text.translate(_BACK)


def split_paragraphs(text: str, file: str) -> Iterator[Paragraph]:
    """Yield each question or category; blank lines separate them, except inside braces."""
    lines: list[str] = []
    remarks: list[str] = []
    first, opened, closed = 1, 0, False
    for number, line, plain in _hide_lines(text):
        if not lines:
            opened, closed = 0, False
        if line.strip().startswith("//"):
            remarks.append(line.strip()[2:].strip())
            continue
        if line.strip().startswith(CATEGORY):
            yield from _finish_paragraph(first, lines, remarks if lines else [], file)
            yield Paragraph(number, line.strip(), tuple(remarks))
            lines, remarks = [], []
        elif not line.strip() and opened <= 0:
            yield from _finish_paragraph(first, lines, remarks, file)
            lines, remarks = [], remarks if not lines else []
        else:
            if line.lstrip().startswith("::") and closed and opened <= 0:
                yield from _finish_paragraph(first, lines, remarks, file)
                lines, remarks, opened, closed = [], [], 0, False
            first = first if lines else number
            lines.append(plain)
            opened += plain.count("{") - plain.count("}")
            closed = closed or "}" in plain
    if lines:
        yield from _finish_paragraph(first, lines, remarks, file)


def _hide_lines(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield number, line, and line with escapes and formulas hidden; a blank line comes last."""
    lines = [*text.splitlines(), ""]
    alone = (line.strip().startswith(("//", CATEGORY)) for line in lines)
    plain = ["" if apart else hide_escapes(line) for line, apart in zip(lines, alone, strict=True)]
    made = hide_formulas("\n".join(plain)).split("\n")
    yield from zip(range(1, len(lines) + 1), lines, made, strict=True)


def _finish_paragraph(
    first: int, lines: list[str], remarks: list[str], file: str
) -> Iterator[Paragraph]:
    text = "\n".join(lines).strip()
    if not text:
        return
    split_blocks(
        text, lambda: BrokenPackage(file, message(_("line {line}"), line=first), message(ESCAPE))
    )
    yield Paragraph(first, text, tuple(remarks))
