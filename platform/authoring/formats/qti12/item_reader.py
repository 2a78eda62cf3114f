"""Read one QTI 1.2 item as a question; None, with the reason counted, otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from django.utils.translation import gettext_noop as _

from authoring.formats import unsupported_messages
from authoring.formats.credits import read_points, with_partial_credit
from authoring.formats.qti12 import metadata, questions
from authoring.formats.qti12.answer_keys import (
    UNLIKELY,
    AmbiguousKeyError,
    KeyFinder,
    ResponseKey,
)
from authoring.formats.qti12.blanks import find_blank_keys
from authoring.formats.qti12.conditions import Reply, UnknownConditionError
from authoring.formats.qti12.feedback import read_feedback
from authoring.formats.qti12.material import ItemMaterial
from authoring.formats.qti12.questions import PARTIAL_CREDIT, ReadItem
from authoring.formats.qti12.responses import (
    ItemResponse,
    context_of,
    find_responses,
    find_unsupported,
)
from authoring.formats.qti12.scoring import ItemScoring
from authoring.formats.question_builder import Json, require_case, without_blanks
from authoring.formats.score_shares import (
    find_equal_shares,
    shares_of_one,
    shares_of_several,
)
from authoring.formats.text.safe_xml import XmlNode

AMBIGUOUS = _("scoring that cannot be represented here")
NO_KEY = _("item that does not give the correct answer")
_NOT_SHOWN = ("objectives", "rubric")
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
    for one in item.nodes:
        is_lost = one.name in _NOT_SHOWN and bool(one.text())
        left_out[unsupported_messages.IN_A_TEXT.format(name=one.name)] += is_lost
    row |= read_points(metadata.points_of(fields), left_out)
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
    if metadata.is_essay(kind) or metadata.is_upload(kind):
        return ""
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
    if metadata.is_essay(kind) or metadata.is_upload(kind):
        # There is no answer for which only some texts are displayed.
        texts = read_feedback(item, scoring, [], {}, material)
        made = questions.build_open(item, material, is_upload=metadata.is_upload(kind))
        return made | without_blanks({"explanation": texts.explanation})
    if kind == metadata.BLANKS and all(one.kind == "choice" for one in responses):
        keys = find_blank_keys(responses, scoring, material.left_out)
    else:
        finder = KeyFinder(scoring, responses, metadata.takes_exact_set(kind))
        keys = finder.find_keys()
    if not keys or any(not key.replies and key.numbers is None for key in keys.values()):
        return _leave_out(material.left_out, NO_KEY)
    best = {name: key.best for name, key in keys.items()}
    feedback = read_feedback(item, scoring, responses, best, material)
    left_out = material.left_out
    shares = _find_shares(scoring, responses, keys, left_out)
    if metadata.takes_exact_set(kind) and _rewards_every_choice(shares, keys):
        # The kind says that a further choice is wrong, although its conditions do not.
        left_out[PARTIAL_CREDIT] += 1
        shares = {}
    read = ReadItem(item, kind, responses, keys, material, feedback, shares)
    row = questions.build_question(read)
    if row is not None:
        row = _with_equal_shares(row, scoring, responses, best, left_out)
        has_shares = row["type"] == "multiple" and row.get("partial_credit")
        deducts = scoring.deducts_marks() and not has_shares
        left_out[_("marks deducted for a wrong answer")] += deducts
    explanation = feedback.explanation
    return row and {**row, **without_blanks({"explanation": explanation})}


def _find_shares(
    scoring: ItemScoring,
    responses: list[ItemResponse],
    keys: Mapping[str, ResponseKey],
    left_out: Counter[str],
) -> Mapping[str, Fraction]:
    """Return the shares of the choices of the only response; {} where it has none."""
    response = responses[0]
    if len(responses) != 1 or response.kind != "choice" or response.cardinality == "ordered":
        return {}
    right, labels = keys[response.name].best, list(response.labels)

    def score(reply: tuple[str, ...]) -> Fraction:
        return Fraction(scoring.score({response.name: reply}))

    if response.is_single:
        return shares_of_one(labels, right[0], score)
    found = shares_of_several(labels, right, score)
    left_out[PARTIAL_CREDIT] += found is None
    return found or {}


def _rewards_every_choice(shares: Mapping[str, Fraction], keys: Mapping[str, ResponseKey]) -> bool:
    """Return whether a wrong choice takes nothing from the correct ones."""
    right = {label for key in keys.values() for label in key.replies[0]} if shares else set()
    return any(share == 0 for label, share in shares.items() if label not in right)


def _with_equal_shares(
    row: Json,
    scoring: ItemScoring,
    responses: list[ItemResponse],
    best: Mapping[str, Reply],
    left_out: Counter[str],
) -> Json:
    """Return the question with partial credit where each of its rows or gaps earns the same."""
    if len(responses) == 1 or row["type"] not in ("match", "cloze"):
        return row

    def score(names: tuple[str, ...]) -> Fraction:
        return Fraction(scoring.score({name: best[name] for name in names}))

    def spoil(name: str) -> Iterator[Fraction]:
        (response,) = (one for one in responses if one.name == name)
        wrong = [(label,) for label in response.labels if (label,) != best[name]]
        for reply in wrong or [(UNLIKELY,)]:
            yield Fraction(scoring.score({**best, name: reply}))

    try:
        equal = find_equal_shares([one.name for one in responses], score, spoil)
    except UnknownConditionError:
        equal = None
    left_out[PARTIAL_CREDIT] += equal is None
    return with_partial_credit(row) if equal else row
