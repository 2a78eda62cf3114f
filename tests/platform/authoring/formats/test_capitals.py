"""Where capitals matter in a file, a reply in other capitals is wrong here, or it is counted."""

from __future__ import annotations

import json
import tempfile
from html import escape
from pathlib import Path
from string import ascii_letters

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from authoring.formats import csv, h5p, moodle, olx, qti, qti12
from authoring.formats.course_builder import Package
from tests.fixtures.question_items import item

words = st.lists(st.text(ascii_letters, min_size=2, max_size=8), min_size=1, max_size=2)
QTI = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="q"
 title="q"><responseDeclaration identifier="R" cardinality="single" baseType="string">{key}
</responseDeclaration><outcomeDeclaration identifier="SCORE" cardinality="single"
 baseType="float"/><itemBody><p>Symbol? <textEntryInteraction responseIdentifier="R"/></p>
</itemBody><responseProcessing{processing}</assessmentItem>"""
TEMPLATE = ' template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/{}"/>'
STRING_MATCH = """><responseCondition><responseIf><stringMatch caseSensitive="true">
<variable identifier="R"/><baseValue baseType="string">{}</baseValue></stringMatch>
<setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue></setOutcomeValue>
</responseIf></responseCondition></responseProcessing>"""
QTI12 = """<questestinterop><assessment ident="a" title="t"><section ident="s"><item ident="i">
<presentation><material><mattext>Symbol?</mattext></material><response_str ident="r"><render_fib/>
</response_str></presentation><resprocessing><outcomes><decvar/></outcomes><respcondition>
<conditionvar><varequal respident="r" case="Yes">{}</varequal></conditionvar><setvar>100</setvar>
</respcondition></resprocessing></item></section></assessment></questestinterop>"""
MOODLE = """<quiz><question type="shortanswer"><name><text>q</text></name><questiontext>
<text>Symbol?</text></questiontext><usecase>1</usecase><answer fraction="100"><text>{}</text>
</answer></question></quiz>"""
CLOZE = """<quiz><question type="cloze"><name><text>q</text></name><questiontext>
<text>Symbol {{1:SAC:={}}} is it</text></questiontext></question></quiz>"""
OLX = '<problem><p>Symbol?</p><stringresponse answer="{}"><textline/></stringresponse></problem>'


def write_olx(word):
    return {
        "course.xml": '<course url_name="x" org="o" course="c"/>',
        "course/x.xml": '<course><chapter url_name="c"><sequential url_name="s">'
        f'<vertical url_name="v">{OLX.format(escape(word))}</vertical></sequential></chapter>'
        "</course>",
    }


def write_h5p(word):
    params = {"questions": [f"Symbol *{word}* is it"], "behaviour": {"caseSensitive": True}}
    about = {"title": "t", "mainLibrary": "H5P.Blanks", "preloadedDependencies": []}
    return {"h5p.json": json.dumps(about), "content/content.json": json.dumps(params)}


FILES = {
    "qti mapped": (qti, lambda word: QTI.format(
        key=f'<mapping defaultValue="0"><mapEntry mapKey="{word}" mappedValue="1"'
        ' caseSensitive="true"/></mapping>', processing=TEMPLATE.format("map_response"))),
    "qti marks by case": (qti, lambda word: QTI.format(
        key=f'<mapping defaultValue="0"><mapEntry mapKey="{word}" mappedValue="1"/>'
        f'<mapEntry mapKey="{word.swapcase()}" mappedValue="0.5"/></mapping>',
        processing=TEMPLATE.format("map_response"))),
    "qti correct": (qti, lambda word: QTI.format(
        key=f"<correctResponse><value>{word}</value></correctResponse>",
        processing=TEMPLATE.format("match_correct"))),
    "qti string": (qti, lambda word: QTI.format(key="", processing=STRING_MATCH.format(word))),
    "qti12": (qti12, QTI12.format),
    "moodle": (moodle, MOODLE.format),
    "moodle gap": (moodle, CLOZE.format),
    "olx": (olx, write_olx),
    "h5p": (h5p, write_h5p),
    "csv": (csv, lambda word: f"kind,prompt,answer,compare\ntext,Symbol?,{word},exact\n"),
}  # fmt: skip


def read(name, word):
    """Return the only question of a file whose answer is `word`, and what was counted."""
    reader, write = FILES[name]
    found = write(word)
    files = (
        found if isinstance(found, dict) else {f"file.{'csv' if name == 'csv' else 'xml'}": found}
    )
    with tempfile.TemporaryDirectory() as folder:
        for place, text in files.items():
            path = Path(folder) / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        content, left_out = reader.read(Package(Path(folder), "capitals"), None)
    (question,) = [row for unit in content["units"] for row in unit.get("questions", ())]
    return question, +left_out


def is_right(question, reply):
    (asked,) = question.get("parts", [question])
    accepted = tuple(asked.get("accepted", ()))
    made = item("text", answer=asked["answer"], accepted=accepted, compare=asked["compare"])
    return made.grade(reply).correct


@pytest.mark.parametrize("name", FILES)
@given(words=words)
@example(words=["Co"])
@example(words=["Straße"])
def test_a_reply_in_other_capitals_is_wrong_or_counted(name, words):
    word = " ".join(words)
    question, left_out = read(name, word)
    assert is_right(question, word)
    assert left_out or not is_right(question, word.swapcase())
    if len(words) > 1:
        assert left_out or not is_right(question, "".join(words))


@given(words=words)
def test_capitals_matter_where_two_cases_of_a_word_differ_in_marks(words):
    word = " ".join(words)
    question, _ = read("qti marks by case", word)
    assert is_right(question, word)
    assert not is_right(question, word.swapcase())
