"""Read one QTI 1.2 item as a question; None, with the reason counted, otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from django.utils.translation import gettext_noop as _

from authoring.formats import unsupported_messages
from authoring.formats.qti12 import metadata, questions
from authoring.formats.qti12.answer_keys import AmbiguousKeyError, KeyFinder
from authoring.formats.qti12.blanks import find_blank_keys
from authoring.formats.qti12.conditions import UnknownConditionError
from authoring.formats.qti12.feedback import read_feedback
from authoring.formats.qti12.material import ItemMaterial
from authoring.formats.qti12.questions import ReadItem
from authoring.formats.qti12.responses import context_of, find_responses, find_unsupported
from authoring.formats.qti12.scoring import ItemScoring
from authoring.formats.question_builder import Json, require_case, without_blanks
from authoring.formats.text.safe_xml import XmlNode

AMBIGUOUS = _("scoring that cannot be represented here")
NO_KEY = _("item that does not give the correct answer")
PARTIAL_CREDIT = _("answer that is worth a part of the points; here it is correct or not")
_TEXT_ONLY = _("description (a text without a question)")


def read_question(
    item: XmlNode,
    pictures: Callable[[str], str],
    left_out: Counter[str],
    passage: XmlNode | None = None,
) -> Json | None:
    """Return the question of an item; `passage` is the item whose text comes before it."""
    fields = metadata.read_fields(item)
    kind = metadata.kind_of(fields)
    reason = _find_reason(item, kind)
    if reason:
        left_out[reason] += 1
        return None
    material = ItemMaterial(pictures, left_out)
    try:
        row = _read(item, kind, material)
    except AmbiguousKeyError:
        row = _leave_out(left_out, AMBIGUOUS)
    except UnknownConditionError as unknown:
        is_pattern = unknown.args[0].startswith("setmatch")
        pattern = _("answer given as a regular expression")
        row = _leave_out(left_out, pattern if is_pattern else AMBIGUOUS)
    if row is None:
        return None
    left_out[unsupported_messages.POINTS] += metadata.has_other_points(fields)
    if fields.get("case_sensitive") == "true":
        row = require_case(row)
    before = material.convert(passage.first("presentation") or passage) if passage else ""
    row["prompt"] = "\n".join(part for part in (before, row["prompt"]) if part)
    name = item.get("ident") or fields.get("bbmd_asi_object_id") or item.get("title")
    return {"id": name, **row}


def _leave_out(left_out: Counter[str], what: str) -> Json | None:
    left_out[what] += 1
    return None


def _find_reason(item: XmlNode, kind: str) -> str:
    """Return why an item cannot be a question whatever its key is; "" otherwise."""
    unsupported = find_unsupported(item)
    if metadata.is_not_held(kind) or unsupported:
        name = unsupported_messages.shorten_name(kind or unsupported)
        return unsupported_messages.QUESTION_TYPE.format(name=name)
    if metadata.is_text_only(kind):
        return _TEXT_ONLY
    if not find_responses(item, is_number=False):
        return _("item without a question")
    return ""


def _read(item: XmlNode, kind: str, material: ItemMaterial) -> Json | None:
    responses = find_responses(item, is_number=metadata.is_number(kind))
    scoring = ItemScoring(item, context_of(responses))
    if kind == metadata.BLANKS and all(one.kind == "choice" for one in responses):
        keys = find_blank_keys(responses, scoring, material.left_out)
    else:
        finder = KeyFinder(scoring, responses, metadata.takes_exact_set(kind))
        keys = finder.find_keys()
    if not keys or any(not key.replies and key.numbers is None for key in keys.values()):
        return _leave_out(material.left_out, NO_KEY)
    best = {name: key.best for name, key in keys.items()}
    feedback = read_feedback(item, scoring, responses, best, material)
    read = ReadItem(item, kind, responses, keys, material, feedback)
    row = questions.build_question(read)
    if row is not None:
        _count_credit(scoring, read, material.left_out)
    explanation = feedback.explanation
    return row and {**row, **without_blanks({"explanation": explanation})}


def _count_credit(scoring: ItemScoring, read: ReadItem, left_out: Counter[str]) -> None:
    """Count marks that are deducted, and marks between none and all for one choice."""
    left_out[_("marks deducted for a wrong answer")] += scoring.deducts_marks()
    if len(read.responses) != 1 or not read.responses[0].labels:
        return
    response = read.responses[0]
    most = scoring.score({response.name: read.keys[response.name].best})
    worths = [scoring.score({response.name: (label,)}) for label in response.labels]
    left_out[PARTIAL_CREDIT] += any(0 < worth < most for worth in worths)
