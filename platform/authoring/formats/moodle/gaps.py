"""Read Moodle's texts with gaps: embedded answers, lists in the text, and words to drag."""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections.abc import Iterator

from django.utils.translation import gettext_noop as _

from authoring.formats.credits import with_partial_credit
from authoring.formats.gift.embedded_answers import gaps_question, is_known_kind, read_embedded
from authoring.formats.gift.tokenizer import ESCAPED, unescape
from authoring.formats.moodle.choice_answers import leave_out
from authoring.formats.moodle.texts import QuestionTexts, children, source_of, value_of
from authoring.formats.question_builder import (
    GAP,
    MAX_ROWS,
    TOO_MANY_ROWS,
    BuiltChoice,
    Json,
    choice_gap,
    cloze_question,
)
from authoring.formats.text.safe_xml import XmlNode

_START = re.compile(r"\{[0-9]*:([A-Za-z_]+):")
_END = re.compile(r"(?<!\\)\}")
_ESCAPE = re.compile(r"\\([~#}])")
_STAR = re.compile(rf"[\\{ESCAPED[chr(92)]}]\*")
_CODE = re.compile(r"&(?:amp;)?#(?:([0-9]{1,7})|[xX]([0-9A-Fa-f]{1,6}));")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_NUMBERED = re.compile(r"\[\[([1-9][0-9]{0,3})\]\]")
_WEIGHT = re.compile(r"\s*([0-9]*)")


def read_cloze(_node: XmlNode, asked: XmlNode, texts: QuestionTexts) -> Json | None:
    """Read a text with embedded answers."""
    source = source_of(asked)
    found = list(_find_blocks(source))
    if not found:
        texts.left_out[_("text with gaps that has no gap")] += 1
        return None
    starts, ends = [start for start, _end in found], [end for _start, end in found]
    around = [source[end:start] for end, start in zip([0, *ends], [*starts, None], strict=True)]
    text = texts.convert_source(GAP.join(around), asked)

    def rich(part: str) -> str:
        return texts.convert_source(unescape(part), asked)

    blocks = [_hide_signs(source[start + 1 : end - 1]) for start, end in found]
    questions = [read_embedded("_", block, rich, texts.left_out, _plain) for block in blocks]
    weights = {match[1] or "1" for block in blocks if (match := _WEIGHT.match(block))}
    texts.left_out[_("weight of a gap")] += len(weights) > 1
    question = gaps_question(text, questions, texts.left_out)
    return question and with_partial_credit(question)


def _find_blocks(source: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each embedded answer, in time linear in the text."""
    closing = [match.end() for match in _END.finditer(source)]
    at = 0
    for match in _START.finditer(source):
        if match.start() < at or not is_known_kind(match[1].upper()):
            continue
        number = bisect_left(closing, match.end() + 1)
        if number == len(closing):
            return
        at = closing[number]
        yield match.start(), at


def _hide_signs(block: str) -> str:
    """Hide escaped signs and decode numeric references, whose `#` begins no feedback."""

    def letter(match: re.Match[str]) -> str:
        code = int(match[1]) if match[1] else int(match[2], 16)
        if code in (0, 0xD) or 0xD800 <= code < 0xE900 or code > 0x10FFFF:
            return " "
        sign = chr(code)
        return ESCAPED.get(sign, html.escape(sign, quote=False))

    return _CODE.sub(letter, _ESCAPE.sub(lambda match: ESCAPED[match[1]], block))


def _plain(text: str) -> str:
    """Return what a learner types, without markup; `\\*` is a star that is compared as it is."""
    return _STAR.sub(ESCAPED["*"], html.unescape(_TAG.sub("", text)).replace("\xa0", " "))


def read_numbered_gaps(node: XmlNode, asked: XmlNode, texts: QuestionTexts) -> Json | None:
    """Read a text in which `[[2]]` is the place of the second choice, among those of its group."""
    rows = children(node, "selectoption", "dragbox")
    choices = [(texts.convert(row), value_of(row, "group", "1")) for row in rows]
    source = source_of(asked)
    numbers = [int(number) for number in _NUMBERED.findall(source)]
    if not numbers or max(numbers) > len(choices):
        return leave_out(texts)
    if len(numbers) > MAX_ROWS:
        texts.left_out[TOO_MANY_ROWS] += 1
        return None
    text = texts.convert_source(_NUMBERED.sub(GAP, source), asked)
    question = cloze_question(text, [_numbered_gap(choices, number) for number in numbers])
    texts.left_out[_("gap inside content that is left out")] += question is None
    return question and with_partial_credit(question)


def _numbered_gap(choices: list[tuple[str, str]], number: int) -> Json:
    """Return the gap for which this choice is correct; equal texts are one choice."""
    right, group = choices[number - 1]
    offered = dict.fromkeys(text for text, own in choices if own == group and text)
    return choice_gap([BuiltChoice(text, text == right) for text in offered])
