"""Write one question as a QTI item."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape

from authoring import option_ids
from authoring.formats.qti.identifiers import VERSIONS, to_identifier
from authoring.formats.question_builder import Json, write_short
from authoring.formats.text import text_conversion
from courses.questions import cloze
from courses.rendering import course_html

KINDS = frozenset(["single", "multiple", "numeric", "text", "order", "match", "cloze"])
_TEMPLATES = "http://www.imsglobal.org/question/qti_v2p1/rptemplates"
_EXPLAIN = "EXPLANATION"
Rich = Callable[[str], str]


def write_item(row: Json, version: str, pictures: text_conversion.Pictures) -> str:
    """Return the file of an item; its options are named by their texts."""
    row = option_ids.with_text_ids(row)

    def rich(text: str) -> str:
        return text_conversion.text_to_html(text, _formula, pictures)

    name = escape(to_identifier(row["id"]))
    declared = "".join(_declarations(row))
    body = _BODIES[row["type"]](row, rich)
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


def _declarations(row: Json) -> Iterator[str]:
    if row["type"] == "cloze":
        for gap in row["parts"]:
            yield _declaration(gap["id"], gap | {"type": _GAPS[gap["kind"]]})
    else:
        yield _declaration("RESPONSE", row)


_GAPS = {"choice": "single", "text": "text", "numeric": "numeric"}


def _declaration(name: str, row: Json) -> str:
    cardinality, base, values = _correct_values(row)
    correct = "".join(f"<value>{escape(value, quote=False)}</value>" for value in values[:1])
    if cardinality != "single":
        correct = "".join(f"<value>{value}</value>" for value in values)
    mapping = _mapping(row, values) if row["type"] == "text" else ""
    return (
        f'<responseDeclaration identifier="{name}" cardinality="{cardinality}"'
        f' baseType="{base}"><correctResponse>{correct}</correctResponse>{mapping}'
        "</responseDeclaration>\n"
    )


def _mapping(row: Json, values: list[str]) -> str:
    cased = "false" if row.get("compare") == "words" else "true"
    entries = "".join(
        f'<mapEntry mapKey="{escape(value)}" mappedValue="1" caseSensitive="{cased}"/>'
        for value in values
    )
    return f'<mapping defaultValue="0">{entries}</mapping>'


def _correct_values(row: Json) -> tuple[str, str, list[str]]:
    """Return cardinality, base type and the correct values."""
    kind = row["type"]
    if kind == "numeric":
        return "single", "float", [write_decimal(row["answer"])]
    if kind == "text":
        return "single", "string", [row["answer"], *without_stars(row)]
    if kind == "match":
        pairs = [f"{_choice_id(one['id'])} {_part_id(one['match'])}" for one in row["choices"]]
        return "multiple", "directedPair", pairs
    if kind == "order":
        return "ordered", "identifier", [_choice_id(one["id"]) for one in row["choices"]]
    right = [_choice_id(one["id"]) for one in row["choices"] if one["correct"]]
    return ("single" if kind == "single" else "multiple"), "identifier", right


def write_decimal(answer: str | float) -> str:
    """Write a fraction as the nearest decimal number."""
    over, _, under = str(answer).partition("/")
    return repr(int(over) / int(under)) if under else over


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
    cardinality = "multiple" if row["type"] == "multiple" else "single"
    return score + "".join(
        f'<outcomeDeclaration identifier="{name}" cardinality="{cardinality}"'
        ' baseType="identifier"/>\n'
        for name in names
    )


def _choice_body(row: Json, rich: Rich) -> str:
    several = row["type"] == "multiple"
    rows = "".join(
        f'<simpleChoice identifier="{_choice_id(one["id"])}">{rich(one["text"])}'
        f"{_feedback(one, rich)}</simpleChoice>\n"
        for one in row["choices"]
    )
    most = 0 if several else 1
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
    pieces = cloze.split_at_gaps(row["prompt"])
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


_BODIES: dict[str, Callable[[Json, Rich], str]] = {
    "single": _choice_body,
    "multiple": _choice_body,
    "numeric": _entry_body,
    "text": _entry_body,
    "order": _order_body,
    "match": _match_body,
    "cloze": _cloze_body,
}


def _processing(row: Json) -> str:
    if row["type"] in ("numeric", "cloze", "text") or row.get("explanation") or _has_feedback(row):
        return f"<responseProcessing>\n{_conditions(row)}</responseProcessing>\n"
    return f'<responseProcessing template="{_TEMPLATES}/match_correct"/>\n'


def _has_feedback(row: Json) -> bool:
    return any(one.get("feedback") for one in row.get("choices", ()))


def _conditions(row: Json) -> str:
    """Give the point only if all parts are correct; the explanation is always shown."""
    if row["type"] == "cloze":
        parts = [_comparison(one["id"], one | {"type": _GAPS[one["kind"]]}) for one in row["parts"]]
    else:
        parts = [_comparison("RESPONSE", row)]
    test = parts[0] if len(parts) == 1 else f"<and>{''.join(parts)}</and>"
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


def _comparison(name: str, row: Json) -> str:
    variable = f'<variable identifier="{name}"/>'
    if row["type"] == "numeric":
        tolerance = write_short(row.get("tolerance", 0))
        mode = f' toleranceMode="absolute" tolerance="{tolerance} {tolerance}"'
        how = mode if tolerance != "0" else ' toleranceMode="exact"'
        return f'<equal{how}>{variable}<correct identifier="{name}"/></equal>'
    if row["type"] == "text":
        one = '<baseValue baseType="float">1</baseValue>'
        return f'<equal toleranceMode="exact"><mapResponse identifier="{name}"/>{one}</equal>'
    return f'<match>{variable}<correct identifier="{name}"/></match>'


def _explanation(row: Json, rich: Rich) -> str:
    if not row.get("explanation"):
        return ""
    return (
        f'<modalFeedback outcomeIdentifier="{_EXPLAIN}" identifier="explanation" showHide="show">'
        f"{rich(row['explanation'])}</modalFeedback>\n"
    )
