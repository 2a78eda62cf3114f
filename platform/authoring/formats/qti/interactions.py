"""Read one interaction of a QTI item as a question; None, with the reason counted, otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cached_property

from django.utils.translation import gettext_noop as _

from authoring.formats import picture_areas
from authoring.formats.credits import with_partial_credit
from authoring.formats.file_types import find_kinds
from authoring.formats.qti import (
    answer_key_checks,
    credit_shares,
    hotspots,
    number_ranges,
    response_processing,
)
from authoring.formats.qti.item_body import ItemTexts
from authoring.formats.qti.response_processing import DeclaredResponse
from authoring.formats.qti.scoring import Scoring, Value
from authoring.formats.question_builder import (
    BuiltChoice,
    Json,
    NumberRange,
    choice_gap,
    choice_question,
    cloze_question,
    essay_question,
    file_question,
    match_question,
    order_question,
    plain_number,
    range_question,
    text_question,
    with_other_numbers,
)
from authoring.formats.text.safe_xml import XmlNode

INLINE = ("textEntryInteraction", "inlineChoiceInteraction")
NUMBERS = ("float", "integer")
ESSAY = "extendedTextInteraction"
UPLOAD = "uploadInteraction"
# Questions whose parts may earn equal shares.
_OF_PARTS = ("match", "order", "cloze")
FeedbackByChoice = dict[tuple[str, str], str]


class InteractionReader:
    """Reads the interactions of one item."""

    def __init__(
        self,
        item: XmlNode,
        texts: ItemTexts,
        found: dict[str, DeclaredResponse],
        feedback: FeedbackByChoice,
    ) -> None:
        self._item, self._texts, self._found, self._feedback = item, texts, found, feedback
        self._scoring = Scoring(item)

    def read(self, node: XmlNode, prompt: str) -> Json | None:
        response = self._found.get(node.get("responseIdentifier"))
        if node.name == ESSAY:
            return self._read_essay(response, prompt)
        if node.name == UPLOAD:
            return self._read_upload(node, prompt)
        made = _READERS.get(node.name)
        if made is None:
            return self._leave_out(f"{node.name}")
        if response is None or not (response.right or node.name in INLINE):
            return self._leave_out(_("item that does not give the correct answer"))
        question = made(self, node, response, prompt)
        if question is not None and not self._is_scored_alike(node, response):
            return self._leave_out(_("scoring that cannot be represented here"))
        if question is not None:
            maps = question["type"] in _OF_PARTS
            has_negative = response_processing.has_negative_marks(self._item, mapped=maps)
            self._texts.left_out[_("marks deducted for a wrong answer")] += has_negative
        return question and self._with_credit(question, response)

    def _read_essay(self, response: DeclaredResponse | None, prompt: str) -> Json | None:
        """Read a text that people mark; an answer that the item gives is only an example."""
        has_example = response is not None and bool(response.right)
        self._texts.left_out[_("example of an answer that people mark")] += has_example
        return essay_question(prompt)

    def _read_upload(self, node: XmlNode, prompt: str) -> Json:
        """Read a file that people mark, of a type that can be allowed, else of any kind."""
        return file_question(prompt, find_kinds(node.get("type"), self._texts.left_out))

    def _is_scored_alike(self, node: XmlNode, response: DeclaredResponse) -> bool:
        """Return whether the item gives its marks to the answers that are taken as correct."""
        offered = [one.get("identifier") for one in node.all(*credit_shares.CHOICES)]
        if node.name == hotspots.INTERACTION:
            response = replace(response, right=credit_shares.find_equals(self._scoring, response))
        elif offered and response.cardinality == "single" and len(response.right) != 1:
            return False
        if self._shares.get(response.name) and response.cardinality == "multiple":
            # What each set of choices earns was compared to find the shares.
            return True
        return answer_key_checks.matches_scoring(
            self._scoring, response, offered, self._ranges[response.name], self._keys
        )

    def _with_credit(self, question: Json, response: DeclaredResponse) -> Json:
        """Return the question with partial credit where each of its parts earns the same."""
        if question["type"] not in _OF_PARTS:
            self._texts.left_out[response_processing.PARTIAL_CREDIT] += self._is_unclear(response)
            return question
        equal = credit_shares.find_equal_parts(self._scoring, response, self._keys)
        self._texts.left_out[response_processing.PARTIAL_CREDIT] += equal is None
        return with_partial_credit(question) if equal else question

    def with_credit_of_gaps(self, question: Json, nodes: list[XmlNode]) -> Json:
        """Return a text with gaps; it has partial credit where each gap earns the same."""
        names = tuple(dict.fromkeys(node.get("responseIdentifier") for node in nodes))
        if len(names) < 2:
            return question
        equal = credit_shares.find_equal_gaps(self._scoring, names, self._keys)
        self._texts.left_out[response_processing.PARTIAL_CREDIT] += equal is None
        return with_partial_credit(question) if equal else question

    def _is_unclear(self, response: DeclaredResponse) -> bool:
        return self._shares.get(response.name, {}) is None

    @cached_property
    def _shares(self) -> Mapping[str, Mapping[str, Fraction] | None]:
        """Return the shares of choices by response; None where shares cannot say them."""
        return credit_shares.find_choice_shares(self._scoring, self._found)

    @cached_property
    def _keys(self) -> dict[str, Value]:
        """Return a correct reply to each response of the item."""
        found = self._found.items()
        return {name: answer_key_checks.key_of(one, self._ranges[name]) for name, one in found}

    @cached_property
    def _ranges(self) -> dict[str, NumberRange | None]:
        return {name: self._find_range(one) for name, one in self._found.items()}

    def _find_range(self, response: DeclaredResponse) -> NumberRange | None:
        """Return the numbers taken as correct, where numbers are; a range precedes a single
        number.
        """
        processing = self._item.first("responseProcessing")
        if response.right and response.base not in NUMBERS:
            return None
        values = [number for value in response.right if (number := plain_number(value))]
        near = number_ranges.range_around(processing, response.name, values[0]) if values else None
        return number_ranges.range_between(processing, response.name) or near

    def _leave_out(self, what: str) -> Json | None:
        self._texts.left_out[what] += 1
        return None

    def _read_choices(self, node: XmlNode, response: DeclaredResponse) -> list[BuiltChoice]:
        shares = self._shares.get(response.name) or {}
        rows = [
            BuiltChoice(
                self._texts.convert(one),
                one.get("identifier") in response.right,
                self._read_feedback(one, response.name),
                shares.get(one.get("identifier")),
            )
            for one in node.all("simpleChoice", "inlineChoice")
        ]
        kept = [
            row for row in rows if row.text or row.correct or node.name != "inlineChoiceInteraction"
        ]
        self._texts.left_out[_("empty choice")] += len(rows) - len(kept)
        return kept

    def _read_feedback(self, node: XmlNode, response: str) -> str:
        others = self._feedback.get((response, node.get("identifier")), "")
        return "\n".join(filter(None, (self._texts.read_feedback(node), others)))

    def choice(self, node: XmlNode, response: DeclaredResponse, prompt: str) -> Json:
        several = response.cardinality == "multiple"
        return choice_question(prompt, self._read_choices(node, response), several=several)

    def hotspot(self, node: XmlNode, response: DeclaredResponse, prompt: str) -> Json | None:
        """Read a choice of one area; the picture follows the prompt."""
        picture = hotspots.find_picture(node)
        areas = hotspots.read_areas(node, picture) if picture else {}
        if picture is None or not areas or response.cardinality != "single":
            return self._leave_out(hotspots.NOT_ONE_OF_AREAS)
        right = credit_shares.find_equals(self._scoring, response)
        shown = self._texts.convert(XmlNode("div", children=[picture]))
        choices = [
            BuiltChoice(
                self._texts.convert(XmlNode("p", children=[one.get("hotspotLabel") or letter])),
                one.get("identifier") in right,
                self._read_feedback(one, response.name),
            )
            for one, letter in zip(node.all(hotspots.CHOICE), hotspots.NAMES, strict=False)
        ]
        text = "\n".join(part for part in (prompt, shown) if part)
        question = picture_areas.hotspot_of(
            choice_question(text, choices, several=False), list(areas.values())
        )
        if question is None or not right:
            return self._leave_out(hotspots.NOT_ONE_OF_AREAS)
        partial = bool(self._shares.get(response.name))
        self._texts.left_out[response_processing.PARTIAL_CREDIT] += partial
        return question

    def order(self, node: XmlNode, response: DeclaredResponse, prompt: str) -> Json | None:
        rows = {one.get("identifier"): self._texts.convert(one) for one in node.all("simpleChoice")}
        if set(response.right) != set(rows):
            return self._leave_out(_("orderInteraction that uses only some of its choices"))
        return order_question(prompt, [rows[name] for name in response.right])

    def match(self, node: XmlNode, response: DeclaredResponse, prompt: str) -> Json | None:
        """Read the pairs; the side whose elements are used once gives the rows."""
        sides = [
            {one.get("identifier"): self._texts.convert(one) for one in side.nodes}
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
                return match_question(prompt, rows, others)
        return self._leave_out(_("matchInteraction in which an item has several matches or none"))

    def gap_match(self, node: XmlNode, response: DeclaredResponse, prompt: str) -> Json | None:
        texts = {one.get("identifier"): self._texts.convert(one) for one in node.all("gapText")}
        right = {gap: name for name, gap in response.pairs()}
        gaps = [one.get("identifier") for one in node.all("gap")]
        if set(gaps) - set(right) or node.first("gapImg") or set(right.values()) - set(texts):
            return self._leave_out(_("gapMatchInteraction with images or empty gaps"))
        body = XmlNode("div", children=[one for one in node.children if not _is_gap_text(one)])
        text = "\n".join(part for part in (prompt, self._texts.convert(body)) if part)
        parts = [
            choice_gap([BuiltChoice(text, name == right[gap]) for name, text in texts.items()])
            for gap in gaps
        ]
        return cloze_question(text, parts)

    def text_entry(self, node: XmlNode, response: DeclaredResponse, prompt: str) -> Json | None:
        self._texts.left_out[response_processing.PATTERN] += bool(node.get("patternMask"))
        if response.base in NUMBERS or not response.right:
            return self._read_number(response, prompt)
        stars = [value for value in response.right if "*" in value]
        wordings = [value for value in response.right if "*" not in value]
        self._texts.left_out[_("correct answer that contains an asterisk (*)")] += len(stars)
        if not wordings:
            return None
        return text_question(prompt, wordings, "cased" if response.exact else "words")

    def _read_number(self, response: DeclaredResponse, prompt: str) -> Json | None:
        numbers = self._ranges[response.name]
        right = next(filter(None, map(plain_number, response.right)), None)
        question = range_question(prompt, numbers, right) if numbers else None
        if numbers is None or question is None:
            return self._leave_out(_("input without a correct answer"))
        others = credit_shares.find_other_numbers(self._scoring, response, numbers, self._keys)
        self._texts.left_out[response_processing.PARTIAL_CREDIT] += others is None
        others = others or []
        if any(one.share > 1 for one in others):
            return self._leave_out(_("scoring that cannot be represented here"))
        self._texts.left_out[_("additional correct number")] += max(
            0, len(response.right) - 1 - sum(one.share == 1 for one in others)
        )
        return with_other_numbers(question, others)

    def inline_choice(self, node: XmlNode, response: DeclaredResponse, prompt: str) -> Json | None:
        if not response.right:
            return self._leave_out(_("item that does not give the correct answer"))
        return choice_question(prompt, self._read_choices(node, response), several=False)


def _is_gap_text(child: XmlNode | str) -> bool:
    return isinstance(child, XmlNode) and child.name in ("gapText", "gapImg")


_READERS: dict[str, Callable[[InteractionReader, XmlNode, DeclaredResponse, str], Json | None]] = {
    "choiceInteraction": InteractionReader.choice,
    "orderInteraction": InteractionReader.order,
    "matchInteraction": InteractionReader.match,
    "gapMatchInteraction": InteractionReader.gap_match,
    "textEntryInteraction": InteractionReader.text_entry,
    "inlineChoiceInteraction": InteractionReader.inline_choice,
    hotspots.INTERACTION: InteractionReader.hotspot,
}
