"""Read H5P's texts with gaps: `*word/other word:tip*` is typed in one, and dragged in the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from django.utils.translation import gettext_noop as _

from authoring.formats.h5p.content import Content, ContentTexts, as_dict, as_list, as_text, is_on
from authoring.formats.question_builder import (
    GAP,
    MAX_ROWS,
    TOO_MANY_ROWS,
    BuiltChoice,
    Json,
    choice_gap,
    cloze_question,
    gap_of,
    text_question,
)
from authoring.formats.unsupported_messages import TYPING_ERRORS
from authoring.option_ids import ids_of_texts

TIP = _("tip of a gap")
_SOLUTION = re.compile(r"\*([^*]*)\*")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_STAR, _COLON = "\ue05f", "\ue060"
_PRIVATE = re.compile("[\ue000-\ue0ff]")
_FEEDBACK = re.compile(r"\\[+-][^\\*:]*")


def read_blanks(content: Content, texts: ContentTexts) -> Iterator[Json]:
    """Read a text with gaps to type in; each of its blocks is a paragraph."""
    params, settings = content.params, as_dict(content.params.get("behaviour"))
    cased = is_on(settings.get("caseSensitive", True))
    gaps: list[Json | None] = []

    def take_gap(match: re.Match[str]) -> str:
        if not match[1]:
            return _STAR  # two stars are one in the text
        words, colon, tip = _TAG.sub("", match[1]).partition(":")
        texts.left_out[TIP] += bool(colon and tip.strip())
        wordings = [" ".join(unescape(word).split()) for word in words.split("/")]
        gaps.append(gap_of(text_question("_", wordings, "cased" if cased else "words")))
        return GAP

    blocks = [_PRIVATE.sub("", as_text(block)) for block in as_list(params.get("questions"))]
    html = "\n".join(f"<div>{_SOLUTION.sub(take_gap, block)}</div>" for block in blocks)
    spelling = is_on(settings.get("acceptSpellingErrors"))
    texts.left_out[TYPING_ERRORS] += spelling
    head = _PRIVATE.sub("", as_text(params.get("text")))
    yield from _cloze(f"<div>{head}</div>{html}", gaps, content, texts)


def read_drag_text(content: Content, texts: ContentTexts) -> Iterator[Json]:
    """Read a text with words to drag: each gap offers all of them."""
    params, right = content.params, list[str]()
    source = _PRIVATE.sub("", as_text(params.get("textField")))

    def take_gap(match: re.Match[str]) -> str:
        if not match[1]:
            return _STAR
        right.append(_dragged(match[1], texts))
        return GAP

    html = re.sub(r"\r\n|\r|\n", "<br>", _SOLUTION.sub(take_gap, source))
    if len(right) > MAX_ROWS:
        texts.left_out[TOO_MANY_ROWS] += 1
        return
    others = _SOLUTION.findall(_PRIVATE.sub("", as_text(params.get("distractors"))))
    words = dict.fromkeys([*right, *(_dragged(one, texts) for one in others if one)])
    # The order of the text would give the answers away; H5P mixes the words.
    offered = [text for _id, text in sorted(zip(ids_of_texts(words), words, strict=True))]
    gaps = [choice_gap([BuiltChoice(one, one == word) for one in offered]) for word in right]
    head = _PRIVATE.sub("", as_text(params.get("taskDescription")))
    yield from _cloze(f"<div>{head}</div><div>{html}</div>", gaps, content, texts)


def _dragged(solution: str, texts: ContentTexts) -> str:
    """Return the word of a gap, without its tip and its feedback."""
    bare = _FEEDBACK.sub("", solution.replace("::", _COLON))
    texts.left_out[_("feedback for a gap")] += bare != solution.replace("::", _COLON)
    word, colon, tip = bare.partition(":")
    texts.left_out[TIP] += bool(colon and tip.strip())
    return texts.convert(word.replace(_COLON, ":"))


def _cloze(
    html: str, gaps: list[Json | None] | list[Json], content: Content, texts: ContentTexts
) -> Iterator[Json]:
    found = [gap for gap in gaps if gap is not None]
    if not found:
        texts.left_out[_("text with gaps that has no gap")] += 1
        return
    prompt = texts.prompt(html, content.params.get("media")).replace(_STAR, "*")
    question = cloze_question(prompt, found)
    texts.left_out[_("gap inside content that is left out")] += question is None
    if question is not None:
        yield question
