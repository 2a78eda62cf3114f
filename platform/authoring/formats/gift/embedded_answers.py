"""Read Moodle's embedded answers, `{1:MC:~red~=green}`: each is a gap of a text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext_noop as _

from authoring.formats.gift.answers import (
    FULL,
    PARTIAL_CREDIT,
    Rich,
    read_answer,
    read_choices,
    read_numeric,
    read_typed,
)
from authoring.formats.question_builder import Json, cloze_question, gap_of

_EMBEDDED = re.compile(r"\s*[0-9]*\s*:\s*([A-Za-z_]+)\s*:(.*)", re.DOTALL)
_MC = ("MULTICHOICE", "MC")
_KINDS = {
    "single": {name + how for name in _MC for how in ("", "_H", "H", "_V", "V", "_S", "S")}
    | {name + how for name in _MC for how in ("_HS", "HS", "_VS", "VS")},
    "text": {"SHORTANSWER", "SA", "MW", "SHORTANSWER_C", "SAC", "MWC"},
    "numeric": {"NUMERICAL", "NM"},
}
_SEVERAL = {
    name + how for name in ("MULTIRESPONSE", "MR") for how in ("", "_H", "H", "_S", "S")
} | {name + how for name in ("MULTIRESPONSE", "MR") for how in ("_HS", "HS")}
NO_ANSWER = _("embedded question without a correct answer")


def is_embedded(block: str) -> bool:
    """Return whether a block is one of Moodle's embedded answers."""
    return _EMBEDDED.fullmatch(block.strip()) is not None


def is_known_kind(kind: str) -> bool:
    """Return whether Moodle has embedded answers of this name."""
    return kind in _SEVERAL or any(kind in names for names in _KINDS.values())


def read_embedded(
    prompt: str, block: str, rich: Rich, left_out: Counter[str], plain: Rich = str
) -> Json | None:
    """Read one embedded answer; None, with the reason counted, where no gap can ask it.

    `plain` converts a typed answer to what a learner types.
    """
    found = _EMBEDDED.fullmatch(block.strip())
    assert found is not None  # noqa: S101 - `is_embedded` says so
    kind, block = found[1].upper(), found[2]
    answers = [read_answer(f"~{one}") for one in block.split("~") if one.strip()]
    if not any(one.worth >= FULL for one in answers):
        left_out[NO_ANSWER] += 1
        return None
    if kind in _KINDS["single"]:
        return read_choices(prompt, answers, rich, left_out)
    typed = [replace(one, text=plain(one.text)) for one in answers]
    if kind in _KINDS["text"]:
        return read_typed(prompt, typed, left_out, cased=kind.endswith("C"))
    if kind in _KINDS["numeric"]:
        return read_numeric(prompt, typed, rich, left_out)
    left_out[_("embedded answer of a type that a gap cannot have")] += 1
    return None


def gaps_question(
    text: str, questions: Sequence[Json | None], left_out: Counter[str]
) -> Json | None:
    """Return the question whose gaps ask these; None where one cannot be a gap of the text."""
    gaps = [_gap(one, left_out) for one in questions]
    if None in gaps:
        left_out[_("gap that is neither a text field nor a list")] += None not in questions
        return None
    question = cloze_question(text, [gap for gap in gaps if gap is not None])
    left_out[_("gap inside content that is left out")] += question is None
    return question


def _gap(question: Json | None, left_out: Counter[str]) -> Json | None:
    found = gap_of(question) if question else None
    if question and found:
        rows = [*question.get("choices", ()), *question.get("wrong_answers", ())]
        rows += question.get("other_answers", ())
        left_out[_("feedback for a gap")] += sum(bool(row.get("feedback")) for row in rows)
        left_out[PARTIAL_CREDIT] += any("share" in row for row in rows)
    return found
