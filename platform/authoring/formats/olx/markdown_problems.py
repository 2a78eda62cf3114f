"""Convert a problem in Open edX's Markdown to the equivalent XML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from authoring.formats.text.delimiters import Enclosed, find_enclosed, replace_enclosed

_PART = re.compile(r"^-{3,}\s*$", re.MULTILINE)
_LABEL = {">>": "<<"}
_HINT = re.compile(r"^[^\S\n]*\|\|(.+?)\|\|[^\S\n]*$", re.MULTILINE)
_EXPLANATION = re.compile(r"\[explanation\](.*?)\[explanation\]", re.DOTALL | re.IGNORECASE)
# `!` and `@` in the brackets control where a row may be shuffled.
_CHOICE = re.compile(r"^\s*+\([\s!@]*+(x?)[\s!@]*+\)\s*(.+)$", re.IGNORECASE)
_BOX = re.compile(r"^\s*+\[\s*+(x?)\s*+\]\s*(.+)$", re.IGNORECASE)
_DROP = {"[[": "]]"}
_ANSWER = re.compile(r"^\s*+(or|s|not|\||)\s*+=\s*(.+)$", re.IGNORECASE)
_FEEDBACK = {"{{": "}}"}
_TOLERANCE = re.compile(r"^(\S+)\s*(?:\+-\s*(\S+))?$")
_LONGEST_NUMBER = 200
_NUMBER = re.compile(r"[-+.\d(\[]")


def to_xml(markdown: str) -> str:
    """Return a `problem` element."""
    text = markdown.replace("\r\n", "\n")
    hints = "".join(f"<hint>{escape(one.strip())}</hint>" for one in _HINT.findall(text))
    solved = "".join(
        f"<solution>{_paragraphs(one)}</solution>" for one in _EXPLANATION.findall(text)
    )
    text = _EXPLANATION.sub("", _HINT.sub("", text))
    parts = "".join(_convert_part(part) for part in _PART.split(text))
    return f"<problem>{parts}{solved}<demandhint>{hints}</demandhint></problem>"


def _paragraphs(text: str) -> str:
    parts = (part.strip() for part in re.split(r"\n\s*\n", text))
    return "".join(f"<p>{escape(part)}</p>" for part in parts if part)


def _convert_part(text: str) -> str:
    text_lines: list[str] = []
    rows: list[str] = []
    for line in text.split("\n"):
        asks = _CHOICE.match(line) or _BOX.match(line) or _ANSWER.match(line)
        (rows if asks else text_lines).append(line)
    prompt = replace_enclosed("\n".join(text_lines), _LABEL, _write_label)
    drop = next(find_enclosed(prompt, _DROP), None)
    made = _write_dropdown(drop.inner) if drop else _write_response(rows)
    return _paragraphs(replace_enclosed(prompt, _DROP, _remove)) + made


def _write_label(found: Enclosed) -> str:
    """Return the label and its description."""
    label, _bars, description = found.inner.partition("||")
    return " ".join(filter(None, (label, description)))


def _remove(_found: Enclosed) -> str:
    return ""


def _find_feedback(text: str) -> list[str]:
    """Return the feedback in a row."""
    return [found.inner for found in find_enclosed(text, _FEEDBACK, least=0)]


def _without_feedback(text: str) -> str:
    return replace_enclosed(text, _FEEDBACK, _remove, least=0).strip()


def _write_response(rows: list[str]) -> str:
    if any(_CHOICE.match(row) for row in rows):
        inner = "".join(_choices(rows, _CHOICE))
        group = f'<choicegroup type="MultipleChoice">{inner}</choicegroup>'
        return f"<multiplechoiceresponse>{group}</multiplechoiceresponse>"
    if any(_BOX.match(row) for row in rows):
        inner = "".join(_choices(rows, _BOX))
        return f"<choiceresponse><checkboxgroup>{inner}</checkboxgroup></choiceresponse>"
    return _write_typed(
        [(match[1].lower(), match[2]) for row in rows if (match := _ANSWER.match(row))]
    )


def _choices(rows: list[str], form: re.Pattern[str]) -> Iterator[str]:
    for row in rows:
        if match := form.match(row):
            hints = "".join(_write_choice_hint(one) for one in _find_feedback(match[2]))
            words = escape(_without_feedback(match[2]))
            yield f'<choice correct="{"true" if match[1] else "false"}">{words}{hints}</choice>'


def _write_choice_hint(text: str) -> str:
    """Return the feedback for a selected choice; `selected: …, unselected: …` gives its first
    part.
    """
    match = re.match(
        r"\s*selected:\s*(.*?)(?:,\s*unselected:.*)?$", text, re.DOTALL | re.IGNORECASE
    )
    return f"<choicehint>{escape((match[1] if match else text).strip())}</choicehint>"


def _write_dropdown(text: str) -> str:
    rows = [row.strip() for row in re.split(r"\n|,", text) if row.strip()]
    options = []
    for row in rows:
        hints = "".join(
            f"<optionhint>{escape(one.strip())}</optionhint>" for one in _find_feedback(row)
        )
        words = _without_feedback(row)
        right = words.startswith("(") and words.endswith(")")
        words = words[1:-1] if right else words
        options.append(f'<option correct="{right}">{escape(words)}{hints}</option>')
    return f"<optionresponse><optioninput>{''.join(options)}</optioninput></optionresponse>"


def _write_typed(answers: list[tuple[str, str]]) -> str:
    """Return a numeric or text response, with an empty hint for each feedback, to be counted."""
    wrong = "".join("<stringequalhint/>" for sign, _text in answers if sign == "not")
    right = [(sign, text) for sign, text in answers if sign != "not"]
    if not right:
        return ""
    hints = wrong + "".join("<correcthint/>" for _sign, text in right if _find_feedback(text))
    (sign, first), *rest = [(sign, _without_feedback(text)) for sign, text in right]
    match = _TOLERANCE.match(first) if len(first) <= _LONGEST_NUMBER else None
    more = hints + "".join(f'<additional_answer answer="{escape(text)}"/>' for _, text in rest)
    if sign not in ("s", "|") and (match or first[:1] in "[(") and _NUMBER.match(first):
        value, tolerance = (match[1], match[2]) if match else (first, "")
        tolerance = f'<responseparam type="tolerance" default="{escape(tolerance or "0")}"/>'
        return f'<numericalresponse answer="{escape(value)}">{tolerance}{more}</numericalresponse>'
    how = "ci regexp" if sign == "|" else "ci"
    return f'<stringresponse answer="{escape(first)}" type="{how}">{more}</stringresponse>'
