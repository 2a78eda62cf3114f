"""Tell the feedback on one choice from feedback that each learner sees after an item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property

from django.utils.translation import gettext_noop as _

from authoring.formats.qti import response_processing
from authoring.formats.qti.credit_shares import CHOICES
from authoring.formats.qti.interactions import FeedbackByChoice
from authoring.formats.qti.item_body import OVERALL, ItemTexts
from authoring.formats.qti.processing_templates import processing_of
from authoring.formats.text.safe_xml import XmlNode

# A learner sees the feedback in their choices.
_WITH_FEEDBACK = ("choiceInteraction", "inlineChoiceInteraction", "hotspotInteraction")
_SETTING = ("setOutcomeValue", "lookupOutcomeValue")
_BRANCHES = ("responseIf", "responseElseIf", "responseElse")
# What the standard templates set; their statements here set only the first.
_SCORES = ("SCORE", "FEEDBACK")


class ItemFeedback:
    """The feedback of an item outside its choices. What depends on the whole answer is counted."""

    def __init__(self, item: XmlNode, body: XmlNode, texts: ItemTexts) -> None:
        self._item, self._body, self._texts = item, body, texts

    def by_choice(self) -> FeedbackByChoice:
        """Return the feedback for a choice, by its response and the choice."""
        found: FeedbackByChoice = {}
        for node in self._blocks():
            choice = self._choice_of(node)
            if choice in self._choices:
                text = self._texts.convert(node)
                found[choice] = "\n".join(filter(None, (found.get(choice), text)))
        return found

    def explain(self) -> str:
        """Return feedback for each learner: neither about one choice nor about a correct answer."""
        left_out = self._texts.left_out
        left_out[OVERALL] += sum(_count_other_inline(node) for node in self._body.nodes)
        found = []
        for node in self._blocks():
            if self._choice_of(node) in self._choices:
                continue
            if self._depends_on_the_answer(node):
                left_out[OVERALL] += 1
            elif self._is_never_shown(node):
                left_out[_("feedback that the file never shows")] += 1
            else:
                found.append(self._texts.convert(node))
        return "\n".join(text for text in found if text)

    def _blocks(self) -> Iterator[XmlNode]:
        read = [one for node in self._item.all(*_WITH_FEEDBACK) for one in node.all(*CHOICES)]
        in_choices = [node for one in read for node in one.walk()]
        for node in self._item.all("modalFeedback", "feedbackBlock"):
            if not any(node is one for one in in_choices):
                yield node

    @cached_property
    def _choices(self) -> set[tuple[str, str]]:
        return {
            (interaction.get("responseIdentifier"), choice.get("identifier"))
            for interaction in self._item.all(*_WITH_FEEDBACK)
            for choice in interaction.all(*CHOICES)
        }

    @cached_property
    def _copies(self) -> dict[str, str]:
        """Return what has the value of a response, with the name of the response."""
        names = (one.get("identifier") for one in self._item.all("responseDeclaration"))
        own = {name: name for name in names}
        return {**own, **response_processing.choices_of_feedback(self._item)}

    @cached_property
    def _flags(self) -> dict[str, tuple[str, str]]:
        return response_processing.flags_of_choices(self._item)

    def _choice_of(self, node: XmlNode) -> tuple[str, str]:
        """Return the response and choice that a feedback element refers to, if it refers to one."""
        outcome, value = node.get("outcomeIdentifier"), node.get("identifier")
        if node.get("showHide") == "hide":
            return "", ""
        if outcome in self._copies:
            return self._copies[outcome], value
        return self._flags.get(outcome, ("", "")) if value == "true" else ("", "")

    def _depends_on_the_answer(self, node: XmlNode) -> bool:
        outcome, value = node.get("outcomeIdentifier"), node.get("identifier")
        return outcome in self._computed or (outcome, value) in self._conditional

    @cached_property
    def _processing(self) -> XmlNode:
        return processing_of(self._item)

    @cached_property
    def _computed(self) -> set[str]:
        """Return the outcomes that follow from the answer, whatever their values are."""
        looked_up = {one.get("identifier") for one in self._processing.all("lookupOutcomeValue")}
        scores = _SCORES if self._processing.nodes else ()
        expressed = response_processing.computed_outcomes(self._item)
        return {*self._copies, *expressed, *looked_up, *scores}

    @cached_property
    def _conditional(self) -> set[tuple[str, str]]:
        """Return the outcomes that depend on a condition, each with the values it can have."""
        branches = self._processing.all(*_BRANCHES)
        found = {pair for one in branches for pair in _constants_of(one.all(*_SETTING))}
        names = {name for name, _value in found}
        values = {pair for pair in self._settable if isinstance(pair, tuple) and pair[0] in names}
        number = Counter(name for name, _value in values)
        for one in self._processing.nodes:
            # What each branch sets depends on nothing, unless another value replaces it.
            if "responseElse" in [branch.name for branch in one.nodes]:
                sets = [_constants_of(branch.nodes) for branch in one.nodes]
                same = sets[0].intersection(*sets[1:])
                found -= {pair for pair in same if number[pair[0]] == 1}
        return found | {pair for pair in values if number[pair[0]] > 1}

    @cached_property
    def _settable(self) -> set[str | tuple[str, str]]:
        """Return (name, value) of what outcomes begin with or are set to, or else only names."""
        found: set[str | tuple[str, str]] = set()
        for declared in self._item.all("outcomeDeclaration"):
            values = (one.text() for one in declared.all("value"))
            found |= {(declared.get("identifier"), value) for value in values}
        for one in self._item.all(*_SETTING):
            is_constant = [inner.name for inner in one.nodes] == ["baseValue"]
            name = one.get("identifier")
            found.add((name, one.nodes[0].text()) if is_constant else name)
        return found

    def _is_never_shown(self, node: XmlNode) -> bool:
        is_modal = node.name == "modalFeedback" and node.get("showHide") != "hide"
        outcome = node.get("outcomeIdentifier")
        ways = {outcome, (outcome, node.get("identifier"))}
        return is_modal and not ways & self._settable


def _constants_of(statements: Iterable[XmlNode]) -> set[tuple[str, str]]:
    """Return the constants that these statements themselves set, each with its outcome."""
    return {
        (outcome.get("identifier"), base.text())
        for outcome in statements
        if outcome.name in _SETTING
        for base in outcome.all("baseValue")
    }


def _count_other_inline(node: XmlNode) -> int:
    """Return how many texts in a line give feedback on anything but a choice."""
    if node.name == "feedbackInline":
        return 1
    is_read = node.name in _WITH_FEEDBACK
    rest = (one for one in node.nodes if not (is_read and one.name in CHOICES))
    return sum(_count_other_inline(one) for one in rest)
