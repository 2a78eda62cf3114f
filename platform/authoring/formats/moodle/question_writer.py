"""Write one question as Moodle XML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from html import escape

from django.utils.translation import gettext_noop as _

from authoring.formats import unsupported_features
from authoring.formats.credits import (
    by_share,
    middle_and_tolerance,
    share_of,
    write_percent,
    write_share,
)
from authoring.formats.moodle.file_answers import write_files
from authoring.formats.moodle.gap_writer import write_gaps
from authoring.formats.moodle.marker_writer import write_marker
from authoring.formats.moodle.text_elements import TextElements, cdata, to_html
from authoring.formats.question_builder import Json, write_decimal, write_short
from authoring.formats.text import text_conversion
from courses.question_types.registry import QUESTION_TYPES
from courses.rendering import course_html

_LONGEST_NAME = 80
# Moodle imports no other percentages, or takes the nearest of these, as the teacher chooses.
_KNOWN_SHARES = (100, 90, 83.33333, 80, 75, 70, 66.66667, 60, 50, 40, 33.33333, 30, 25, 20,
                 16.66667, 14.28571, 12.5, 11.11111, 10, 5, 0)  # fmt: skip
_NO_FEEDBACK = '<feedback format="html"><text></text></feedback>\n'


def write_question(row: Json, elements: TextElements, left_out: Counter[str]) -> str:
    """Return the element of a question; the kind must be one of KINDS."""
    kind, body = _WRITERS[row["type"]](row, elements, left_out)
    unsupported_features.note_comparisons(row, ("words", "cased"), left_out)
    _note_credit(row, left_out)
    asked = (
        elements.write_html("questiontext", lambda pictures: write_gaps(row, pictures, left_out))
        if QUESTION_TYPES[row["type"]].has_gaps
        else elements.write("questiontext", row["prompt"])
    )
    tags = "".join(f"<tag><text>{escape(skill)}</text></tag>\n" for skill in row["skills"])
    return (
        f'<question type="{kind}">\n<name><text>{cdata(_name(row))}</text></name>\n{asked}'
        f"{elements.write('generalfeedback', row.get('explanation', ''))}"
        f"<defaultgrade>{write_short(row.get('points', 1))}</defaultgrade>\n"
        "<penalty>0</penalty>\n<hidden>0</hidden>\n"
        f"<idnumber>{escape(row['id'])}</idnumber>\n{body}"
        f"{_hints(row, elements, left_out)}<tags>\n{tags}</tags>\n</question>\n"
    )


def _note_credit(row: Json, left_out: Counter[str]) -> None:
    """Count all or nothing, which Moodle has only for an order, and shares that it cannot have."""
    parts = row.get("parts", ()) if row["type"] == "cloze" else row.get("choices", ())
    by_parts = row["type"] in ("multiple", "match", "cloze") and len(parts) > 1
    left_out[unsupported_features.ALL_OR_NOTHING] += by_parts and not row.get("partial_credit")
    left_out[_("share of the points that Moodle does not know")] += sum(
        not _is_known(abs(share)) for share in (*_shares(row), *_equal_shares(row))
    )


def _is_known(share: Fraction) -> bool:
    """Return whether Moodle has this share, and a reader of the file finds it exactly."""
    written = write_percent(share)
    found = Fraction(str(write_share(Fraction(written) / 100))) / 100
    return float(written) in _KNOWN_SHARES and found == share


def _shares(row: Json) -> list[Fraction]:
    rows = [*row.get("choices", ()), *row.get("other_answers", ())]
    return [Fraction(str(one["share"])) / 100 for one in rows if "share" in one]


def _equal_shares(row: Json) -> list[Fraction]:
    """Return the shares of the choices of a multiple choice that have none of their own."""
    right = sum(choice["correct"] for choice in row.get("choices", ()) if row["type"] == "multiple")
    own = (one for one in row.get("choices", ()) if right and "share" not in one)
    return [share_of(one, right) for one in own if row.get("partial_credit") or one["correct"]]


def _name(row: Json) -> str:
    """Return the line by which a teacher finds the question in Moodle's question bank."""
    words = QUESTION_TYPES[row["type"]].plain_prompt(row["prompt"]) or course_html.linear(
        row["prompt"]
    )
    return " ".join(words.split())[:_LONGEST_NAME].strip() or str(row["id"])


def _hints(row: Json, elements: TextElements, left_out: Counter[str]) -> str:
    hints = unsupported_features.note_scaffolds(row.get("hints", []), left_out)
    kinds = ["strategy"] * (len(hints) - 1) + ["worked_step"]
    left_out[_("type of hint")] += sum(
        hint["kind"] != kind for hint, kind in zip(hints, kinds, strict=False)
    )
    left_out[_("title of a hint")] += sum("title" in hint for hint in hints)
    return "".join(elements.write("hint", hint["text"]) for hint in hints if hint["text"])


def _single(row: Json, elements: TextElements, _left_out: Counter[str]) -> tuple[str, str]:
    if [choice["text"] for choice in row["choices"]] == ["True", "False"] and not _shares(row):
        answers = "".join(
            _answer(choice["text"].lower(), 100 * choice["correct"], _feedback(choice, elements))
            for choice in row["choices"]
        )
        return "truefalse", answers
    worth = [
        "100" if choice["correct"] else write_percent(_share_of_wrong(choice))
        for choice in row["choices"]
    ]
    return "multichoice", _choices(row, elements, worth, several=False)


def _share_of_wrong(choice: Json) -> Fraction:
    return share_of(choice, 1) if "share" in choice else Fraction(0)


def _multiple(row: Json, elements: TextElements, _left_out: Counter[str]) -> tuple[str, str]:
    right = sum(choice["correct"] for choice in row["choices"])
    partial = row.get("partial_credit")
    worth = [
        write_percent(share_of(choice, right) if partial or choice["correct"] else Fraction(-1))
        for choice in row["choices"]
    ]
    return "multichoice", _choices(row, elements, worth, several=True)


def _choices(row: Json, elements: TextElements, worth: list[str], *, several: bool) -> str:
    """Write the choices, each with its percentage of the points."""
    answers = "".join(
        elements.write(
            "answer",
            choice["text"],
            f' fraction="{percent}"',
            _feedback(choice, elements),
        )
        for choice, percent in zip(row["choices"], worth, strict=True)
    )
    single = "false" if several else "true"
    return (
        f"<single>{single}</single>\n<shuffleanswers>false</shuffleanswers>\n"
        f"<answernumbering>abc</answernumbering>\n{answers}"
    )


def _feedback(row: Json, elements: TextElements) -> str:
    return elements.write("feedback", row["feedback"]) if row.get("feedback") else _NO_FEEDBACK


def _answer(text: str, fraction: int | str, inside: str = _NO_FEEDBACK) -> str:
    return (
        f'<answer fraction="{fraction}" format="moodle_auto_format">\n'
        f"<text>{cdata(text)}</text>\n{inside}</answer>\n"
    )


def _text(row: Json, _elements: TextElements, _left_out: Counter[str]) -> tuple[str, str]:
    wordings = [row["answer"].replace("*", "\\*"), *row.get("accepted", ())]
    cased = int(row.get("compare") == "cased")
    return "shortanswer", f"<usecase>{cased}</usecase>\n" + "".join(
        _answer(wording, 100) for wording in wordings
    )


def _numeric(row: Json, elements: TextElements, _left_out: Counter[str]) -> tuple[str, str]:
    answers = _answer(
        write_decimal(row["answer"]), 100, _NO_FEEDBACK + _tolerance(row.get("tolerance", 0))
    )
    for other in by_share(row):
        value, width = middle_and_tolerance(other)
        inside = _feedback(other, elements) + _tolerance(width)
        answers += _answer(write_decimal(value), write_percent(share_of(other, 1)), inside)
    for wrong in row.get("wrong_answers", ()):
        inside = _feedback(wrong, elements) + _tolerance(wrong["tolerance"])
        answers += _answer(write_short(wrong["value"]), 0, inside)
    return "numerical", answers + _units(row.get("units", ()))


def _tolerance(number: float) -> str:
    return f"<tolerance>{write_short(number)}</tolerance>\n"


def _units(units: list[Json]) -> str:
    """Write the units: a learner must enter one, and a wrong one costs all marks, as here."""
    if not units:
        return "<unitgradingtype>0</unitgradingtype>\n<showunits>3</showunits>\n"
    first = Decimal(str(units[0]["factor"]))
    rows = "".join(
        f"<unit><multiplier>{_multiplier(first, unit)}</multiplier>"
        f"<unit_name>{escape(unit['name'])}</unit_name></unit>\n"
        for unit in units
    )
    return (
        "<unitgradingtype>1</unitgradingtype>\n<unitpenalty>1</unitpenalty>\n"
        f"<showunits>0</showunits>\n<unitsleft>0</unitsleft>\n<units>\n{rows}</units>\n"
    )


def _multiplier(first: Decimal, unit: Json) -> str:
    return format(float(first / Decimal(str(unit["factor"]))), ".12g")


def _match(row: Json, elements: TextElements, left_out: Counter[str]) -> tuple[str, str]:
    parts = {part["id"]: part["text"] for part in row["parts"]}
    named = {choice["match"] for choice in row["choices"]}
    pairs = [(choice["text"], parts[choice["match"]]) for choice in row["choices"]]
    pairs += [("", text) for name, text in parts.items() if name not in named]
    for _left, right in pairs:
        text_conversion.remove_pictures(right, left_out)
    rows = "".join(
        elements.write("subquestion", left, "", _right_side(right)) for left, right in pairs
    )
    return "matching", f"<shuffleanswers>false</shuffleanswers>\n{rows}"


def _right_side(text: str) -> str:
    html = to_html(text, text_conversion.no_pictures)
    return f"<answer><text>{cdata(html)}</text></answer>\n"


def _order(row: Json, elements: TextElements, _left_out: Counter[str]) -> tuple[str, str]:
    rows = "".join(
        elements.write("answer", choice["text"], f' fraction="{number}"')
        for number, choice in enumerate(row["choices"], 1)
    )
    grading = "ABSOLUTE_POSITION" if row.get("partial_credit") else "ALL_OR_NOTHING"
    return "ordering", (
        "<layouttype>VERTICAL</layouttype>\n<selecttype>ALL</selecttype>\n"
        f"<selectcount>0</selectcount>\n<gradingtype>{grading}</gradingtype>\n"
        f"<showgrading>SHOW</showgrading>\n<numberingstyle>none</numberingstyle>\n{rows}"
    )


def _cloze(_row: Json, _elements: TextElements, _left_out: Counter[str]) -> tuple[str, str]:
    """Write nothing more: the answers are in the text of the question."""
    return "cloze", ""


def _hotspot(row: Json, _elements: TextElements, _left_out: Counter[str]) -> tuple[str, str]:
    return "ddmarker", write_marker(row)


def _essay(row: Json, _elements: TextElements, _left_out: Counter[str]) -> tuple[str, str]:
    """Write plain text without attachments; Moodle has rubrics for assignments only."""
    limit = (
        f"<maxwordlimit>{write_short(row['word_limit'])}</maxwordlimit>\n"
        if "word_limit" in row
        else ""
    )
    return "essay", (
        "<responseformat>plain</responseformat>\n<responserequired>1</responserequired>\n"
        f"<responsefieldlines>10</responsefieldlines>\n{limit}"
        "<attachments>0</attachments>\n<attachmentsrequired>0</attachmentsrequired>\n"
        '<graderinfo format="html"><text></text></graderinfo>\n'
        '<responsetemplate format="html"><text></text></responsetemplate>\n'
    )


def _files(row: Json, _elements: TextElements, left_out: Counter[str]) -> tuple[str, str]:
    """Write an essay without a text; Moodle has rubrics for assignments only."""
    return "essay", write_files(row, left_out)


_WRITERS: dict[
    str, Callable[[Json, TextElements, Counter[str]], tuple[str, str]]
] = {
    "single": _single,
    "multiple": _multiple,
    "numeric": _numeric,
    "text": _text,
    "order": _order,
    "match": _match,
    "cloze": _cloze,
    "hotspot": _hotspot,
    "essay": _essay,
    "file": _files,
}  # fmt: skip
KINDS = frozenset(_WRITERS)
