"""Write one question as a QTI item."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from html import escape

from authoring import option_ids
from authoring.formats.qti import credit_writer, hotspot_writer
from authoring.formats.qti.credit_writer import (
    compare_equal,
    compare_mapped,
    compare_number,
    write_score_rule,
)
from authoring.formats.qti.identifiers import VERSIONS, to_identifier
from authoring.formats.qti.response_values import (
    choice_id,
    correct_choices,
    number_of,
    pairs_of,
    part_id,
    rows_in_order,
    wordings_of,
    write_wordings,
)
from authoring.formats.question_builder import Json, question_of
from authoring.formats.text import text_conversion
from authoring.formats.text.mathml_writer import write_formula
from courses.question_types.registry import QUESTION_TYPES
from courses.questions import gap_marks

_MATCH_CORRECT = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"
_EXPLAIN = "EXPLANATION"
Rich = Callable[[str], str]


def write_item(row: Json, version: str, pictures: text_conversion.Pictures) -> str:
    """Return the file of an item; its options are named by their texts."""
    row = option_ids.with_text_ids(row)

    def rich(text: str) -> str:
        return text_conversion.text_to_html(text, write_formula, pictures)

    name = escape(to_identifier(row["id"]))
    declared = "".join(_declaration(id, one) for id, one in _responses(row).items())
    body = _INTERACTIONS[row["type"]].body(row, rich)
    space = VERSIONS[version][0]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<assessmentItem xmlns="{space}" identifier="{name}" title="{name}" adaptive="false"'
        f' timeDependent="false">\n{declared}{_outcomes(row)}<itemBody>\n{body}\n</itemBody>\n'
        f"{_processing(row)}{_explanation(row, rich)}{hotspot_writer.write_feedback(row, rich)}"
        "</assessmentItem>\n"
    )


def _responses(row: Json) -> dict[str, Json]:
    """Return what is asked by the name of its response: each gap, or the question itself."""
    if QUESTION_TYPES[row["type"]].has_gaps:
        return {gap["id"]: question_of(gap) for gap in row["parts"]}
    return {"RESPONSE": row}


def _declaration(name: str, row: Json) -> str:
    kind = _INTERACTIONS[row["type"]]
    values = kind.values(row)
    correct = "".join(f"<value>{escape(value, quote=False)}</value>" for value in values[:1])
    if kind.cardinality != "single":
        correct = "".join(f"<value>{value}</value>" for value in values)
    right = f"<correctResponse>{correct}</correctResponse>" if values else ""
    shares = kind.shares(row)
    mapping = credit_writer.write_mapping(shares) if shares else ""
    if kind.compare is compare_mapped:
        mapping = write_wordings(row, values)
    return (
        f'<responseDeclaration identifier="{name}" cardinality="{kind.cardinality}"'
        f' baseType="{kind.base}">{right}{mapping}'
        "</responseDeclaration>\n"
    )


def find_shares(row: Json) -> credit_writer.Shares:
    """Return the shares of points that the item of a question holds."""
    return _INTERACTIONS[row["type"]].shares(option_ids.with_text_ids(row))


def _outcomes(row: Json) -> str:
    score = (
        '<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"'
        ' normalMaximum="1"/>\n'
    )
    names = [_EXPLAIN] if row.get("explanation") else []
    if any(one.get("feedback") for one in row.get("choices", ())):
        names.append("FEEDBACK")
    cardinality = _INTERACTIONS[row["type"]].outcomes
    return score + "".join(
        f'<outcomeDeclaration identifier="{name}" cardinality="{cardinality}"'
        ' baseType="identifier"/>\n'
        for name in names
    )


def _choice_body(row: Json, rich: Rich, most: int) -> str:
    rows = "".join(
        f'<simpleChoice identifier="{choice_id(one["id"])}">{rich(one["text"])}'
        f"{_feedback(one, rich)}</simpleChoice>\n"
        for one in row["choices"]
    )
    return (
        f"<div>{rich(row['prompt'])}</div>\n"
        f'<choiceInteraction responseIdentifier="RESPONSE" shuffle="true" maxChoices="{most}">\n'
        f"{rows}</choiceInteraction>"
    )


def _feedback(choice: Json, rich: Rich) -> str:
    if not choice.get("feedback"):
        return ""
    return (
        f'<feedbackInline outcomeIdentifier="FEEDBACK" identifier="{choice_id(choice["id"])}"'
        f' showHide="show">{rich(choice["feedback"])}</feedbackInline>'
    )


def _entry_body(row: Json, rich: Rich) -> str:
    return f'<div>{rich(row["prompt"])} <textEntryInteraction responseIdentifier="RESPONSE"/></div>'


def _essay_body(row: Json, rich: Rich) -> str:
    return (
        f"<div>{rich(row['prompt'])}</div>\n"
        '<extendedTextInteraction responseIdentifier="RESPONSE"/>'
    )


def _upload_body(row: Json, rich: Rich) -> str:
    return f'<div>{rich(row["prompt"])}</div>\n<uploadInteraction responseIdentifier="RESPONSE"/>'


def _order_body(row: Json, rich: Rich) -> str:
    rows = "".join(
        f'<simpleChoice identifier="{choice_id(one["id"])}">{rich(one["text"])}</simpleChoice>\n'
        for one in row["choices"]
    )
    return (
        f"<div>{rich(row['prompt'])}</div>\n"
        '<orderInteraction responseIdentifier="RESPONSE" shuffle="true">\n'
        f"{rows}</orderInteraction>"
    )


def _match_body(row: Json, rich: Rich) -> str:
    number = len(row["choices"])
    left = "".join(
        _associable(choice_id(one["id"]), 1, rich(one["text"])) for one in row["choices"]
    )
    right = "".join(
        _associable(part_id(one["id"]), number, rich(one["text"])) for one in row["parts"]
    )
    return (
        f"<div>{rich(row['prompt'])}</div>\n"
        '<matchInteraction responseIdentifier="RESPONSE" shuffle="true"'
        f' maxAssociations="{number}">\n'
        f"<simpleMatchSet>\n{left}</simpleMatchSet>\n<simpleMatchSet>\n{right}</simpleMatchSet>\n"
        "</matchInteraction>"
    )


def _associable(name: str, most: int, html: str) -> str:
    return (
        f'<simpleAssociableChoice identifier="{name}" matchMax="{most}">{html}'
        "</simpleAssociableChoice>\n"
    )


def _cloze_body(row: Json, rich: Rich) -> str:
    parts = {part["id"]: part for part in row["parts"]}
    pieces = gap_marks.split_at_gaps(row["prompt"])
    out = [_gap(parts[piece], rich) if at % 2 else rich(piece) for at, piece in enumerate(pieces)]
    return f"<div>{''.join(out)}</div>"


def _gap(gap: Json, rich: Rich) -> str:
    if gap["kind"] != "choice":
        return f'<textEntryInteraction responseIdentifier="{gap["id"]}"/>'
    rows = "".join(
        f'<inlineChoice identifier="{choice_id(one["id"])}">{rich(one["text"])}</inlineChoice>'
        for one in gap["choices"]
    )
    return (
        f'<inlineChoiceInteraction responseIdentifier="{gap["id"]}" shuffle="false">{rows}'
        "</inlineChoiceInteraction>"
    )


def _processing(row: Json) -> str:
    if QUESTION_TYPES[row["type"]].is_open:
        # People give the score.
        shown = _show_explanation(row)
        return f"<responseProcessing>\n{shown}</responseProcessing>\n" if shown else ""
    kind = _INTERACTIONS[row["type"]]
    by_template = kind.compare is compare_equal and not kind.shares(row)
    if not by_template or row.get("explanation") or _has_feedback(row):
        return f"<responseProcessing>\n{_conditions(row)}</responseProcessing>\n"
    return f'<responseProcessing template="{_MATCH_CORRECT}"/>\n'


def _has_feedback(row: Json) -> bool:
    return any(one.get("feedback") for one in row.get("choices", ()))


def _conditions(row: Json) -> str:
    """Give the points, all together or by their shares; the explanation is always shown."""
    kind = _INTERACTIONS[row["type"]]
    copy_response = '<setOutcomeValue identifier="FEEDBACK"><variable identifier="RESPONSE"/>'
    return (
        f"{write_score_rule(kind.compare, row, kind.shares(row))}\n"
        + (f"{copy_response}</setOutcomeValue>\n" if _has_feedback(row) else "")
        + _show_explanation(row)
    )


def _show_explanation(row: Json) -> str:
    if not row.get("explanation"):
        return ""
    return (
        f'<setOutcomeValue identifier="{_EXPLAIN}"><baseValue baseType="identifier">'
        "explanation</baseValue></setOutcomeValue>\n"
    )


def _explanation(row: Json, rich: Rich) -> str:
    if not row.get("explanation"):
        return ""
    return (
        f'<modalFeedback outcomeIdentifier="{_EXPLAIN}" identifier="explanation" showHide="show">'
        f"{rich(row['explanation'])}</modalFeedback>\n"
    )


def _compare_gaps(_name: str, row: Json) -> str:
    parts = [_INTERACTIONS[one["type"]].compare(id, one) for id, one in _responses(row).items()]
    return parts[0] if len(parts) == 1 else f"<and>{''.join(parts)}</and>"


@dataclass(frozen=True, slots=True)
class QtiInteraction:
    """How QTI asks one type of question: its body, the test of a response, and the response.

    A question with gaps has no response of its own. `outcomes` is the cardinality of its feedback.
    `shares` says what values of the response earn, where the item holds shares of the points.
    """

    body: Callable[[Json, Rich], str]
    compare: Callable[[str, Json], str]
    cardinality: str = ""
    base: str = ""
    values: Callable[[Json], list[str]] = lambda _row: []
    outcomes: str = "single"
    shares: Callable[[Json], credit_writer.Shares] = lambda _row: credit_writer.NO_SHARES


_INTERACTIONS = {
    "single": QtiInteraction(
        partial(_choice_body, most=1),
        compare_equal,
        "single",
        "identifier",
        correct_choices,
        shares=credit_writer.find_choice_shares,
    ),
    "multiple": QtiInteraction(
        partial(_choice_body, most=0),
        compare_equal,
        "multiple",
        "identifier",
        correct_choices,
        outcomes="multiple",
        shares=credit_writer.find_choice_shares,
    ),
    "numeric": QtiInteraction(
        _entry_body,
        compare_number,
        "single",
        "float",
        number_of,
        shares=credit_writer.find_number_shares,
    ),
    "text": QtiInteraction(_entry_body, compare_mapped, "single", "string", wordings_of),
    "order": QtiInteraction(_order_body, compare_equal, "ordered", "identifier", rows_in_order),
    "match": QtiInteraction(
        _match_body,
        compare_equal,
        "multiple",
        "directedPair",
        pairs_of,
        shares=credit_writer.find_pair_shares,
    ),
    "cloze": QtiInteraction(_cloze_body, _compare_gaps),
    "hotspot": QtiInteraction(
        hotspot_writer.write_body, compare_mapped, "single", "identifier", correct_choices
    ),
    "essay": QtiInteraction(_essay_body, compare_equal, "single", "string"),
    "file": QtiInteraction(_upload_body, compare_equal, "single", "file"),
}
KINDS = frozenset(_INTERACTIONS)
