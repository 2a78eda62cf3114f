"""Build the question of a QTI 1.2 item from its responses and their keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from string import ascii_uppercase

from django.utils.translation import gettext_noop as _

from authoring.formats import picture_areas
from authoring.formats.qti12 import hotspots, metadata
from authoring.formats.qti12.answer_keys import ResponseKey
from authoring.formats.qti12.feedback import ItemFeedback
from authoring.formats.qti12.material import ItemMaterial
from authoring.formats.qti12.responses import ItemResponse
from authoring.formats.question_builder import (
    GAP,
    BuiltChoice,
    Json,
    choice_question,
    cloze_question,
    essay_question,
    file_question,
    gap_of,
    match_question,
    number_of_range,
    order_question,
    range_question,
    text_question,
    with_other_numbers,
)
from authoring.formats.text.safe_xml import XmlNode

PARTIAL_CREDIT = _("answer that is worth a part of the points; here it is correct or not")
_RIGHT_SIDES = "RIGHT_MATCH_BLOCK"
_PREFIX = "response_"
# The names that Blackboard writes for the two choices of a question.
_WORDS = {
    "true_false.true": "True",
    "true_false.false": "False",
    "yes_no.true": "Yes",
    "yes_no.false": "No",
    "agree_disagree.true": "Agree",
    "agree_disagree.false": "Disagree",
    "right_wrong.true": "Right",
    "right_wrong.false": "Wrong",
    "true": "True",
    "false": "False",
}


@dataclass(frozen=True, slots=True)
class ReadItem:
    """An item with its keys, its feedback, and the shares that choices earn."""

    item: XmlNode
    kind: str
    responses: list[ItemResponse]
    keys: dict[str, ResponseKey]
    material: ItemMaterial
    feedback: ItemFeedback
    shares: Mapping[str, Fraction] = field(default_factory=dict)

    @property
    def presentation(self) -> XmlNode:
        return self.item.first("presentation") or XmlNode("presentation")


def build_question(read: ReadItem) -> Json | None:
    """Return the question; None, with the reason counted, where its parts do not fit."""
    prompt = read.material.convert(read.presentation)
    if len(read.responses) == 1 and read.responses[0].node.first(hotspots.RENDER):
        return _build_hotspot(read, read.responses[0], prompt)
    right_sides = [
        node for node in read.presentation.all("flow") if node.get("class") == _RIGHT_SIDES
    ]
    if right_sides:
        return _build_blackboard_match(read, prompt, right_sides[0])
    if _is_bracketed(read, prompt):
        return _build_bracketed(read, prompt)
    if len(read.responses) == 1 and not _has_text_after(read):
        return _build_single(read, read.responses[0], _with_own(read, prompt))
    if _is_match(read):
        return _build_match(read, prompt)
    return _build_inline(read)


def _build_hotspot(read: ReadItem, response: ItemResponse, prompt: str) -> Json | None:
    """Read a choice of one area; a picture inside the response follows the text."""
    image = hotspots.find_image(read.presentation)
    areas = hotspots.read_areas(list(response.labels.values()), image) if image else []
    if image is None or not areas or response.cardinality != "single":
        return _count(read, hotspots.UNCLEAR)
    inside = image in response.node.all("matimage")
    shown = read.material.convert(XmlNode("material", children=[image])) if inside else ""
    right = read.keys[response.name].best
    names = zip(ascii_uppercase, response.labels.items(), strict=False)
    choices = [
        BuiltChoice(
            " ".join(read.material.convert(node).split()) or letter,
            name in right,
            read.feedback.by_choice.get(name, ""),
        )
        for letter, (name, node) in names
    ]
    text = "\n".join(part for part in (prompt, shown) if part)
    question = choice_question(text, choices, several=False)
    found = picture_areas.hotspot_of(question, areas)
    read.material.left_out[PARTIAL_CREDIT] += bool(found and read.shares)
    return found or _count(read, hotspots.UNCLEAR)


def build_open(item: XmlNode, material: ItemMaterial, *, is_upload: bool) -> Json:
    """Return the question that people mark."""
    prompt = material.convert(item.first("presentation") or XmlNode("presentation"))
    return file_question(prompt) if is_upload else essay_question(prompt)


def _with_own(read: ReadItem, prompt: str) -> str:
    own = read.material.convert_own(read.responses[0].node)
    return "\n".join(part for part in (prompt, own) if part)


def _has_text_after(read: ReadItem) -> bool:
    """Return whether a typed answer is inside a sentence."""
    if read.responses[0].kind == "choice":
        return False
    text = read.material.convert_with_gaps(read.presentation)
    return text.partition(GAP)[2].strip() not in ("", ".", "?")


def _label_texts(read: ReadItem, response: ItemResponse) -> dict[str, str]:
    found = {name: read.material.convert(node) for name, node in response.labels.items()}
    return {name: _WORDS.get(text, text) for name, text in found.items()}


def _is_match(read: ReadItem) -> bool:
    """Return whether the rows are one matching question: by its kind, or by equal options."""
    if not all(one.is_single and one.labels for one in read.responses):
        return False
    sides = [sorted(_label_texts(read, one).values()) for one in read.responses]
    return read.kind.startswith("matching") or all(side == sides[0] for side in sides)


def _build_single(read: ReadItem, response: ItemResponse, prompt: str) -> Json | None:
    key = read.keys[response.name]
    if response.kind != "choice":
        return _build_typed(read, response, key, prompt)
    texts = _label_texts(read, response)
    if response.cardinality == "ordered":
        if set(key.best) != set(texts):
            return _count(read, _("order that uses only some of its elements"))
        return order_question(prompt, [texts[name] for name in key.best])
    rows = [
        BuiltChoice(
            text,
            name in key.best,
            read.feedback.by_choice.get(name, ""),
            read.shares.get(name),
        )
        for name, text in texts.items()
    ]
    return choice_question(prompt, rows, several=response.cardinality == "multiple")


def _build_typed(
    read: ReadItem, response: ItemResponse, key: ResponseKey, prompt: str
) -> Json | None:
    if key.numbers is not None:
        row = range_question(prompt, key.numbers, key.shown)
        others = [number_of_range(numbers, share) for numbers, share in key.others]
        if row is None or None in others:
            return _count(read, _("input without a correct answer"))
        return with_other_numbers(row, [one for one in others if one is not None])
    listed = _label_texts(read, response) if key.is_typed else {}
    texts = [listed.get(text, text) for (text,) in key.replies]
    parts = [listed.get(text, text) for text in key.parts]
    left_out = read.material.left_out
    literal = [text for text in texts if "*" in text]
    left_out[_("correct answer that contains an asterisk (*)")] += len(literal)
    wordings = texts + [f"*{text}*" for text in parts]
    kept = [one for one in wordings if one.strip("*") not in literal and one.strip(" *")]
    compare = "cased" if key.is_case_sensitive else "words"
    return text_question(prompt, kept, compare) if kept else None


def _build_match(read: ReadItem, prompt: str) -> Json | None:
    """Read one row for each response, with the options of all of them."""
    pairs, offered = [], list[str]()
    for response in read.responses:
        texts = _label_texts(read, response)
        offered += texts.values()
        left = read.material.convert_own(response.node)
        pairs.append((left, texts[read.keys[response.name].best[0]]))
    return _build_pairs(read, prompt, pairs, offered)


def _build_pairs(
    read: ReadItem, prompt: str, pairs: list[tuple[str, str]], offered: list[str]
) -> Json | None:
    """Return the matching question, unless two rows look the same and ask for different texts.

    Canvas also exports the unused rows of its form: neither of their sides has a text.
    """
    pairs = [pair for pair in pairs if any(pair)]
    if len({left for left, _right in pairs}) < len(set(pairs)):
        return _count(read, _("question left out: two choices have the same text"))
    used = {right for _left, right in pairs}
    return match_question(prompt, pairs, [text for text in offered if text and text not in used])


def _build_blackboard_match(read: ReadItem, prompt: str, block: XmlNode) -> Json | None:
    """Read Blackboard's rows: an option means the text at the same place on the right."""
    rights = [read.material.convert(node) for node in block.nodes]
    answers = [
        node for node in read.presentation.all("flow") if node.get("class") == "RESPONSE_BLOCK"
    ]
    rows = [row for top in answers for row in top.nodes if row.first("response_lid")]
    pairs = []
    for row, response in zip(rows, read.responses, strict=False):
        at = list(response.labels).index(read.keys[response.name].best[0])
        if len(response.labels) != len(rights):
            return _count(read, _("matching question whose two sides do not fit"))
        pairs.append((read.material.convert(row), rights[at]))
    if len(pairs) != len(read.responses):
        return _count(read, _("matching question whose two sides do not fit"))
    return _build_pairs(read, prompt, pairs, rights)


def _is_bracketed(read: ReadItem, prompt: str) -> bool:
    """Return whether the text has the name of each response in square brackets."""
    if read.kind in (metadata.BLANKS, metadata.DROPDOWNS):
        return True
    return all(_find_mark(read, one, prompt) for one in read.responses)


def _find_mark(read: ReadItem, response: ItemResponse, prompt: str) -> str:
    """Return the name of a response in brackets, as the text has it once; "" without it."""
    own = read.material.convert_own(response.node)
    names = (response.name.removeprefix(_PREFIX), response.name, own)
    marks = (f"[{name}]" for name in names if name)
    return next((mark for mark in marks if prompt.count(mark) == 1), "")


def _build_bracketed(read: ReadItem, prompt: str) -> Json | None:
    places: dict[int, tuple[ItemResponse, str]] = {}
    for response in read.responses:
        mark = _find_mark(read, response, prompt)
        if not mark or prompt.index(mark) in places:
            return _count(read, _("gap inside content that is left out"))
        places[prompt.index(mark)] = response, mark
    text, gaps = prompt, list[Json | None]()
    for at in sorted(places, reverse=True):
        response, mark = places[at]
        text = text[:at] + GAP + text[at + len(mark) :]
        gaps.insert(0, _gap(read, response))
    return _build_cloze(read, text, gaps)


def _build_inline(read: ReadItem) -> Json | None:
    """Read responses between the words of a text as gaps; each has its own text before it."""
    text = read.material.convert_with_gaps(read.presentation)
    for response in read.responses:
        own = read.material.convert_own(response.node)
        text = text.replace(GAP, f"{own} \0".lstrip(), 1)
    return _build_cloze(read, text.replace("\0", GAP), [_gap(read, one) for one in read.responses])


def _build_cloze(read: ReadItem, text: str, gaps: list[Json | None]) -> Json | None:
    if None in gaps:
        return _count(read, _("gap that is neither a text field nor a list"))
    count = len(read.feedback.by_choice)
    read.material.left_out[_("feedback for a gap")] += count
    made = cloze_question(re.sub(f"{GAP} (?=[.,;:?!])", GAP, text), [gap for gap in gaps if gap])
    return made or _count(read, _("gap inside content that is left out"))


def _gap(read: ReadItem, response: ItemResponse) -> Json | None:
    key = read.keys[response.name]
    is_list = response.kind == "choice" and not key.is_typed
    if is_list and response.is_single:
        row: Json | None = _build_single(read, response, "_")
    else:
        row = None if is_list else _build_typed(read, response, key, "_")
    return gap_of(row) if row else None


def _count(read: ReadItem, what: str) -> Json | None:
    read.material.left_out[what] += 1
    return None
