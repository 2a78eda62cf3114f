"""Write one question as a QTI item."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from html import escape

from authoring import option_ids
from authoring.formats.qti.identifiers import VERSIONS, to_identifier
from authoring.formats.question_builder import Json, question_of, write_decimal, write_short
from authoring.formats.text import text_conversion
from courses.question_types.registry import QUESTION_TYPES
from courses.questions import gap_marks
from courses.rendering import course_html

_MATCH_CORRECT = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"
_EXPLAIN = "EXPLANATION"
Rich = Callable[[str], str]


def write_item(row: Json, version: str, pictures: text_conversion.Pictures) -> str:
    """Return the file of an item; its options are named by their texts."""
    row = option_ids.with_text_ids(row)

    def rich(text: str) -> str:
        return text_conversion.text_to_html(text, _formula, pictures)

    name = escape(to_identifier(row["id"]))
    declared = "".join(_declaration(id, one) for id, one in _responses(row).items())
    body = _INTERACTIONS[row["type"]].body(row, rich)
    space = VERSIONS[version][0]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<assessmentItem xmlns="{space}" identifier="{name}" title="{name}" adaptive="false"'
        f' timeDependent="false">\n{declared}{_outcomes(row)}<itemBody>\n{body}\n</itemBody>\n'
        f"{_processing(row)}{_explanation(row, rich)}</assessmentItem>\n"
    )


def _formula(latex: str) -> str:
    """Return MathML with the LaTeX as an annotation, so that nothing is lost."""
    made = course_html.to_mathml(latex)
    if not made.startswith("<math"):
        return text_conversion.round_brackets(latex)
    inner = made[made.index(">") + 1 : made.rindex("</math>")]
    note = f'<annotation encoding="application/x-tex">{escape(latex, quote=False)}</annotation>'
    space = "http://www.w3.org/1998/Math/MathML"
    return f'<math xmlns="{space}"><semantics>{inner}{note}</semantics></math>'


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
    mapping = _mapping(row, values) if kind.compare is _compare_mapped else ""
    return (
        f'<responseDeclaration identifier="{name}" cardinality="{kind.cardinality}"'
        f' baseType="{kind.base}"><correctResponse>{correct}</correctResponse>{mapping}'
        "</responseDeclaration>\n"
    )


def _mapping(row: Json, values: list[str]) -> str:
    cased = "true" if row.get("compare") == "cased" else "false"
    entries = "".join(
        f'<mapEntry mapKey="{escape(value)}" mappedValue="1" caseSensitive="{cased}"/>'
        for value in values
    )
    return f'<mapping defaultValue="0">{entries}</mapping>'


def _correct_choices(row: Json) -> list[str]:
    return [_choice_id(one["id"]) for one in row["choices"] if one["correct"]]


def _rows_in_order(row: Json) -> list[str]:
    return [_choice_id(one["id"]) for one in row["choices"]]


def _pairs(row: Json) -> list[str]:
    return [f"{_choice_id(one['id'])} {_part_id(one['match'])}" for one in row["choices"]]


def _number(row: Json) -> list[str]:
    return [write_decimal(row["answer"])]


def _wordings(row: Json) -> list[str]:
    return [row["answer"], *without_stars(row)]


def without_stars(row: Json) -> list[str]:
    return [one for one in row.get("accepted", ()) if "*" not in one]


def _choice_id(name: str) -> str:
    return f"C_{name}"


def _part_id(name: str) -> str:
    return f"P_{name}"


def _outcomes(row: Json) -> str:
    score = '<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>\n'
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
        f'<simpleChoice identifier="{_choice_id(one["id"])}">{rich(one["text"])}'
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
        f'<feedbackInline outcomeIdentifier="FEEDBACK" identifier="{_choice_id(choice["id"])}"'
        f' showHide="show">{rich(choice["feedback"])}</feedbackInline>'
    )


def _entry_body(row: Json, rich: Rich) -> str:
    return f'<div>{rich(row["prompt"])} <textEntryInteraction responseIdentifier="RESPONSE"/></div>'


def _order_body(row: Json, rich: Rich) -> str:
    rows = "".join(
        f'<simpleChoice identifier="{_choice_id(one["id"])}">{rich(one["text"])}</simpleChoice>\n'
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
        _associable(_choice_id(one["id"]), 1, rich(one["text"])) for one in row["choices"]
    )
    right = "".join(
        _associable(_part_id(one["id"]), number, rich(one["text"])) for one in row["parts"]
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
        f'<inlineChoice identifier="{_choice_id(one["id"])}">{rich(one["text"])}</inlineChoice>'
        for one in gap["choices"]
    )
    return (
        f'<inlineChoiceInteraction responseIdentifier="{gap["id"]}" shuffle="false">{rows}'
        "</inlineChoiceInteraction>"
    )


def _processing(row: Json) -> str:
    by_template = _INTERACTIONS[row["type"]].compare is _compare_equal
    if not by_template or row.get("explanation") or _has_feedback(row):
        return f"<responseProcessing>\n{_conditions(row)}</responseProcessing>\n"
    return f'<responseProcessing template="{_MATCH_CORRECT}"/>\n'


def _has_feedback(row: Json) -> bool:
    return any(one.get("feedback") for one in row.get("choices", ()))


def _conditions(row: Json) -> str:
    """Give the point only if all parts are correct; the explanation is always shown."""
    test = _INTERACTIONS[row["type"]].compare("RESPONSE", row)
    score = '<setOutcomeValue identifier="SCORE"><baseValue baseType="float">'
    ends = "</baseValue></setOutcomeValue>"
    shown = f'<setOutcomeValue identifier="{_EXPLAIN}"><baseValue baseType="identifier">'
    copy_response = '<setOutcomeValue identifier="FEEDBACK"><variable identifier="RESPONSE"/>'
    return (
        f"<responseCondition><responseIf>{test}{score}1{ends}</responseIf>"
        f"<responseElse>{score}0{ends}</responseElse></responseCondition>\n"
        + (f"{copy_response}</setOutcomeValue>\n" if _has_feedback(row) else "")
        + (f"{shown}explanation{ends}\n" if row.get("explanation") else "")
    )


def _compare_equal(name: str, _row: Json) -> str:
    return f'<match><variable identifier="{name}"/><correct identifier="{name}"/></match>'


def _compare_number(name: str, row: Json) -> str:
    tolerance = write_short(row.get("tolerance", 0))
    mode = f' toleranceMode="absolute" tolerance="{tolerance} {tolerance}"'
    how = mode if tolerance != "0" else ' toleranceMode="exact"'
    return f'<equal{how}><variable identifier="{name}"/><correct identifier="{name}"/></equal>'


def _compare_mapped(name: str, _row: Json) -> str:
    one = '<baseValue baseType="float">1</baseValue>'
    return f'<equal toleranceMode="exact"><mapResponse identifier="{name}"/>{one}</equal>'


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
    """

    body: Callable[[Json, Rich], str]
    compare: Callable[[str, Json], str]
    cardinality: str = ""
    base: str = ""
    values: Callable[[Json], list[str]] = lambda _row: []
    outcomes: str = "single"


_INTERACTIONS = {
    "single": QtiInteraction(
        partial(_choice_body, most=1), _compare_equal, "single", "identifier", _correct_choices
    ),
    "multiple": QtiInteraction(
        partial(_choice_body, most=0),
        _compare_equal,
        "multiple",
        "identifier",
        _correct_choices,
        outcomes="multiple",
    ),
    "numeric": QtiInteraction(_entry_body, _compare_number, "single", "float", _number),
    "text": QtiInteraction(_entry_body, _compare_mapped, "single", "string", _wordings),
    "order": QtiInteraction(_order_body, _compare_equal, "ordered", "identifier", _rows_in_order),
    "match": QtiInteraction(_match_body, _compare_equal, "multiple", "directedPair", _pairs),
    "cloze": QtiInteraction(_cloze_body, _compare_gaps),
}
KINDS = frozenset(_INTERACTIONS)
