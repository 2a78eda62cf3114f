"""Read one interaction of a QTI item as a question; None, with the reason counted, otherwise."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from django.utils.translation import gettext_noop as _

from authoring.formats.qti import answer_key_checks, number_ranges, response_processing
from authoring.formats.qti.item_body import Texts
from authoring.formats.qti.response_processing import Response
from authoring.formats.qti.scoring import Scoring, Value
from authoring.formats.question_builder import (
    Choice,
    Json,
    NumberRange,
    choosing,
    cloze,
    matching,
    numeric_within,
    ordering,
    plain_number,
    typed,
)
from authoring.formats.text.safe_xml import Node

INLINE = ("textEntryInteraction", "inlineChoiceInteraction")
NUMBERS = ("float", "integer")
Remarks = dict[tuple[str, str], str]


class Reader:
    """Reads the interactions of one item."""

    def __init__(
        self, item: Node, texts: Texts, found: dict[str, Response], remarks: Remarks
    ) -> None:
        self._item, self._texts, self._found, self._remarks = item, texts, found, remarks
        self._scoring = Scoring(item)

    def read(self, node: Node, prompt: str) -> Json | None:
        response = self._found.get(node.get("responseIdentifier"))
        made = _READ.get(node.name)
        if made is None:
            return self._left(f"{node.name}")
        if response is None or not (response.right or node.name in INLINE):
            return self._left(_("item that does not give the correct answer"))
        question = made(self, node, response, prompt)
        if question is not None and not self._scored_alike(node, response):
            return self._left(_("scoring that cannot be represented here"))
        taken_off = question is not None and response_processing.takes_marks_off(self._item)
        self._texts.left_out[_("marks deducted for a wrong answer")] += taken_off
        return question

    def _scored_alike(self, node: Node, response: Response) -> bool:
        """Return whether the item gives its marks to the answers that are taken as correct."""
        offered = [one.get("identifier") for one in node.all("simpleChoice", "inlineChoice")]
        if offered and response.cardinality == "single" and len(response.right) != 1:
            return False
        numbers = self._ranges[response.name]
        return answer_key_checks.matches_scoring(
            self._scoring, response, offered, numbers, self._keys
        )

    @cached_property
    def _keys(self) -> dict[str, Value]:
        """Return a correct reply to each response of the item."""
        found = self._found.items()
        return {name: answer_key_checks.key_of(one, self._ranges[name]) for name, one in found}

    @cached_property
    def _ranges(self) -> dict[str, NumberRange | None]:
        return {name: self._range(one) for name, one in self._found.items()}

    def _range(self, response: Response) -> NumberRange | None:
        """Return the numbers taken as correct, where numbers are; a range precedes a single
        number.
        """
        processing = self._item.first("responseProcessing")
        if response.right and response.base not in NUMBERS:
            return None
        values = [number for value in response.right if (number := plain_number(value))]
        near = number_ranges.range_around(processing, response.name, values[0]) if values else None
        return number_ranges.range_between(processing, response.name) or near

    def _left(self, what: str) -> Json | None:
        self._texts.left_out[what] += 1
        return None

    def _choices(self, node: Node, response: Response) -> list[Choice]:
        rows = [
            Choice(
                self._texts.of(one),
                one.get("identifier") in response.right,
                self._remark(one, response.name),
            )
            for one in node.all("simpleChoice", "inlineChoice")
        ]
        kept = [
            row for row in rows if row.text or row.correct or node.name != "inlineChoiceInteraction"
        ]
        self._texts.left_out[_("empty choice")] += len(rows) - len(kept)
        return kept

    def _remark(self, node: Node, response: str) -> str:
        own = self._texts.remarks(node)
        return own or self._remarks.get((response, node.get("identifier")), "")

    def choice(self, node: Node, response: Response, prompt: str) -> Json:
        several = response.cardinality == "multiple"
        return choosing(prompt, self._choices(node, response), several=several)

    def order(self, node: Node, response: Response, prompt: str) -> Json | None:
        rows = {one.get("identifier"): self._texts.of(one) for one in node.all("simpleChoice")}
        if set(response.right) != set(rows):
            return self._left(_("orderInteraction that uses only some of its choices"))
        return ordering(prompt, [rows[name] for name in response.right])

    def match(self, node: Node, response: Response, prompt: str) -> Json | None:
        """Read the pairs; the side whose elements are used once gives the rows."""
        sides = [
            {one.get("identifier"): self._texts.of(one) for one in side.nodes}
            for side in node.all("simpleMatchSet")
        ]
        pairs = response.pairs()
        for left, right, ordered in ((0, 1, pairs), (1, 0, [(b, a) for a, b in pairs])):
            if len(sides) != 2:
                break
            named = dict(ordered)
            if len(named) == len(pairs) and set(named) == set(sides[left]):
                rows = [(sides[left][name], sides[right].get(named[name], "")) for name in named]
                others = [text for name, text in sides[right].items() if name not in named.values()]
                return matching(prompt, rows, others)
        return self._left(_("matchInteraction in which an item has several matches or none"))

    def gap_match(self, node: Node, response: Response, prompt: str) -> Json | None:
        texts = {one.get("identifier"): self._texts.of(one) for one in node.all("gapText")}
        right = {gap: name for name, gap in response.pairs()}
        gaps = [one.get("identifier") for one in node.all("gap")]
        if set(gaps) - set(right) or node.first("gapImg") or set(right.values()) - set(texts):
            return self._left(_("gapMatchInteraction with images or empty gaps"))
        body = Node("div", children=[one for one in node.children if not _is_gap_text(one)])
        text = "\n".join(part for part in (prompt, self._texts.of(body)) if part)
        parts = [
            {
                "kind": "choice",
                "choices": _as_choices([(t, n == right[gap]) for n, t in texts.items()]),
            }
            for gap in gaps
        ]
        return cloze(text, parts)

    def text_entry(self, node: Node, response: Response, prompt: str) -> Json | None:
        self._texts.left_out[response_processing.PATTERN] += bool(node.get("patternMask"))
        if response.base in NUMBERS or not response.right:
            return self._number(response, prompt)
        stars = [value for value in response.right if "*" in value]
        wordings = [value for value in response.right if "*" not in value]
        self._texts.left_out[_("correct answer that contains an asterisk (*)")] += len(stars)
        if not wordings:
            return None
        return typed(prompt, wordings, "" if response.exact else "words")

    def _number(self, response: Response, prompt: str) -> Json | None:
        numbers = self._ranges[response.name]
        right = next(filter(None, map(plain_number, response.right)), None)
        question = numeric_within(prompt, numbers, right) if numbers else None
        if question is None:
            return self._left(_("input without a correct answer"))
        self._texts.left_out[_("additional correct number")] += max(0, len(response.right) - 1)
        return question

    def inline_choice(self, node: Node, response: Response, prompt: str) -> Json | None:
        if not response.right:
            return self._left(_("item that does not give the correct answer"))
        return choosing(prompt, self._choices(node, response), several=False)


def _is_gap_text(child: Node | str) -> bool:
    return isinstance(child, Node) and child.name in ("gapText", "gapImg")


def _as_choices(rows: list[tuple[str, bool]]) -> list[Json]:
    found: list[Json] = choosing("", [Choice(*row) for row in rows], several=False)["choices"]
    return found


_READ: dict[str, Callable[[Reader, Node, Response, str], Json | None]] = {
    "choiceInteraction": Reader.choice,
    "orderInteraction": Reader.order,
    "matchInteraction": Reader.match,
    "gapMatchInteraction": Reader.gap_match,
    "textEntryInteraction": Reader.text_entry,
    "inlineChoiceInteraction": Reader.inline_choice,
}
