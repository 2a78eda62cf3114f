"""Read one question of Moodle XML; None, with the reason counted, where it has no place here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal

from django.utils.translation import gettext_noop as _

from authoring.formats.credits import read_points, with_partial_credit
from authoring.formats.moodle.choice_answers import (
    read_all_or_nothing,
    read_multichoice,
    read_truefalse,
)
from authoring.formats.moodle.embedded_files import EmbeddedFiles
from authoring.formats.moodle.file_answers import is_answered_by_files, read_files
from authoring.formats.moodle.gaps import read_cloze, read_numbered_gaps
from authoring.formats.moodle.markers import read_markers
from authoring.formats.moodle.texts import (
    QuestionTexts,
    child,
    children,
    is_on,
    source_of,
    value_of,
    with_old_picture,
)
from authoring.formats.moodle.typed_answers import read_numerical, read_shortanswer
from authoring.formats.question_builder import (
    Json,
    essay_question,
    match_question,
    order_question,
    plain_number,
)
from authoring.formats.text.safe_xml import XmlNode
from authoring.formats.unsupported_messages import QUESTION_TYPE, RANDOM_ORDER, shorten_name

_OVERALL = ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback")
_HINT_SETTINGS = ("shownumcorrect", "clearwrong", "statenumberofcorrectresponses",
                  "clearincorrectresponses", "showfeedbacktoresponses")  # fmt: skip
# How Moodle grades an order: the words of its exports, and the number that older ones have.
_ALL_OR_NOTHING = ("ALL_OR_NOTHING", "-1")
_BY_POSITION = ("ABSOLUTE_POSITION", "0")
ORDER_GRADING = _("grading of an order by neighbours (here, the whole order counts)")
_USUAL_NUMBERING = ("", "abc", "none")
# The most that course.schema.json takes as the word limit of an essay.
MOST_WORDS = 100_000


def read_questions(node: XmlNode, files: EmbeddedFiles, left_out: Counter[str]) -> list[Json]:
    """Return the question with its explanation and hints; each of several markers is one."""
    kind = node.get("type").strip()
    read = _READERS.get(kind)
    if read is None:
        left_out[QUESTION_TYPE.format(name=shorten_name(kind))] += 1
        return []
    own = files.of_question(node)
    texts = QuestionTexts(node, own, left_out)
    made = read(node, with_old_picture(node), texts)
    questions = made if isinstance(made, list) else [made] if made else []
    if not questions:
        return []
    number = plain_number(value_of(node, "defaultgrade", "1"))
    if number is not None and len(questions) > 1:
        number = str(Decimal(number) / len(questions))
    more = _read_help(node, texts) | read_points(number, left_out)
    own.count_unused(left_out)
    _note_settings(node, left_out)
    return [question | more for question in questions]


def _read_help(node: XmlNode, texts: QuestionTexts) -> Json:
    """Return the explanation and the hints."""
    explanation = texts.convert_remark(child(node, "generalfeedback"))
    found = [next(iter(children(one, "hintcontent")), one) for one in children(node, "hint")]
    hints = [text for one in found if (text := texts.convert_remark(one))]
    kinds = ["strategy"] * (len(hints) - 1) + ["worked_step"]
    rows = [{"kind": kind, "text": text} for kind, text in zip(kinds, hints, strict=False)]
    return ({"explanation": explanation} if explanation else {}) | ({"hints": rows} if rows else {})


def _note_settings(node: XmlNode, left_out: Counter[str]) -> None:
    """Count the settings of a question that it cannot have here."""
    left_out[_("overall feedback for a correct or incorrect answer")] += sum(
        bool(source_of(child(node, name))) for name in _OVERALL
    )
    penalty = plain_number(value_of(node, "penalty", "0"))
    left_out[_("marks deducted for each further try (penalty)")] += penalty != "0"
    shuffled = is_on(value_of(node, "shuffleanswers")) or bool(children(node, "shuffleanswer"))
    left_out[RANDOM_ORDER] += shuffled
    numbering = value_of(node, "answernumbering")
    left_out[_("numbering of the choices")] += numbering not in _USUAL_NUMBERING
    left_out[_("setting of a hint")] += sum(_has_settings(one) for one in children(node, "hint"))


def _has_settings(hint: XmlNode) -> bool:
    if value_of(hint, "options"):
        return True
    return any(value_of(one, "", one.text() or "1") != "0" for one in children(
        hint, *_HINT_SETTINGS))  # fmt: skip


def _read_matching(node: XmlNode, asked: XmlNode, texts: QuestionTexts) -> Json:
    """Read the pairs; an answer without a text on the left belongs to no row."""
    pairs, others = [], []
    for row in children(node, "subquestion"):
        left, answer = texts.convert(row), child(row, "answer")
        named = answer if answer.get("format") else _as_auto_format(answer)
        right = texts.convert(named)
        if left and right:
            pairs.append((left, right))
        elif right:
            others.append(right)
        else:
            texts.left_out[_("row without a match")] += bool(left)
    return with_partial_credit(match_question(texts.convert(asked), pairs, others))


def _as_auto_format(node: XmlNode) -> XmlNode:
    """Return the element with the format that Moodle gives to a text without one."""
    named = {**node.attributes, "format": "moodle_auto_format"}
    return XmlNode(node.name, node.space, named, node.line, node.children)


def _read_ordering(node: XmlNode, asked: XmlNode, texts: QuestionTexts) -> Json:
    answers = children(node, "answer")
    rows = [text for one in answers if (text := texts.convert(one))]
    texts.left_out[_("feedback for an item to put in order")] += sum(
        bool(source_of(child(one, "feedback"))) for one in answers
    )
    whole = value_of(node, "selecttype").upper() in ("", "ALL", "0")
    texts.left_out[_("ordering of a random part of its items (here, of all)")] += not whole
    grading = value_of(node, "gradingtype", _ALL_OR_NOTHING[0]).upper()
    texts.left_out[ORDER_GRADING] += grading not in (*_ALL_OR_NOTHING, *_BY_POSITION)
    question = order_question(texts.convert(asked), rows)
    return with_partial_credit(question) if grading in _BY_POSITION else question


def _read_essay(node: XmlNode, asked: XmlNode, texts: QuestionTexts) -> Json:
    """Read a text or files that teachers mark."""
    has_files = is_answered_by_files(node)
    settings = {
        _("file attached to an essay"): not has_files and value_of(node, "attachments", "0") != "0",
        _("least number of words of an essay"): bool(value_of(node, "minwordlimit")),
        _("note for those who mark an essay"): bool(source_of(child(node, "graderinfo"))),
        _("text that an essay begins with"): bool(source_of(child(node, "responsetemplate"))),
    }
    for what, has in settings.items():
        texts.left_out[what] += has
    if has_files:
        return read_files(node, texts.convert(asked), texts.left_out)
    return essay_question(texts.convert(asked), _read_word_limit(node, texts))


def _read_word_limit(node: XmlNode, texts: QuestionTexts) -> int | None:
    """Return the word limit of an essay; one that course.json cannot hold is counted."""
    limit = value_of(node, "maxwordlimit")
    is_whole = limit.isascii() and limit.isdigit() and len(limit) <= len(str(MOST_WORDS))
    whole = int(limit) if is_whole else 0
    if 1 <= whole <= MOST_WORDS:
        return whole
    texts.left_out[_("word limit of an essay")] += limit.strip("0") != ""
    return None


_READERS: dict[str, Callable[[XmlNode, XmlNode, QuestionTexts], Json | list[Json] | None]] = {
    "multichoice": read_multichoice,
    "multichoiceset": read_all_or_nothing,
    "oumultiresponse": read_all_or_nothing,
    "truefalse": read_truefalse,
    "shortanswer": read_shortanswer,
    "numerical": read_numerical,
    "matching": _read_matching,
    "match": _read_matching,
    "ddmatch": _read_matching,
    "ordering": _read_ordering,
    "cloze": read_cloze,
    "multianswer": read_cloze,
    "essay": _read_essay,
    "gapselect": read_numbered_gaps,
    "ddwtos": read_numbered_gaps,
    "ddmarker": read_markers,
}
