"""Writes the questions of a course as a GIFT file that Moodle and our reader read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction

from django.utils.translation import gettext_noop as _

from authoring.formats import unsupported_features
from authoring.formats.credits import (
    by_share,
    middle_and_tolerance,
    share_of,
    write_percent,
)
from authoring.formats.gift.categories import write_category
from authoring.formats.question_builder import Json, question_of, write_decimal, write_short
from authoring.formats.text import text_conversion
from courses.question_types.registry import QUESTION_TYPES
from courses.questions import gap_marks

SUPPORTED = frozenset(["explanation", "skills", "wrong_answers", "other_answers", "shares"])
_WITH_PARTIAL = SUPPORTED | {"partial_credit"}
_MARKUP = re.compile(r"[<>&$\n]|\\\(|!\[|^[\[%]")
_SIGNS = re.compile(r"[~=#{}:\\]")
Rich = Callable[[str], str]


def write(package: Json) -> tuple[str, Counter[str]]:
    """Return the text of the file, and a count of what it cannot hold."""
    left_out: Counter[str] = Counter()
    unsupported_features.note_units(package, frozenset(["quiz"]), left_out)
    unsupported_features.note_columns(package, frozenset(), left_out)
    blocks = ["\n".join(_head(package))]
    for unit in unsupported_features.supported_quizzes(package, KINDS, left_out):
        found = [text for row in unit["questions"] if (text := _question(row, left_out))]
        if found:
            blocks += [
                f"// unit: {unit['id']}\n$CATEGORY: {write_category(unit['title'])}",
                *found,
            ]
    return "\n\n".join(blocks) + "\n", left_out


def _head(package: Json) -> Iterator[str]:
    yield f"// course: {package['slug']} = {_line(package['title'])}"
    for skill in package["skills"]:
        yield f"// skill: {skill['slug']} = {_line(skill['name'])}"


def _question(row: Json, left_out: Counter[str]) -> str:
    if _has_gaps(row) and len(row["parts"]) != 1:
        left_out[_("fill-in-the-gaps question with several gaps")] += 1
        return ""
    if any("->" in wording for wording in _wordings(row)):
        left_out[_("typed answer with an arrow (->)")] += 1
        return ""
    unsupported_features.note_comparisons(row, ("words",), left_out)
    is_several = row["type"] == "multiple"
    unsupported_features.note_questions([row], _WITH_PARTIAL if is_several else SUPPORTED, left_out)
    all_or_nothing = is_several and not row.get("partial_credit")
    left_out[unsupported_features.ALL_OR_NOTHING] += all_or_nothing
    rich = _choose_writer(row)
    for text in _texts(row):
        text_conversion.remove_pictures(text, left_out)
    tags = "".join(f" [tag:{skill}]" for skill in row["skills"])
    general = f"\n\t####{rich(row['explanation'])}" if row.get("explanation") else ""
    form = "[html]" if rich is _html else ""
    head = f"// [id:{row['id']}]{tags}\n::{escape_signs(row['id'])}::{form}"
    before, after = _split_prompt(row, rich)
    return f"{head}{before} {{{_ANSWERS[row['type']](row, rich)}{general}\n}}{after}"


def _has_gaps(row: Json) -> bool:
    return QUESTION_TYPES[row["type"]].has_gaps


def _split_prompt(row: Json, rich: Rich) -> tuple[str, str]:
    """Return the text before the answers and the text after them."""
    if not _has_gaps(row):
        return rich(row["prompt"]), ""
    before, _gap, after = gap_marks.split_at_gaps(row["prompt"])
    # Without a word after the gap, Moodle would read a question that ends in its answers.
    return rich(before), f" {rich(after) if after.strip() else '.'}"


def _wordings(row: Json) -> list[str]:
    rows = [row, *row.get("parts", ())]
    return [word for one in rows for word in (str(one.get("answer", "")), *one.get("accepted", ()))]


def _choose_writer(row: Json) -> Rich:
    """Return the HTML writer where one of the texts needs it, else the plain one."""
    return _html if any(_MARKUP.search(text) for text in _texts(row)) else escape_signs


def _texts(row: Json) -> list[str]:
    texts = [row["prompt"], row.get("explanation", "")]
    rows = [*row.get("choices", ()), *row.get("parts", ()), *row.get("wrong_answers", ())]
    rows += row.get("other_answers", ())
    rows += [choice for part in row.get("parts", ()) for choice in part.get("choices", ())]
    texts += [one.get(name, "") for one in rows for name in ("text", "feedback")]
    return texts


def _html(text: str) -> str:
    html = text_conversion.text_to_html(
        text, text_conversion.round_brackets, text_conversion.no_pictures
    )
    first = f"&#{ord(html[0])};" if html[:1] in ("[", "%") else html[:1]
    return escape_signs(first + html[1:])


def _single(row: Json, rich: Rich) -> str:
    texts = [choice["text"] for choice in row["choices"]]
    if texts == ["True", "False"] and not any("share" in choice for choice in row["choices"]):
        return _true_or_false(row, rich)
    marks = ["=" if choice["correct"] else _mark_of_wrong(choice) for choice in row["choices"]]
    return _choices(row, rich, marks)


def _mark_of_wrong(choice: Json) -> str:
    return f"~%{write_percent(share_of(choice, 1))}%" if "share" in choice else "~"


def _multiple(row: Json, rich: Rich) -> str:
    right = sum(choice["correct"] for choice in row["choices"])
    partial = row.get("partial_credit")
    shares = [
        share_of(choice, right) if partial or choice["correct"] else Fraction(-1)
        for choice in row["choices"]
    ]
    return _choices(row, rich, [f"~%{write_percent(share)}%" for share in shares])


def _choices(row: Json, rich: Rich, marks: list[str]) -> str:
    """Write the choices, each after its sign or percentage."""
    return "".join(
        f"\n\t{mark}{rich(choice['text'])}{_remark(choice, rich)}"
        for mark, choice in zip(marks, row["choices"], strict=True)
    )


def _true_or_false(row: Json, rich: Rich) -> str:
    yes, no = row["choices"]
    wrong, right = (no, yes) if yes["correct"] else (yes, no)
    right_feedback = _remark(right, rich)
    first = _remark(wrong, rich) or ("#" if right_feedback else "")
    return f"{'TRUE' if yes['correct'] else 'FALSE'}{first}{right_feedback}"


def _remark(row: Json, rich: Rich) -> str:
    return f"#{rich(row['feedback'])}" if row.get("feedback") else ""


def _text(row: Json, _rich: Rich) -> str:
    answer = escape_signs(row["answer"]).replace("*", "\\*")
    wordings = [answer, *map(escape_signs, row.get("accepted", ()))]
    return "".join(f"\n\t={'%100%' if one[:1] == '%' else ''}{one}" for one in wordings)


def _numeric(row: Json, rich: Rich) -> str:
    wrong = "".join(
        f"\n\t=%0%{write_short(one['value'])}:{write_short(one['tolerance'])}{_remark(one, rich)}"
        for one in row.get("wrong_answers", ())
    )
    right = f"={write_decimal(row['answer'])}:{write_short(row.get('tolerance', 0))}"
    others = "".join(f"\n\t={_other_number(one, rich)}" for one in by_share(row))
    return f"#\n\t{right}{others}{wrong}"


def _other_number(other: Json, rich: Rich) -> str:
    value, width = middle_and_tolerance(other)
    percent = write_percent(share_of(other, 1))
    return f"%{percent}%{write_decimal(value)}:{write_short(width)}{_remark(other, rich)}"


def _matches(row: Json, rich: Rich) -> str:
    parts = {part["id"]: part["text"] for part in row["parts"]}
    named = {choice["match"] for choice in row["choices"]}
    pairs = [(rich(choice["text"]), parts[choice["match"]]) for choice in row["choices"]]
    pairs += [("", text) for name, text in parts.items() if name not in named]
    return "".join(f"\n\t={left} -> {rich(right)}" for left, right in pairs)


def _gap(row: Json, rich: Rich) -> str:
    """Write the answers of the only gap."""
    asked = question_of(row["parts"][0])
    return _ANSWERS[asked["type"]](asked, rich)


_ANSWERS: dict[str, Callable[[Json, Rich], str]] = {
    "single": _single,
    "multiple": _multiple,
    "text": _text,
    "numeric": _numeric,
    "match": _matches,
    "cloze": _gap,
    "essay": lambda _row, _rich: "",
}
KINDS = frozenset(_ANSWERS)


def escape_signs(text: str) -> str:
    """Escape all signs that have a meaning in GIFT."""
    return _SIGNS.sub(r"\\\g<0>", text).replace("\n", "\\n")


def _line(text: str) -> str:
    return " ".join(text.split())
