"""Read one response of an OLX problem as a question; nothing in it is executed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext_noop as _

from authoring.formats.question_builder import (
    BuiltChoice,
    BuiltNumber,
    Json,
    NumberRange,
    choice_gap,
    choice_question,
    cloze_question,
    numeric_question,
    plain_number,
    range_question,
    without_blanks,
)
from authoring.formats.text.safe_xml import XmlNode
from authoring.formats.unsupported_messages import RANDOM_ORDER

Text = Callable[[XmlNode], str]
INPUTS = (
    "choicegroup",
    "radiogroup",
    "checkboxgroup",
    "optioninput",
    "textline",
    "formulaequationinput",
    "responseparam",
    "numericalinput",
    "additional_answer",
    "correcthint",
    "stringequalhint",
    "regexphint",
    "compoundhint",
    "hintgroup",
)
HINTS = ("choicehint", "optionhint")
_ANSWER_HINTS = ("correcthint", "compoundhint", "stringequalhint", "regexphint")
TYPED_FEEDBACK = _("feedback for a correct typed answer, or for a combination of choices")
PARTIAL_CREDIT = _("partial credit (here an answer is either correct or not)")
# Responses whose choices name their own points; other ways of partial credit are counted.
_WITH_SHARES = ("multiplechoiceresponse", "truefalseresponse")
_RANGE = re.compile(r"([\[(])\s*([^,\[\]()]+)\s*,\s*([^,\[\]()]+)\s*([\])])")
_OPTIONS = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")


def read(response: XmlNode, prompt: str, text: Text, left_out: Counter[str]) -> Json | None:
    """Return the question; None, with the reason counted, for an unsupported response."""
    made = _READERS.get(response.name)
    if made is None:
        left_out[f"<{response.name}>"] += 1
        return None
    read_here = response.name in _WITH_SHARES and response.get("partial_credit") == "points"
    left_out[PARTIAL_CREDIT] += bool(response.get("partial_credit")) and not read_here
    left_out[TYPED_FEEDBACK] += len(response.all(*_ANSWER_HINTS))
    _count_order(response, left_out)
    left_out[_("hint that depends on the answer (hintgroup)")] += len(response.all("hintgroup"))
    return made(response, prompt, text, left_out)


def _count_order(response: XmlNode, left_out: Counter[str]) -> None:
    """Count choices that Open edX shuffles, or of which it shows some."""
    groups = response.all("choicegroup", "checkboxgroup")
    left_out[RANDOM_ORDER] += any(one.get("shuffle").lower() == "true" for one in groups)
    left_out[_("random selection of the choices (here, all of them)")] += any(
        one.get("answer-pool") for one in groups
    )


def _read_choices(response: XmlNode, text: Text, left_out: Counter[str]) -> list[BuiltChoice]:
    return [
        BuiltChoice(
            text(node),
            node.get("correct").lower() == "true",
            _read_feedback(node, text, left_out),
            _read_share(node, response),
        )
        for node in response.all("choice", "option")
    ]


def _read_share(choice: XmlNode, response: XmlNode) -> Fraction | None:
    """Return the share of a partly right choice: `point_value`, and a half without one."""
    is_partly = choice.get("correct").lower() == "partial"
    if not is_partly or response.get("partial_credit") != "points":
        return None
    number = plain_number(choice.get("point_value", "0.5"))
    return Fraction(number) if number is not None and 0 < Fraction(number) < 1 else None


def _read_feedback(choice: XmlNode, text: Text, left_out: Counter[str]) -> str:
    """Return the feedback for selecting the choice; count feedback for not selecting it."""
    hints = choice.all(*HINTS)
    shown = [node for node in hints if node.get("selected", "true").lower() == "true"]
    left_out[_("feedback for a choice that was not selected")] += len(hints) - len(shown)
    return "\n".join(_write_hint(node, text) for node in shown)


def _write_hint(node: XmlNode, text: Text) -> str:
    """Return feedback after its label, which Open edX shows in place of "Correct"."""
    label = " ".join(node.get("label").split()).replace("$", r"\$")
    return f"{label}: {text(node)}" if label else text(node)


def _read_single(response: XmlNode, prompt: str, text: Text, left_out: Counter[str]) -> Json:
    rows = _read_choices(response, text, left_out)
    partly = [one for one in response.all("choice") if one.get("correct") == "partial"]
    known = sum(row.share is not None for row in rows)
    left_out[PARTIAL_CREDIT] += len(partly) - known
    right = [row for row in rows if row.correct]
    left_out[_("additional correct choice in a single-choice question")] += max(0, len(right) - 1)
    kept = [row for row in rows if not row.correct or row is right[0]]
    return choice_question(prompt, kept, several=False)


def _read_multiple(response: XmlNode, prompt: str, text: Text, left_out: Counter[str]) -> Json:
    return choice_question(prompt, _read_choices(response, text, left_out), several=True)


def _read_option(response: XmlNode, prompt: str, text: Text, left_out: Counter[str]) -> Json | None:
    entries = response.all("optioninput") or [XmlNode("")]
    if len(entries) > 1:
        return _read_dropdowns(entries, prompt, text, left_out)
    if entries[0].all("option"):
        return _read_single(response, prompt, text, left_out)
    return choice_question(prompt, _read_listed_options(entries[0]), several=False)


def _read_dropdowns(
    entries: list[XmlNode], prompt: str, text: Text, left_out: Counter[str]
) -> Json | None:
    """Read several dropdowns of one response as the gaps of a text."""
    lists = [_read_choices(one, text, left_out) or _read_listed_options(one) for one in entries]
    left_out[_("feedback for a gap")] += sum(bool(row.feedback) for rows in lists for row in rows)
    plain = [[BuiltChoice(row.text, row.correct) for row in rows] for rows in lists]
    made = cloze_question(prompt, [choice_gap(rows) for rows in plain])
    left_out[_("question with a dropdown outside its text")] += made is None
    return made


def _read_listed_options(entry: XmlNode) -> list[BuiltChoice]:
    """Read options that are written as one attribute: `('red','blue')`."""
    names = [one or two for one, two in _OPTIONS.findall(entry.get("options"))]
    names = [re.sub(r"\\(.)", r"\1", name) for name in names]
    right = entry.get("correct").strip()
    return [BuiltChoice(_escape_text(name), name == right) for name in dict.fromkeys(names)]


def _escape_text(name: str) -> str:
    return name.replace("$", r"\$").replace("![", "! [")


def _read_number(
    response: XmlNode, prompt: str, _text: Text, left_out: Counter[str]
) -> Json | None:
    answer = response.get("answer").strip()
    more = response.all("additional_answer")
    values = [plain_number(one.get("answer").strip()) for one in more]
    left_out[_("additional correct number")] += values.count(None)
    bounds = _RANGE.fullmatch(answer)
    if bounds:
        numbers = _read_range(*bounds.groups())
        left_out[_("additional correct number")] += len(values) - values.count(None)
        return (numbers and range_question(prompt, numbers)) or _count_computed_number(left_out)
    value = plain_number(answer)
    if value is None and re.fullmatch(r"-?\d+/[1-9]\d*", answer):
        value = answer
    if value is None:
        return _count_computed_number(left_out)
    tolerance = _read_tolerance(response, value, left_out)
    # Open edX compares these exactly, whatever the tolerance of the answer is.
    others = [BuiltNumber(one, 0, Fraction(1)) for one in values if one is not None]
    return numeric_question(prompt, value, tolerance, others=others)


def _read_range(opens: str, low: str, high: str, closes: str) -> NumberRange | None:
    """Read a range; a round bracket excludes its end."""
    one, two = plain_number(low), plain_number(high)
    if one is None or two is None:
        return None
    return NumberRange(Decimal(one), Decimal(two), open_low=opens == "(", open_high=closes == ")")


def _count_computed_number(left_out: Counter[str]) -> Json | None:
    left_out[_("number that has to be calculated (a formula or a variable)")] += 1
    return None


def _read_tolerance(response: XmlNode, value: str, left_out: Counter[str]) -> float:
    """Return the tolerance, given as a number or in percent of the answer."""
    given = [one.get("default") for one in response.all("responseparam", "formulaequationinput")
             if one.get("type", "tolerance") == "tolerance"]  # fmt: skip
    text = next((one.strip() for one in given if one.strip()), "0")
    share = plain_number(text.removesuffix("%"))
    if share is None:
        left_out[_("tolerance that has to be calculated (the exact number is required)")] += 1
        return 0
    over, _stroke, under = value.partition("/")
    size = abs(float(over) / float(under or 1))
    tolerance = size * float(share) / 100 if text.endswith("%") else float(share)
    return float(f"{abs(tolerance):.12g}")


def _read_string(
    response: XmlNode, prompt: str, _text: Text, left_out: Counter[str]
) -> Json | None:
    how = response.get("type").lower().split()
    if "regexp" in how:
        left_out[_("answer given as a regular expression")] += 1
        return None
    more = [one.get("answer") or one.text() for one in response.all("additional_answer")]
    answers = [one.strip() for one in (*response.get("answer").split("_or_"), *more) if one.strip()]
    if not answers:
        left_out[_("input without a correct answer")] += 1
        return None
    rest = [one for one in answers[1:] if "*" not in one]
    left_out[_("alternative answer with an asterisk (*)")] += len(answers) - 1 - len(rest)
    found = {"answer": answers[0], "accepted": rest, "compare": "words" if "ci" in how else "cased"}
    return {"type": "text", "prompt": prompt, **without_blanks(found)}


_READERS: dict[str, Callable[[XmlNode, str, Text, Counter[str]], Json | None]] = {
    "multiplechoiceresponse": _read_single,
    "truefalseresponse": _read_single,
    "choiceresponse": _read_multiple,
    "optionresponse": _read_option,
    "numericalresponse": _read_number,
    "stringresponse": _read_string,
}
