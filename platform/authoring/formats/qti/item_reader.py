"""Read one QTI item as questions: one for each block interaction, one for all gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from django.utils.translation import gettext_noop as _

from authoring.formats.qti import response_processing
from authoring.formats.qti.credit_shares import CHOICES
from authoring.formats.qti.identifiers import name_of
from authoring.formats.qti.interactions import INLINE, FeedbackByChoice, InteractionReader
from authoring.formats.qti.item_body import FOR_TEACHERS, ItemTexts, find_interactions
from authoring.formats.question_builder import GAP, Json, cloze_question, gap_of
from authoring.formats.text.safe_xml import XmlNode

_OVERALL = _("overall feedback for a correct or incorrect answer")
# A learner sees the feedback in their choices.
_WITH_FEEDBACK = ("choiceInteraction", "inlineChoiceInteraction", "hotspotInteraction")
_SETTING = ("setOutcomeValue", "lookupOutcomeValue")


def read_questions(
    item: XmlNode, pictures: Callable[[str], str], left_out: Counter[str]
) -> list[Json]:
    """Return the questions of an item; none for one that needs to be executed."""
    body = item.first("itemBody")
    found = find_interactions(body) if body else []
    if item.first("templateDeclaration") is not None:
        left_out[_("item with random values (templateDeclaration)")] += 1
        return []
    if item.get("adaptive") == "true":
        left_out[_("adaptive item")] += 1
        return []
    if body is None or not found:
        left_out[_("item without a question")] += 1
        return []
    for name in (*FOR_TEACHERS, "catalogInfo", "companionMaterialsInfo"):
        left_out[name] += len(item.all(name))
    texts = ItemTexts(pictures, left_out)
    rows = _read_interactions(item, body, found, texts)
    if rows:
        left_out[_OVERALL] += sum(_count_other_feedback(node) for node in body.nodes)
    return [_complete(item, row, number, len(rows), texts) for number, row in enumerate(rows, 1)]


def _read_interactions(
    item: XmlNode, body: XmlNode, found: list[XmlNode], texts: ItemTexts
) -> list[Json]:
    """Read gaps in the text as one question, and each block interaction as its own."""
    feedback = _feedback_by_choice(item, texts)
    reader = InteractionReader(
        item, texts, response_processing.read_responses(item, texts.left_out), feedback
    )
    in_line = [node for node in found if node.name in INLINE]
    # A prompt outside an interaction is text like any other.
    around, with_gaps = _split_lines(texts.convert(body, shown=("prompt",)), found)
    rows = []
    for node in found:
        if node.name in INLINE:
            if node is in_line[0]:
                rows.append(_read_inline(reader, in_line, with_gaps, texts.left_out))
        else:
            asks = node.first("prompt")
            prompt = "\n".join(
                part for part in (around, texts.convert(asks) if asks else "") if part
            )
            rows.append(reader.read(node, prompt))
    return [row for row in rows if row]


def _count_other_feedback(node: XmlNode) -> int:
    """Return how many texts in a line give feedback on anything but a choice."""
    if node.name == "feedbackInline":
        return 1
    is_read = node.name in _WITH_FEEDBACK
    rest = (one for one in node.nodes if not (is_read and one.name in CHOICES))
    return sum(_count_other_feedback(one) for one in rest)


def _split_lines(text: str, found: list[XmlNode]) -> tuple[str, str]:
    """Return the lines of a body without gaps, and all lines with only the gaps in the text."""
    waiting = iter(found)
    plain, whole = [], []
    for line in text.split("\n"):
        first, *rest = line.split(GAP)
        nodes = [next(waiting, None) for _part in rest]
        kept = ["" if node and node.name not in INLINE else GAP for node in nodes]
        made = first + "".join(mark + part for mark, part in zip(kept, rest, strict=True))
        if made.strip():
            whole.append(made)
            plain += [] if any(kept) else [made]
    return "\n".join(plain), "\n".join(whole)


def _read_inline(
    reader: InteractionReader, found: list[XmlNode], text: str, left_out: Counter[str]
) -> Json | None:
    """Read a single entry at the end as a text question, and other entries as gaps."""
    before, _mark, after = text.partition(GAP)
    alone = len(found) == 1 and found[0].name == INLINE[0] and after.strip() in ("", ".", "?")
    if alone and before.strip():
        return reader.read(found[0], before.strip())
    gaps = []
    for node in found:
        question = reader.read(node, "_")
        gap = gap_of(question) if question else None
        if question is None or gap is None:
            return None
        count = sum(bool(one.get("feedback")) for one in question.get("choices", ()))
        left_out[_("feedback for a gap")] += count
        gaps.append(gap)
    made = cloze_question(text, gaps)
    left_out[_("gap inside content that is left out")] += made is None
    return reader.with_credit_of_gaps(made, found) if made else None


def _complete(item: XmlNode, row: Json, number: int, of: int, texts: ItemTexts) -> Json:
    name = name_of(item.get("identifier"))
    more = {"group": name, "id": f"{name}-{number}"} if of > 1 else {"id": name}
    explanation = _explanation(item, texts)
    return {**row, **more, **({"explanation": explanation} if explanation else {})}


def _feedback_by_choice(item: XmlNode, texts: ItemTexts) -> FeedbackByChoice:
    """Return the feedback for a choice, by its response and the choice."""
    found: FeedbackByChoice = {}
    for node in item.all("modalFeedback"):
        choice = _choice_of(item, node)
        if choice is not None:
            found[choice] = "\n".join(filter(None, (found.get(choice), texts.convert(node))))
    return found


def _choice_of(item: XmlNode, node: XmlNode) -> tuple[str, str] | None:
    """Return the response and choice that a feedback element refers to, if it refers to one."""
    outcome, value = node.get("outcomeIdentifier"), node.get("identifier")
    if node.name != "modalFeedback" or node.get("showHide") == "hide":
        return None
    response = response_processing.choices_of_feedback(item).get(outcome)
    if response is not None:
        return response, value
    return response_processing.flags_of_choices(item).get(outcome) if value == "true" else None


def _explanation(item: XmlNode, texts: ItemTexts) -> str:
    """Return feedback for each learner: neither about one choice nor about a correct answer."""
    conditional, computed = _conditional_outcomes(item), response_processing.computed_outcomes(item)
    settable = _settable_outcomes(item)
    found = []
    for node in item.all("modalFeedback", "feedbackBlock"):
        outcome = node.get("outcomeIdentifier")
        if _choice_of(item, node) is not None:
            continue
        if outcome in computed or (outcome, node.get("identifier")) in conditional:
            texts.left_out[_OVERALL] += 1
        elif _is_never_shown(node, settable):
            texts.left_out[_("feedback that the file never shows")] += 1
        else:
            found.append(texts.convert(node))
    return "\n".join(text for text in found if text)


def _settable_outcomes(item: XmlNode) -> set[str | tuple[str, str]]:
    """Return (name, value) of what outcomes begin with or are set to, or else only their names."""
    found: set[str | tuple[str, str]] = set()
    for declared in item.all("outcomeDeclaration"):
        values = (one.text() for one in declared.all("value"))
        found |= {(declared.get("identifier"), value) for value in values}
    for one in item.all(*_SETTING):
        is_constant = [inner.name for inner in one.nodes] == ["baseValue"]
        name = one.get("identifier")
        found.add((name, one.nodes[0].text()) if is_constant else name)
    return found


def _is_never_shown(node: XmlNode, settable: set[str | tuple[str, str]]) -> bool:
    outcome, value = node.get("outcomeIdentifier"), node.get("identifier")
    is_modal = node.name == "modalFeedback" and node.get("showHide") != "hide"
    return is_modal and outcome not in settable and (outcome, value) not in settable


def _conditional_outcomes(item: XmlNode) -> set[tuple[str, str]]:
    """Return the outcomes that a condition sets, each with its value."""
    processing = item.first("responseProcessing")
    branches = (
        [] if processing is None else processing.all("responseIf", "responseElse", "responseElseIf")
    )
    return {
        (outcome.get("identifier"), base.text())
        for branch in branches
        for outcome in branch.all("setOutcomeValue")
        for base in outcome.all("baseValue")
    }
