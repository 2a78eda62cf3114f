"""One QTI item as questions: one for each block that asks, one cloze for gaps in a text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from django.utils.translation import gettext_noop as _

from authoring.formats.asking import GAP, Json, cloze, gap_of
from authoring.formats.markup import Node
from authoring.formats.qti import responses
from authoring.formats.qti.bodies import Texts, interactions
from authoring.formats.qti.interactions import INLINE, Reader, Remarks
from authoring.formats.qti.names import name_of


def questions(item: Node, pictures: Callable[[str], str], left_out: Counter[str]) -> list[Json]:
    """What an item asks; nothing for one that must be executed."""
    body = item.first("itemBody")
    found = interactions(body) if body else []
    if item.first("templateDeclaration") is not None:
        left_out[_("item with random values (templateDeclaration)")] += 1
        return []
    if item.get("adaptive") == "true":
        left_out[_("adaptive item")] += 1
        return []
    if body is None or not found:
        left_out[_("item that asks nothing")] += 1
        return []
    left_out["rubricBlock"] += len(item.all("rubricBlock"))
    texts = Texts(pictures, left_out)
    rows = _asked(item, body, found, texts)
    return [_whole(item, row, number, len(rows), texts) for number, row in enumerate(rows, 1)]


def _asked(item: Node, body: Node, found: list[Node], texts: Texts) -> list[Json]:
    remarks = _remarks_of_choices(item, texts)
    reader = Reader(item, texts, responses.responses(item, texts.left_out), remarks)
    text = texts.of(body)
    if all(node.name in INLINE for node in found):
        made = _in_line(reader, found, text, texts.left_out)
        return [made] if made else []
    around = "\n".join(line for line in text.replace(GAP, "").split("\n") if line.strip())
    rows = []
    for node in found:
        asks = node.first("prompt")
        prompt = "\n".join(part for part in (around, texts.of(asks) if asks else "") if part)
        made = reader.read(node, prompt)
        rows += [made] if made else []
    return rows


def _in_line(reader: Reader, found: list[Node], text: str, left_out: Counter[str]) -> Json | None:
    """One entry at the end is a question that is answered by typing; else there are gaps."""
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
        said = sum(bool(one.get("feedback")) for one in question.get("choices", ()))
        left_out[_("feedback of a gap")] += said
        gaps.append(gap)
    return cloze(text, gaps) if text.count(GAP) == len(gaps) else None


def _whole(item: Node, row: Json, number: int, of: int, texts: Texts) -> Json:
    name = name_of(item.get("identifier"))
    more = {"group": name, "id": f"{name}-{number}"} if of > 1 else {"id": name}
    explanation = _explanation(item, texts)
    return {**row, **more, **({"explanation": explanation} if explanation else {})}


def _remarks_of_choices(item: Node, texts: Texts) -> Remarks:
    """Feedback that names a choice."""
    outcomes = responses.choices_of_remarks(item)
    return {
        node.get("identifier"): texts.of(node)
        for node in item.all("modalFeedback")
        if node.get("outcomeIdentifier") in outcomes
    }


def _explanation(item: Node, texts: Texts) -> str:
    """Feedback that is said to everybody: what is not about one choice, nor about being right."""
    outcomes = responses.choices_of_remarks(item)
    conditional = _conditional(item)
    found = []
    for node in item.all("modalFeedback", "feedbackBlock"):
        if node.get("outcomeIdentifier") in outcomes and node.name == "modalFeedback":
            continue
        if node.get("identifier") in conditional:
            texts.left_out[_("feedback on being right or wrong as a whole")] += 1
        else:
            found.append(texts.of(node))
    return "\n".join(text for text in found if text)


def _conditional(item: Node) -> set[str]:
    """The names of feedback that a condition sets."""
    processing = item.first("responseProcessing")
    branches = (
        [] if processing is None else processing.all("responseIf", "responseElse", "responseElseIf")
    )
    return {
        base.text()
        for branch in branches
        for outcome in branch.all("setOutcomeValue")
        for base in outcome.all("baseValue")
        if base.get("baseType") == "identifier"
    }
