"""The short form of an Open edX problem (Markdown of its editor) as the XML it stands for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

_PART = re.compile(r"^-{3,}\s*$", re.MULTILINE)
_LABEL = re.compile(r">>(.+?)(?:\|\|(.+?))?<<", re.DOTALL)
_HINT = re.compile(r"^\s*\|\|(.+?)\|\|\s*$", re.MULTILINE)
_EXPLANATION = re.compile(r"\[explanation\](.*?)\[explanation\]", re.DOTALL | re.IGNORECASE)
_CHOICE = re.compile(r"^\s*\(\s*(x?)\s*\)\s*(.+)$", re.IGNORECASE)
_BOX = re.compile(r"^\s*\[\s*(x?)\s*\]\s*(.+)$", re.IGNORECASE)
_DROP = re.compile(r"\[\[(.+?)\]\]", re.DOTALL)
_ANSWER = re.compile(r"^\s*(or|s|)\s*=\s*(.+)$", re.IGNORECASE)
_SAID = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_BESIDE = re.compile(r"^(\S+)\s*(?:\+-\s*(\S+))?$")
_NUMBER = re.compile(r"[-+.\d(\[]")


def xml(markdown: str) -> str:
    """A `problem` element."""
    text = markdown.replace("\r\n", "\n")
    hints = "".join(f"<hint>{escape(one.strip())}</hint>" for one in _HINT.findall(text))
    solved = "".join(
        f"<solution>{_paragraphs(one)}</solution>" for one in _EXPLANATION.findall(text)
    )
    text = _EXPLANATION.sub("", _HINT.sub("", text))
    parts = "".join(_part(part) for part in _PART.split(text))
    return f"<problem>{parts}{solved}<demandhint>{hints}</demandhint></problem>"


def _paragraphs(text: str) -> str:
    parts = (part.strip() for part in re.split(r"\n\s*\n", text))
    return "".join(f"<p>{escape(part)}</p>" for part in parts if part)


def _part(text: str) -> str:
    said: list[str] = []
    rows: list[str] = []
    for line in text.split("\n"):
        asks = _CHOICE.match(line) or _BOX.match(line) or _ANSWER.match(line)
        (rows if asks else said).append(line)
    prompt = _LABEL.sub(lambda match: " ".join(filter(None, match.groups())), "\n".join(said))
    drop = _DROP.search(prompt)
    made = _dropped(drop[1]) if drop else _answered(rows)
    return _paragraphs(_DROP.sub("", prompt)) + made


def _answered(rows: list[str]) -> str:
    if any(_CHOICE.match(row) for row in rows):
        inner = "".join(_choices(rows, _CHOICE))
        group = f'<choicegroup type="MultipleChoice">{inner}</choicegroup>'
        return f"<multiplechoiceresponse>{group}</multiplechoiceresponse>"
    if any(_BOX.match(row) for row in rows):
        inner = "".join(_choices(rows, _BOX))
        return f"<choiceresponse><checkboxgroup>{inner}</checkboxgroup></choiceresponse>"
    answers = [match for row in rows if (match := _ANSWER.match(row))]
    return _typed([(match[1].lower(), _SAID.sub("", match[2]).strip()) for match in answers])


def _choices(rows: list[str], form: re.Pattern[str]) -> Iterator[str]:
    for row in rows:
        if match := form.match(row):
            said = "".join(_said(one) for one in _SAID.findall(match[2]))
            words = escape(_SAID.sub("", match[2]).strip())
            yield f'<choice correct="{"true" if match[1] else "false"}">{words}{said}</choice>'


def _said(text: str) -> str:
    """`selected: …, unselected: …` of a box, or what is said to who chose it."""
    match = re.match(
        r"\s*selected:\s*(.*?)(?:,\s*unselected:.*)?$", text, re.DOTALL | re.IGNORECASE
    )
    return f"<choicehint>{escape((match[1] if match else text).strip())}</choicehint>"


def _dropped(text: str) -> str:
    rows = [row.strip() for row in re.split(r"\n|,", text) if row.strip()]
    options = []
    for row in rows:
        said = "".join(
            f"<optionhint>{escape(one.strip())}</optionhint>" for one in _SAID.findall(row)
        )
        words = _SAID.sub("", row).strip()
        right = words.startswith("(") and words.endswith(")")
        words = words[1:-1] if right else words
        options.append(f'<option correct="{right}">{escape(words)}{said}</option>')
    return f"<optionresponse><optioninput>{''.join(options)}</optioninput></optionresponse>"


def _typed(answers: list[tuple[str, str]]) -> str:
    if not answers:
        return ""
    (sign, first), rest = answers[0], answers[1:]
    match = _BESIDE.match(first)
    more = "".join(f'<additional_answer answer="{escape(text)}"/>' for _, text in rest)
    if sign != "s" and (match or first[:1] in "[(") and _NUMBER.match(first):
        value, beside = (match[1], match[2]) if match else (first, "")
        beside = f'<responseparam type="tolerance" default="{escape(beside or "0")}"/>'
        return f'<numericalresponse answer="{escape(value)}">{beside}{more}</numericalresponse>'
    return f'<stringresponse answer="{escape(first)}" type="ci">{more}</stringresponse>'
