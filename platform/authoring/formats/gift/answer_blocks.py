"""Convert the text between the braces of a GIFT question into a question of course.json."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from authoring.formats.gift.answers import (
    Rich,
    read_choices,
    read_number_block,
    read_typed,
    split_answers,
)
from authoring.formats.gift.embedded_answers import is_embedded, read_embedded
from authoring.formats.gift.tokenizer import split_format, unescape
from authoring.formats.question_builder import (
    BuiltChoice,
    Json,
    choice_question,
    essay_question,
    match_question,
)
from authoring.formats.text.moodle_text import is_blank

TRUE, FALSE = ("T", "TRUE"), ("F", "FALSE")


def read_answers(prompt: str, block: str, rich: Rich, left_out: Counter[str]) -> Json | None:
    """Return the question with these answers; a block without any asks for an essay."""
    block = block.strip()
    if not block:
        return essay_question(prompt)
    if is_embedded(block):
        return read_embedded(prompt, block, rich, left_out)
    verdict = block.split("#")[0].strip().upper()
    if block.startswith("#"):
        return read_number_block(prompt, block[1:], rich, left_out)
    if verdict in TRUE + FALSE:
        return _read_true_or_false(prompt, block, verdict in TRUE, rich)
    if "~" in block:
        return read_choices(prompt, split_answers(block), rich, left_out)
    if "=" in block and "->" in block:
        return _read_matching(prompt, block, rich)
    # A typed answer may name a format as a text does; that is no part of what is typed.
    answers = [replace(one, text=split_format(one.text)[0]) for one in split_answers(block)]
    return read_typed(prompt, answers, left_out)


def _read_true_or_false(prompt: str, block: str, is_true: bool, rich: Rich) -> Json:
    """Read true or false; feedback for a wrong answer comes before that for a correct one."""
    remarks = ["" if is_blank(unescape(one)) else rich(one) for one in block.split("#")[1:]]
    wrong, right = [*remarks, "", ""][:2]
    choices = [
        BuiltChoice("True", is_true, right if is_true else wrong),
        BuiltChoice("False", not is_true, wrong if is_true else right),
    ]
    return choice_question(prompt, choices, several=False)


def _read_matching(prompt: str, block: str, rich: Rich) -> Json:
    """Read the pairs; a right side without a left one belongs to no row."""
    pairs, others = [], []
    for piece in block.split("="):
        left, arrow, right = piece.partition("->")
        if not arrow or not right.strip():
            continue
        if left.strip():
            pairs.append((rich(left), rich(right)))
        else:
            others.append(rich(right))
    return match_question(prompt, pairs, others)
