"""Read one QTI item as questions: one for each block interaction, one for all gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from django.utils.translation import gettext_noop as _

from authoring.formats.qti import response_processing
from authoring.formats.qti.identifiers import name_of
from authoring.formats.qti.interactions import INLINE, InteractionReader
from authoring.formats.qti.item_body import FOR_TEACHERS, ItemTexts, find_interactions
from authoring.formats.qti.item_feedback import ItemFeedback
from authoring.formats.question_builder import GAP, Json, cloze_question, gap_of
from authoring.formats.text.safe_xml import XmlNode

_WITHOUT_TEXT = (
    "catalogInfo",
    "companionMaterialsInfo",
    "printedVariable",
    "include",
    "templateBlock",
    "templateInline",
)


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
    for name in (*FOR_TEACHERS, *_WITHOUT_TEXT):
        left_out[name] += len(item.all(name))
    texts = ItemTexts(pictures, left_out)
    feedback = ItemFeedback(item, body, texts)
    rows = _read_interactions(item, body, found, texts, feedback)
    said = feedback.explain() if rows else ""
    return [_complete(item, row, number, len(rows), said) for number, row in enumerate(rows, 1)]


def _read_interactions(
    item: XmlNode, body: XmlNode, found: list[XmlNode], texts: ItemTexts, feedback: ItemFeedback
) -> list[Json]:
    """Read gaps in the text as one question, and each block interaction as its own."""
    responses = response_processing.read_responses(item, texts.left_out)
    reader = InteractionReader(item, texts, responses, feedback.by_choice())
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


def _complete(item: XmlNode, row: Json, number: int, of: int, explanation: str) -> Json:
    name = name_of(item.get("identifier"))
    more = {"group": name, "id": f"{name}-{number}"} if of > 1 else {"id": name}
    return {**row, **more, **({"explanation": explanation} if explanation else {})}
