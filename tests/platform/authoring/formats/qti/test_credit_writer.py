"""QTI holds points and exact shares of them; what it cannot hold exactly is counted."""

from __future__ import annotations

from fractions import Fraction

import pytest

from authoring.formats import unsupported_features
from authoring.formats.attune import validation
from authoring.formats.unsupported_messages import POINTS
from tests.platform.authoring.formats.test_shares_there_and_back import make_package
from tests.platform.authoring.formats.test_there_and_back import export_files, read_again

NAMES = ["qti", "qti22", "qti3"]
SINGLE = {
    "type": "single",
    "choices": [
        {"id": "a", "text": "All", "correct": True, "feedback": "Yes."},
        {"id": "b", "text": "Some", "correct": False, "share": 12.5},
        {"id": "c", "text": "None", "correct": False},
    ],
}
MULTIPLE = {
    "type": "multiple",
    "partial_credit": True,
    "choices": [
        {"id": "a", "text": "Most", "correct": True, "share": 75},
        {"id": "b", "text": "Rest", "correct": True, "share": 25},
        {"id": "c", "text": "Bad", "correct": False, "share": -50},
        {"id": "d", "text": "Idle", "correct": False, "share": 0},
    ],
}
EQUAL = {
    "type": "multiple",
    "partial_credit": True,
    "choices": [{"id": one, "text": one, "correct": one in "ab"} for one in "abc"],
}
NUMBER = {
    "type": "numeric",
    "answer": "3.14",
    "tolerance": 0.005,
    "other_answers": [{"value": 3, "share": 50}, {"value": 3.1, "share": 62.5}],
}
MATCH = {
    "type": "match",
    "partial_credit": True,
    "choices": [{"id": one, "text": one, "match": f"p{one}"} for one in "abcd"],
    "parts": [{"id": f"p{one}", "text": one.upper()} for one in "abcd"],
}
ALL_HELD = {
    "single": SINGLE,
    "multiple": MULTIPLE,
    "equal": EQUAL,
    "numeric": NUMBER,
    "match": MATCH,
}


def there_and_back(name, question, folder):
    """Return the question after an export and an import, and what was counted on the way."""
    package = make_package({"id": "q1", "prompt": "Which?", "skills": ["slope"], **question})
    validation.check(package)
    files, lost_out = export_files(name, package, folder)
    _, (found, lost_in) = read_again(folder)
    validation.check(found)
    (back,) = (row for unit in found["units"] for row in unit["questions"])
    return back, lost_out + lost_in, files


def credit_of(row):
    """Return all fields that say what a reply earns, without ids."""
    parts = {part["id"]: part["text"] for part in row.get("parts", ())}
    choices = [
        (one["text"], one.get("correct"), one.get("share"), parts.get(one.get("match")))
        for one in row.get("choices", ())
    ]
    fields = ("type", "partial_credit", "points", "tolerance")
    return choices, numbers_of(row), {name: row[name] for name in fields if name in row}


def numbers_of(row):
    """Return the other numbers; a number may be written as text."""
    return [
        (Fraction(str(one["value"])), one.get("tolerance", 0), one["share"], one.get("feedback"))
        for one in row.get("other_answers", ())
    ]


@pytest.mark.parametrize("kind", ALL_HELD)
@pytest.mark.parametrize("name", NAMES)
def test_exact_shares_and_points_come_back_field_by_field(name, kind, tmp_path):
    question = ALL_HELD[kind] | {"points": 2.5}
    back, counted, _ = there_and_back(name, question, tmp_path)
    assert credit_of(back) == credit_of(question)
    wanted = {unsupported_features.PARTIAL, unsupported_features.OTHER_NUMBER, POINTS}
    assert not wanted & set(counted), counted


@pytest.mark.parametrize("name", NAMES)
def test_shares_are_a_mapping_between_none_and_all(name, tmp_path):
    _, _, files = there_and_back(name, MULTIPLE, tmp_path)
    low, high = ("lower-bound", "upper-bound") if name == "qti3" else ("lowerBound", "upperBound")
    item = files["items/q1.xml"]
    assert f'{low}="0" {high}="1"' in item
    assert [f'"{share}"' in item for share in ("0.75", "0.25", "-0.5")] == [True] * 3


@pytest.mark.parametrize("name", NAMES)
def test_all_or_nothing_stays_so(name, tmp_path):
    question = {key: value for key, value in EQUAL.items() if key != "partial_credit"}
    back, counted, _ = there_and_back(name, question, tmp_path)
    assert "partial_credit" not in back
    assert unsupported_features.PARTIAL not in counted


THIRDS = EQUAL | {"choices": [row | {"correct": row["id"] != "d"} for row in (
    *EQUAL["choices"], {"id": "d", "text": "d"}
)]}  # fmt: skip
SHARE_OF_A_THIRD = SINGLE | {
    "choices": [*SINGLE["choices"][:2], SINGLE["choices"][2] | {"share": "100/3"}]
}
CLOZE = {
    "type": "cloze",
    "partial_credit": True,
    "prompt": "[[x]] and [[y]]",
    "parts": [{"id": one, "kind": "text", "answer": one, "compare": "words"} for one in "xy"],
}
ORDER = {
    "type": "order",
    "partial_credit": True,
    "choices": [{"id": one, "text": one} for one in "abcd"],
}


@pytest.mark.parametrize(
    ("question", "what"),
    [
        (THIRDS, unsupported_features.PARTIAL),
        (SHARE_OF_A_THIRD, unsupported_features.SHARES),
        (ORDER, unsupported_features.PARTIAL),
        (CLOZE, unsupported_features.PARTIAL),
    ],
)
def test_shares_that_are_not_exact_decimals_are_counted(question, what, tmp_path):
    back, counted, _ = there_and_back("qti", question, tmp_path)
    assert counted[what] == 1
    assert "partial_credit" not in back
    assert not any("share" in one for one in back.get("choices", ()))


@pytest.mark.parametrize(
    "other",
    [
        {"from": 1, "to": 2, "share": 50},
        {"value": 2, "tolerance": 0.5, "share": 50},
        {"value": 2, "share": "100/3"},
        {"value": 2, "share": 50, "feedback": "Nearly."},
    ],
)
def test_other_numbers_that_no_mapping_holds_are_counted_one_by_one(other, tmp_path):
    question = NUMBER | {"other_answers": [NUMBER["other_answers"][0], other]}
    back, counted, _ = there_and_back("qti", question, tmp_path)
    assert counted[unsupported_features.OTHER_NUMBER] == 1
    assert numbers_of(back) == [(3, 0, 50, None)]


TEST = """<assessmentTest xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="t" title="T">
<testPart identifier="p" navigationMode="linear" submissionMode="individual">
<assessmentSection identifier="s" title="S" visible="true">
<assessmentItemRef identifier="i" href="i.xml">{weights}</assessmentItemRef>
</assessmentSection></testPart>{outcome}</assessmentTest>"""
ITEM = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="i" title="i"
adaptive="false" timeDependent="false">
<responseDeclaration identifier="RESPONSE" cardinality="single" baseType="integer">
<correctResponse><value>5</value></correctResponse></responseDeclaration>
<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float" {most}/>
<itemBody><p>2 + 3? <textEntryInteraction responseIdentifier="RESPONSE"/></p></itemBody>
<responseProcessing
template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"/>
</assessmentItem>"""
USED = """<outcomeProcessing><setOutcomeValue identifier="SCORE"><sum>
<testVariables variableIdentifier="SCORE" weightIdentifier="B"/>
</sum></setOutcomeValue></outcomeProcessing>"""
ONE, TWO = '<weight identifier="A" value="3"/>', '<weight identifier="B" value="0.5"/>'
MOST = 'normalMaximum="1"'


@pytest.mark.parametrize(
    ("weights", "outcome", "most", "points", "counted"),
    [
        (ONE, "", MOST, 3, 0),
        (ONE + TWO, USED, MOST, 0.5, 0),
        (ONE, "", 'normalMaximum="2"', 6, 0),
        ("", USED, "", None, 0),
        (ONE, "", "", None, 1),
        (ONE + TWO, "", MOST, None, 1),
        (ONE.replace("3", "0"), "", MOST, None, 1),
        (ONE.replace("3", "1"), "", 'normalMaximum="5"', 5, 0),
        (ONE.replace("3", "1"), "", "", None, 0),
        (ONE.replace("3", "1") + TWO, "", MOST, None, 1),
        ("", "", 'normalMaximum="5"', None, 0),
    ],
)
def test_weights_of_a_test_become_points_or_are_counted(
    weights, outcome, most, points, counted, tmp_path
):
    (tmp_path / "t.xml").write_text(TEST.format(weights=weights, outcome=outcome))
    (tmp_path / "i.xml").write_text(ITEM.format(most=most))
    _, (found, left_out) = read_again(tmp_path)
    (row,) = (row for unit in found["units"] for row in unit["questions"])
    assert (row.get("points"), left_out[POINTS]) == (points, counted)


@pytest.mark.parametrize(("most", "points"), [(MOST, None), ('normalMaximum="5"', 5), ("", None)])
def test_an_item_without_a_weight_next_to_one_with_a_weight_has_the_weight_one(
    most, points, tmp_path
):
    other = '<assessmentItemRef identifier="j" href="j.xml">' + ONE + "</assessmentItemRef>"
    test = TEST.format(weights="", outcome="").replace(
        "</assessmentSection>", other + "</assessmentSection>"
    )
    (tmp_path / "t.xml").write_text(test)
    for name, maximum in (("i", most), ("j", MOST)):
        item = ITEM.format(most=maximum).replace('identifier="i"', f'identifier="{name}"')
        (tmp_path / f"{name}.xml").write_text(item)
    _, (found, left_out) = read_again(tmp_path)
    rows = [row for unit in found["units"] for row in unit["questions"]]
    assert [row.get("points") for row in rows] == [points, 3]
    assert left_out[POINTS] == 0


def test_an_item_that_a_section_uses_twice_has_the_weight_of_each_use(tmp_path):
    second = f'<assessmentItemRef identifier="k" href="i.xml">{TWO}</assessmentItemRef>'
    test = TEST.format(weights=ONE, outcome="").replace(
        "</assessmentSection>", second + "</assessmentSection>"
    )
    (tmp_path / "t.xml").write_text(test)
    (tmp_path / "i.xml").write_text(ITEM.format(most=MOST))
    _, (found, _left_out) = read_again(tmp_path)
    rows = [row for unit in found["units"] for row in unit["questions"]]
    assert [row.get("points") for row in rows] == [3, 0.5]
