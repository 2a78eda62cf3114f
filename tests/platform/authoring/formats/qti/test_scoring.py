"""What an item of QTI 2 scores where it relies on a rule of the standard."""

from __future__ import annotations

import pytest

from authoring.formats import qti
from authoring.formats.course_builder import Package
from tests.fixtures.question_items import item_of_spec

PARTLY = "partial credit (map_response); here an answer is either correct or not"
ITEM = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="q" title="q">
<responseDeclaration identifier="R" cardinality="{cardinality}" baseType="identifier">
<correctResponse>{right}</correctResponse></responseDeclaration>
<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>
<itemBody>{asks}</itemBody><responseProcessing>{processing}</responseProcessing></assessmentItem>"""
CHOICE = """<responseCondition><responseIf>{test}<setOutcomeValue identifier="SCORE"><sum>
<variable identifier="SCORE"/><baseValue baseType="float">{worth}</baseValue></sum>
</setOutcomeValue></responseIf></responseCondition>"""
REPLY, KEY = '<variable identifier="R"/>', '<correct identifier="R"/>'


def read(tmp_path, cardinality, right, element, processing):
    """Return the only question of an item with the choices a to d, and the left-out content."""
    rows = "".join(f'<simpleChoice identifier="{one}">{one}</simpleChoice>' for one in "abcd")
    text = ITEM.format(
        cardinality=cardinality,
        right="".join(f"<value>{one}</value>" for one in right),
        asks=f'<{element} responseIdentifier="R"><prompt>Which?</prompt>{rows}</{element}>',
        processing=processing,
    )
    (tmp_path / "q.xml").write_text(text)
    content, left_out = qti.read(Package(tmp_path, "q"), None)
    rows = [row for unit in content["units"] for row in unit["questions"]]
    return next(iter(rows), None), dict(+left_out)


def test_a_number_without_a_default_value_begins_with_0(tmp_path):
    processing = CHOICE.format(test=f"<match>{REPLY}{KEY}</match>", worth=1)
    row, left_out = read(tmp_path, "single", "b", "choiceInteraction", processing)
    assert [one["text"] for one in row["choices"] if one["correct"]] == ["b"]
    assert left_out == {}


def place(at, worth):
    pair = "".join(f'<index n="{at}">{one}</index>' for one in (REPLY, KEY))
    return CHOICE.format(test=f"<match>{pair}</match>", worth=worth)


@pytest.mark.parametrize(
    ("worths", "shares", "counted"),
    [((0.25,) * 4, ["1", "1/2", "0"], {}), ((0.4, 0.2, 0.2, 0.2), ["1", "0", "0"], {PARTLY: 1})],
)
def test_an_order_may_earn_equal_shares_by_place(worths, shares, counted, tmp_path):
    processing = "".join(place(at, worth) for at, worth in enumerate(worths, 1))
    row, left_out = read(tmp_path, "ordered", "cabd", "orderInteraction", processing)
    assert [one["text"] for one in row["choices"]] == list("cabd")
    assert left_out == counted
    asked, idents = item_of_spec(row), {one["text"]: one["id"] for one in row["choices"]}
    replies = [[idents[one] for one in order] for order in ("cabd", "acbd", "abdc")]
    assert [str(asked.grade(reply).share) for reply in replies] == shares


def test_a_place_beyond_the_end_of_an_order_holds_nothing(tmp_path):
    processing = CHOICE.format(test=f"<match>{REPLY}{KEY}</match>", worth=1) + place(9, 1)
    row, left_out = read(tmp_path, "ordered", "cabd", "orderInteraction", processing)
    assert row["type"] == "order"
    assert left_out == {}


GAPS = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="q" title="q">
{declared}<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>
<itemBody><p>A <textEntryInteraction responseIdentifier="R"/> or
<textEntryInteraction responseIdentifier="S"/> is here.</p></itemBody>
<responseProcessing{processing}</assessmentItem>"""
MAPPED = """<responseDeclaration identifier="{name}" cardinality="single" baseType="string">
<correctResponse><value>{key}</value></correctResponse><mapping defaultValue="0">
<mapEntry mapKey="{key}" mappedValue="{worth}"/></mapping></responseDeclaration>"""
TEMPLATE = ' template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/{}"/>'


def read_gaps(tmp_path, worths, template):
    declared = "".join(
        MAPPED.format(name=name, key=key, worth=worth)
        for name, key, worth in zip("RS", ("sun", "moon"), worths, strict=True)
    )
    text = GAPS.format(declared=declared, processing=TEMPLATE.format(template))
    (tmp_path / "q.xml").write_text(text)
    content, left_out = qti.read(Package(tmp_path, "q"), None)
    (row,) = [row for unit in content["units"] for row in unit["questions"]]
    return row, dict(+left_out)


@pytest.mark.parametrize(
    ("worths", "template", "partial", "counted"),
    [
        ((1, 1), "map_response", True, {}),
        ((1, 2), "map_response", False, {PARTLY: 1}),
        ((1, 1), "match_correct", False, {}),
    ],
)
def test_gaps_of_an_item_may_earn_equal_shares(worths, template, partial, counted, tmp_path):
    row, left_out = read_gaps(tmp_path, worths, template)
    assert [part["answer"] for part in row["parts"]] == ["sun", "moon"]
    assert row.get("partial_credit", False) is partial
    assert left_out == counted


@pytest.mark.parametrize("name", ["CC2_map_response", "CC2_match", "CC2_match_basic.xml"])
def test_the_templates_of_the_common_cartridge_score_like_the_standard_ones(name, tmp_path):
    """A mapping does not tell small from capital letters, and a match does."""
    row, left_out = read_gaps(tmp_path, (1, 1), name)
    maps = "map" in name
    assert {part["compare"] for part in row["parts"]} == {"words" if maps else "cased"}
    assert row.get("partial_credit", False) is maps
    assert left_out == {}


def test_a_word_that_is_also_correct_in_other_letters_is_not_asked_exactly(tmp_path):
    """One entry takes any case, and another says that the same word in small letters is worse."""
    entries = """<mapEntry mapKey="Sun" mappedValue="1" caseSensitive="false"/>
    <mapEntry mapKey="sun" mappedValue="0.5" caseSensitive="true"/>"""
    text = GAPS.replace(
        """ or
<textEntryInteraction responseIdentifier="S"/>""",
        "",
    ).format(
        declared=MAPPED.format(name="R", key="Sun", worth=1).replace(
            '<mapEntry mapKey="Sun" mappedValue="1"/>', entries
        ),
        processing=TEMPLATE.format("map_response"),
    )
    (tmp_path / "q.xml").write_text(text)
    content, left_out = qti.read(Package(tmp_path, "q"), None)
    assert not [row for unit in content["units"] for row in unit["questions"]]
    assert left_out["scoring that cannot be represented here"] == 1


LOOKUP = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p2"
identifier="q" title="q">
<responseDeclaration identifier="R" cardinality="multiple" baseType="identifier">
<correctResponse><value>a</value><value>b</value></correctResponse></responseDeclaration>
<outcomeDeclaration identifier="RAW" cardinality="single" baseType="float"/>
<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float">{table}
</outcomeDeclaration><itemBody><choiceInteraction responseIdentifier="R" maxChoices="0">
<prompt>Which?</prompt><simpleChoice identifier="a">a</simpleChoice>
<simpleChoice identifier="b">b</simpleChoice><simpleChoice identifier="c">c</simpleChoice>
</choiceInteraction></itemBody><responseProcessing>{conditions}
<lookupOutcomeValue identifier="SCORE"><variable identifier="RAW"/></lookupOutcomeValue>
</responseProcessing></assessmentItem>"""
ADD = """<responseCondition><responseIf><member>
<baseValue baseType="identifier">{choice}</baseValue>
<variable identifier="R"/></member><setOutcomeValue identifier="RAW"><{act}>
<variable identifier="RAW"/><baseValue baseType="float">1</baseValue></{act}></setOutcomeValue>
</responseIf></responseCondition>"""
ENTRY = '<{kind}TableEntry sourceValue="{source}" targetValue="{target}"/>'


def read_lookup(tmp_path, kind, entries, right="ab"):
    rows = "".join(ENTRY.format(kind=kind, source=one, target=other) for one, other in entries)
    acts = {choice: "sum" if choice in right else "subtract" for choice in "abc"}
    conditions = "".join(ADD.format(choice=choice, act=act) for choice, act in acts.items())
    text = LOOKUP.format(table=f"<{kind}Table>{rows}</{kind}Table>", conditions=conditions)
    (tmp_path / "q.xml").write_text(text)
    content, left_out = qti.read(Package(tmp_path, "q"), None)
    rows = [row for unit in content["units"] for row in unit["questions"]]
    return next(iter(rows), None), dict(+left_out)


@pytest.mark.parametrize("kind", ["interpolation", "match"])
def test_a_score_may_be_looked_up_in_a_table(kind, tmp_path):
    row, left_out = read_lookup(tmp_path, kind, [("2", "1"), ("1", "0"), ("0", "0")])
    assert [one["text"] for one in row["choices"] if one["correct"]] == ["a", "b"]
    assert not row.get("partial_credit")
    assert left_out == {}


def test_a_table_may_give_a_share_of_the_points(tmp_path):
    """Before, a score that is looked up was not computed, and the shares were lost."""
    row, left_out = read_lookup(tmp_path, "interpolation", [("2", "4"), ("1", "2"), ("0", "0")])
    assert row["partial_credit"]
    assert left_out == {}


def test_a_key_that_the_looked_up_score_contradicts_is_left_out(tmp_path):
    row, left_out = read_lookup(tmp_path, "interpolation", [("2", "1"), ("1", "0")], right="ac")
    assert row is None
    assert left_out == {"scoring that cannot be represented here": 1}
