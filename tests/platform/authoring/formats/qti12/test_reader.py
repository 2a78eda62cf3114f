"""Packages of QTI 1.2: Canvas's quiz export, Blackboard's pools, banks and damaged files."""

from __future__ import annotations

import random
import shutil
import tempfile
import uuid
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authoring.errors import BrokenPackage
from authoring.formats import qti12, registry
from authoring.formats.course_builder import MOVED, Package
from authoring.media.storage import MediaShelf
from tests.platform.authoring.formats.inputs import DATA, choices, content_of, questions_of
from tests.platform.authoring.formats.qti12.items import (
    SPACE,
    adds,
    equal,
    item,
    quiz_file,
    read_item,
    text,
    typed,
    when,
)
from tests.platform.authoring.formats.qti12.items import choices as asks_choice

SUN = DATA / "formats/qti/media/sun rain.png"
META = """<quiz identifier="gquiz" xmlns="http://canvas.instructure.com/xsd/cccv1p0">
<title>Week 1</title><description>&lt;p&gt;Read first.&lt;/p&gt;</description>
<due_at>{due}</due_at><lock_at/><unlock_at>2026-09-01T08:00:00</unlock_at>
<shuffle_answers>false</shuffle_answers><quiz_type>{kind}</quiz_type>
<points_possible>2.0</points_possible><time_limit>30</time_limit>
<allowed_attempts>2</allowed_attempts><assignment identifier="x"><due_at/></assignment></quiz>"""
MANIFEST = """<manifest><metadata><schema>IMS Content</schema><lom><general><title>
<string>QTI Quiz Export for "Planets"</string></title></general></lom></metadata><organizations/>
<resources><resource identifier="gquiz" type="imsqti_xmlv1p2"><file href="gquiz/gquiz.xml"/>
<dependency identifierref="gmeta"/></resource><resource identifier="gmeta"
type="associatedcontent/imscc_xmlv1p1/learning-application-resource"
href="gquiz/assessment_meta.xml">
<file href="gquiz/assessment_meta.xml"/></resource></resources></manifest>"""


def read(tmp_path, **files):
    """Return the course of these files and the left-out content; `__` in a name is a slash."""
    folder = tmp_path / "package"
    for name, content in files.items():
        place = folder / name.replace("__", "/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
    package = Package(folder, "planets")
    assert registry.detect_format(package).name == "qti12"
    return content_of(qti12, package, tmp_path)


def canvas(kind="assignment", due="2026-09-08T08:00:00"):
    prompt = (
        '<p>Which?<img src="$IMS-CC-FILEBASE$/Uploaded%20Media/sun%20rain.png?canvas_download=1"'
        ' alt="sun"></p>'
    )
    one = item(asks_choice(), when(equal("a")), ident="gone", prompt=prompt)
    return {
        "imsmanifest.xml": MANIFEST,
        "gquiz__gquiz.xml": quiz_file(one, ident="gquiz", title="Other"),
        "gquiz__assessment_meta.xml": META.format(kind=kind, due=due),
        "Uploaded Media__sun rain.png": SUN.read_bytes(),
    }


def test_canvas_quiz_is_a_test_with_its_dates(tmp_path):
    content, left_out = read(tmp_path, **canvas())
    (unit,) = content["units"]
    settings = {name: unit[name] for name in unit if name not in ("questions", "skills")}
    assert settings == {
        "id": "gquiz",
        "kind": "quiz",
        "title": "Week 1",
        "scenario": "graded",
        "opens_at": "2026-09-01T08:00:00+00:00",
        "due_at": "2026-09-08T08:00:00+00:00",
        "attempts": 2,
        "time_limit_s": 1800,
    }
    assert (content["title"], content["slug"]) == ("Week 1", "week-1")
    assert left_out == {"description of a test": 1}
    (row,) = unit["questions"]
    assert row["id"] == "gone"
    assert row["prompt"].startswith("Which?\n![sun](/media/")


@pytest.mark.parametrize(
    ("kind", "due", "scenario", "counted"),
    [
        ("practice_quiz", "", "practice", {}),
        ("survey", "", None,
         {"opens_at of a test": 1, "attempts of a test": 1, "time_limit_s of a test": 1}),
        ("assignment", "2026-08-01", "graded",
         {"start date of a sequence that is not before its due date": 1}),
    ],
)  # fmt: skip
def test_settings_without_a_place_are_counted(kind, due, scenario, counted, tmp_path):
    content, left_out = read(tmp_path, **canvas(kind, due))
    assert content["units"][0].get("scenario") == scenario
    assert left_out == {"description of a test": 1, **counted}


BLACKBOARD = """<questestinterop><assessment title="Pool"><section><item maxattempts="0">
<itemmetadata><bbmd_asi_object_id>_7_1</bbmd_asi_object_id><bbmd_questiontype>{kind}
</bbmd_questiontype></itemmetadata><presentation><flow class="Block"><flow class="QUESTION_BLOCK">
<flow class="FORMATTED_TEXT_BLOCK"><material><mat_extension><mat_formattedtext type="HTML">
&lt;p&gt;Match <![CDATA[<img src="@X@EmbeddedFile.requestUrlStub@X@bbcswebdav/xid-9_1" alt="sun">]]>
&lt;/p&gt;</mat_formattedtext></mat_extension></material></flow></flow>{asks}</flow></presentation>
<resprocessing scoremodel="SumOfScores"><outcomes><decvar varname="SCORE" vartype="Decimal"
defaultval="0" minvalue="0" maxvalue="10.0"/></outcomes>{conditions}</resprocessing>{after}</item>
</section></assessment></questestinterop>"""


def block(words, more=""):
    return (
        f'<flow class="Block"><flow class="FORMATTED_TEXT_BLOCK">{text(words)}</flow>{more}</flow>'
    )


def empty_choice(name, *options):
    labels = "".join(f'<response_label ident="{one}"/>' for one in options)
    return (
        f'<response_lid ident="{name}" rcardinality="Single"><render_choice><flow_label>{labels}'
        "</flow_label></render_choice></response_lid>"
    )


def blackboard(tmp_path, kind, asks, conditions, after=""):
    source = BLACKBOARD.format(kind=kind, asks=asks, conditions=conditions, after=after)
    files = {"res00001.dat": source, "csfiles__home_dir__sun__xid-9_1.png": SUN.read_bytes()}
    folder = tmp_path / "package"
    for name, content in files.items():
        place = folder / (name.replace("csfiles__home_dir__", "csfiles/home_dir/"))
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
    package = Package(folder, "pool")
    assert registry.detect_format(package).name == "qti12"
    content, left_out = content_of(qti12, package, tmp_path)
    return next(iter(questions_of(content).values()), None), left_out


def test_blackboard_matching_follows_the_places_of_its_options(tmp_path):
    rows = block("one", empty_choice("x", "x1", "x2", "x3"))
    rows += block("two", empty_choice("y", "y1", "y2", "y3"))
    asks = f'<flow class="RESPONSE_BLOCK">{rows}</flow><flow class="RIGHT_MATCH_BLOCK">'
    asks += "".join(map(block, ("zwei", "drei", "eins"))) + "</flow>"
    shows = '<displayfeedback feedbacktype="Response" linkrefid="correct"/></respcondition>'
    conditions = "".join(
        f"<respcondition><conditionvar>{equal(value, name)}</conditionvar>{shows}"
        for name, value in (("x", "x3"), ("y", "y1"))
    ) + when("<other/>", "0", shows="incorrect")
    row, left_out = blackboard(tmp_path, "Matching", asks, conditions)
    parts = {part["id"]: part["text"] for part in row["parts"]}
    assert [(one["text"], parts[one["match"]]) for one in row["choices"]] == [
        ("one", "eins"), ("two", "zwei")]  # fmt: skip
    assert list(parts.values()) == ["eins", "zwei", "drei"]
    assert row["prompt"].startswith("Match\n![sun](/media/")
    assert (row["id"], left_out) == ("7-1", {})


def test_blackboard_choice_has_the_feedback_named_by_its_option(tmp_path):
    asks = f'<flow class="RESPONSE_BLOCK">{asks_choice("AB", name="response")}</flow>'
    conditions = (
        when(equal("a", "response"), "SCORE.max", more=' title="correct"', shows="correct")
        + when("<other/>", "0", more=' title="incorrect"', shows="incorrect")
        + when('<varequal respident="b"/>', "0", more="", shows="b")
    )
    after = f'<itemfeedback ident="correct">{text("Yes.")}</itemfeedback>'
    after += f'<itemfeedback ident="b"><solution><solutionmaterial>{text("Too late.")}'
    after += "</solutionmaterial></solution></itemfeedback>"
    row, left_out = blackboard(tmp_path, "Multiple Choice", asks, conditions, after)
    assert [(one["correct"], one["feedback"]) for one in row["choices"]] == [
        (True, "Yes."), (False, "Too late.")]  # fmt: skip
    assert left_out == {}


def test_blackboard_blanks_are_named_in_the_text(tmp_path):
    source = f"<and><or>{equal('x', 'Match')}</or></and>"
    row, _ = read_item(
        tmp_path,
        typed("Match"),
        when(source),
        prompt="A [Match] of two",
        kind="Fill in the Blank Plus",
    )
    assert (row["type"], row["parts"][0]["answer"]) == ("cloze", "x")


@pytest.mark.parametrize("kind", ["Hot Spot", "Quiz Bowl", "Jumbled Sentence", "Calculated"])
def test_blackboard_kinds_without_a_place_are_counted(kind, tmp_path):
    row, left_out = blackboard(tmp_path, kind, typed(), when(equal("a")))
    assert (row, left_out) == (None, {f"question of the type {kind.lower()}": 1})


def test_question_bank_and_draws_are_read(tmp_path):
    bank = f'<questestinterop {SPACE}><objectbank ident="bank"><qtimetadata><qtimetadatafield>'
    bank += "<fieldlabel>bank_title</fieldlabel><fieldentry>Stars</fieldentry></qtimetadatafield>"
    bank += f"</qtimetadata>{item(asks_choice(), when(equal('b')), ident='two')}</objectbank>"
    draws = "<section><selection_ordering><selection><sourcebank_ref>bank</sourcebank_ref>"
    draws += "<selection_number>1</selection_number></selection></selection_ordering></section>"
    one = item(asks_choice(), when(equal("a")), ident="one")
    bank += "</questestinterop>"
    content, left_out = read(tmp_path, **{"a.xml": quiz_file(one, before=draws), "b.xml.qti": bank})
    (unit,) = content["units"]
    assert [row["id"] for row in unit["questions"]] == ["one", "two"]
    assert left_out == {
        "selection of a test": 1,
        "question bank that a test draws from (all of its questions are in the test)": 1,
    }
    content, left_out = read(
        tmp_path, **{"a.xml": quiz_file(one), "b.xml.qti": bank.replace("bank<", "other<")}
    )
    assert [(unit["title"], unit["questions"][0]["id"]) for unit in content["units"]] == [
        ("Quiz", "one"), ("Stars", "two")]  # fmt: skip
    assert left_out == {}
    content, left_out = read(
        tmp_path, **{"a.xml": quiz_file(one, before=draws.replace("bank<", "gone<"))}
    )
    assert left_out["item that a test refers to and that is missing from the package"] == 1


def test_single_questions_of_a_bank_come_into_the_test(tmp_path):
    bank = f'<questestinterop {SPACE}><objectbank ident="bank">'
    bank += item(asks_choice(), when(equal("b")), ident="two") + "</objectbank></questestinterop>"
    names = '<bankentry_item sourcebank_ref="bank" item_ref="two"/>'
    names += '<bankentry_item sourcebank_ref="bank" item_ref="gone"/>'
    one = item(asks_choice(), when(equal("a")), ident="one")
    content, left_out = read(tmp_path, **{"a.xml": quiz_file(one, before=names), "b.xml.qti": bank})
    assert [row["id"] for row in content["units"][0]["questions"]] == ["one", "two"]
    assert left_out == {
        "item that a test refers to and that is missing from the package": 1}  # fmt: skip


def test_missing_and_remote_pictures_are_counted(tmp_path):
    prompt = 'Which?<img src="https://example.org/a.png" alt="a"><img src="gone.png" alt="b">'
    row, left_out = read_item(tmp_path, asks_choice(), when(equal("a")), prompt=prompt)
    assert row["prompt"] == "Which?ab"
    assert left_out == {"image on another website": 1, "image missing from the package": 1}


def test_other_files_of_a_package_are_counted(tmp_path):
    _, left_out = read(tmp_path, **canvas(), **{"pages/a.html": "<p>A page.</p>", "a.pdf": "%PDF"})
    assert left_out == {
        "description of a test": 1,
        "HTML file to download": 1,
        "PDF file to download": 1,
    }


def test_package_without_a_question_is_refused(tmp_path):
    with pytest.raises(BrokenPackage) as broken:
        read(tmp_path, **{"a.xml": f"<questestinterop {SPACE}><assessment/></questestinterop>"})
    assert str(broken.value) == "planets: expected questions in QTI 1.2 (an item), found none"


EVERY = {
    "imsmanifest.xml": MANIFEST,
    "gquiz/gquiz.xml": quiz_file(
        item(asks_choice(), when(equal("a")), ident="one"),
        item(asks_choice(cardinality="Multiple"),
             when(f"<and>{equal('a')}<not>{equal('b')}</not>{equal('c')}{equal('d')}</and>"),
             ident="several"),
        item(typed(), when(equal("king") + equal("queen")), ident="text"),
        item(typed(kind="Decimal"), when(f"<or>{equal('5')}</or>"), ident="number"),
        item(typed("x") + text("and") + typed("y"), adds(equal("a", "x")) + adds(equal("b", "y")),
             ident="gaps"),
        ident="gquiz",
    ),
    "gquiz/assessment_meta.xml": META.format(kind="assignment", due="2026-09-08"),
}  # fmt: skip


@given(st.data())
def test_damaged_package_gives_a_course_or_an_error_message(data):
    """Cut, repeat and exchange pieces of a file: no other exception escapes."""
    name = data.draw(st.sampled_from(sorted(EVERY)))
    by = random.Random(data.draw(st.integers(0, 2**32)))
    with tempfile.TemporaryDirectory() as folder:
        package = Package(Path(folder, "package"), "a")
        for place, content in EVERY.items():
            damaged = _damage(content, by) if place == name else content
            file = package.folder / place
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(damaged, encoding="utf-8")
        shelf = MediaShelf(package.folder, uuid.UUID(int=1), "/media/")
        with suppress(BrokenPackage):
            registry.detect_format(package).draft(package, shelf, lambda _done, _total: None)
        shutil.rmtree(package.folder)


PIECES = (
    "<not>",
    "</not>",
    "<or>",
    "</and>",
    'respident="',
    "100",
    "-1",
    "[",
    "Multiple",
    "\0",
    "é",
)


def _damage(content, by):
    for _ in range(by.randint(1, 4)):
        at, to = sorted((by.randint(0, len(content)), by.randint(0, len(content))))
        to = min(to, at + by.choice([1, 3, 20, 200]))
        piece = by.choice(PIECES)
        content = by.choice(
            [
                content[:at] + content[to:],
                content[:at] + piece + content[at:],
                content[:at] + content[at:to] * 2 + content[to:],
                content[:at] + piece + content[to:],
            ]
        )
    return content


SCORED = st.lists(
    st.tuples(
        st.sampled_from(["{0}", "<not>{0}</not>", "<or>{0}{1}</or>", "<and>{0}{1}</and>", "{0}{1}",
                         "{0}<not>{1}</not>", "<other/>"]),
        st.sampled_from("abc"),
        st.sampled_from("abc"),
        st.sampled_from(["100", "50", "0", "-50"]),
        st.sampled_from(["Set", "Add"]),
        st.sampled_from(['', ' continue="No"', ' continue="Yes"']),
    ),
    min_size=1,
    max_size=4,
)  # fmt: skip


@given(SCORED, st.sampled_from(["Single", "Multiple"]))
def test_key_of_any_scoring_is_the_only_answer_with_full_marks(scored, cardinality):
    """Score every reply with an independent interpreter: the key is best, and alone."""
    conditions = [
        (shape, first, second, float(marks), action, more)
        for shape, first, second, marks, action, more in scored
    ]
    source = "".join(
        when(shape.format(equal(first), equal(second)), marks, action, more)
        for shape, first, second, marks, action, more in scored
    )
    with tempfile.TemporaryDirectory() as folder:
        row, _ = read_item(
            Path(folder), asks_choice("ABC", cardinality=cardinality), source, most="1000"
        )
    if row is None:
        return
    key = {words.lower() for words, correct in choices(row) if correct}
    replies = [{one for at, one in enumerate("abc") if bits >> at & 1} for bits in range(8)]
    if cardinality == "Single":
        replies = [reply for reply in replies if len(reply) <= 1]
    best = _marks(conditions, key, cardinality)
    assert best > 0
    assert all(_marks(conditions, one, cardinality) < best for one in replies if one != key)


def _marks(conditions, reply, cardinality):
    """Return the marks for a set of options, by the rules that docs/formats.md names."""
    total, caught = 0.0, False
    for shape, first, second, marks, action, more in conditions:
        one, other = first in reply, second in reply
        both = (one or other) if cardinality == "Single" else (one and other)
        met = {
            "{0}": one,
            "<not>{0}</not>": not one,
            "<or>{0}{1}</or>": one or other,
            "<and>{0}{1}</and>": one and other,
            "{0}{1}": both,
            "{0}<not>{1}</not>": one and not other,
            "<other/>": not caught,
        }[shape]
        if not met:
            continue
        caught = True
        total = marks if action == "Set" else total + marks
        if "No" in more or (not more and action == "Set"):
            break
    return min(max(total, 0.0), 1000.0)


def asks_many(*names):
    return "".join(item(asks_choice(), when(equal("a")), ident=name) for name in names)


def group(names, *, count=2, points="1.5", title="Stars, far", source=""):
    bank = f"<sourcebank_ref>{source}</sourcebank_ref>" if source else ""
    extension = f"<selection_extension><points_per_item>{points}</points_per_item>"
    return (
        f'<section ident="s" title="{title}"><selection_ordering><selection>{bank}'
        f"<selection_number>{count}</selection_number>{extension}</selection_extension>"
        f"</selection></selection_ordering>{asks_many(*names)}</section>"
    )


def with_groups(*parts, kind="assignment"):
    return canvas(kind) | {"gquiz__gquiz.xml": quiz_file(*parts, ident="gquiz")}


def ids(rows):
    return [row["id"] for row in rows]


def test_a_question_group_of_canvas_is_drawn_from_the_bank(tmp_path):
    parts = asks_many("one"), group("abc"), group("de", count=1, points="1.0")
    content, left_out = read(tmp_path, **with_groups(*parts))
    (unit,) = content["units"]
    assert ids(unit["questions"]) == ["one"]
    assert unit["random_questions"] == [
        {"tag": "Stars far", "count": 2, "points": 1.5},
        {"tag": "Stars far-2", "count": 1},
    ]
    assert {row["id"]: row["tags"] for row in content["bank"]} == {
        **{name: ["Stars far"] for name in "abc"},
        **{name: ["Stars far-2"] for name in "de"},
    }
    assert left_out == {"description of a test": 1}


def test_a_group_before_other_questions_is_counted(tmp_path):
    _, left_out = read(tmp_path, **with_groups(group("abc"), asks_many("one")))
    place = "place of random questions of a test (they come after its other questions)"
    assert left_out[place] == 1


def test_a_test_of_groups_alone_is_a_test(tmp_path):
    content, _ = read(tmp_path, **with_groups(group("abc")))
    (unit,) = content["units"]
    assert (unit["questions"], unit["random_questions"][0]["count"]) == ([], 2)


def test_more_groups_than_a_test_can_draw_are_in_the_test(tmp_path):
    groups = "".join(group((f"x{n}", f"y{n}"), count=1) for n in range(101))
    content, left_out = read(tmp_path, **with_groups(groups))
    assert len(content["units"][0]["questions"]) == 202
    assert left_out["selection of a test"] == 101


def test_a_test_of_groups_alone_tests_the_skill_of_what_it_draws(tmp_path):
    content, _ = read(tmp_path, **with_groups(group("abc")))
    (unit,) = content["units"]
    assert unit["skills"] == content["bank"][0]["skills"] == [content["skills"][0]["slug"]]


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "survey"),
        ({"count": 4}, "assignment"),
        ({"count": 0}, "assignment"),
        ({"points": "0"}, "assignment"),
        ({"points": "1.005"}, "assignment"),
        ({"points": "NaN"}, "assignment"),
        ({"source": "gone"}, "assignment"),
    ],
)
def test_a_group_that_cannot_be_drawn_here_is_in_the_test(tmp_path, changes, kind):
    content, left_out = read(tmp_path, **with_groups(group("abc", **changes), kind=kind))
    assert ids(content["units"][0]["questions"]) == ["a", "b", "c"]
    assert "bank" not in content
    assert left_out["selection of a test"] == 1


def sky(*names):
    bank = f'<questestinterop {SPACE}><objectbank ident="sky" title="Sky">{asks_many(*names)}'
    return {"b.xml.qti": f"{bank}</objectbank></questestinterop>"}


def test_groups_draw_from_one_bank_under_one_tag(tmp_path):
    draws = (group("", source="sky"), group("", source="sky", count=1))
    content, left_out = read(tmp_path, **with_groups(*draws), **sky("x", "y", "z"))
    (unit,) = content["units"]
    assert [(row["tag"], row["count"]) for row in unit["random_questions"]] == [
        ("Sky", 2), ("Sky", 1)]  # fmt: skip
    assert ids(content["bank"]) == ["x", "y", "z"]
    assert left_out == {"description of a test": 1}


@pytest.mark.parametrize("changes", [{"count": 2}, {"points": "0"}])
def test_of_a_bank_all_draws_are_exact_or_none(tmp_path, changes):
    draws = (group("", source="sky"), group("", source="sky", **{"count": 1} | changes))
    content, left_out = read(tmp_path, **with_groups(*draws), **sky("x", "y", "z"))
    (unit,) = content["units"]
    assert ids(unit["questions"]) == ["x", "y", "z"]
    assert "random_questions" not in unit
    assert left_out["selection of a test"] == 2


@pytest.mark.parametrize(
    ("title", "drawn"),
    [("Stars, far", "Stars far"), ("Far " * 20 + "1", "Far " * 20 + "2")],
    ids=["same title", "same beginning"],
)
@pytest.mark.parametrize("quiz_is_first", [True, False])
def test_no_test_draws_the_essays_of_a_quiz_with_its_title(tmp_path, title, drawn, quiz_is_first):
    essay = item(typed(), when("<other/>", ""), kind="essay_question", ident="essay")
    other = quiz_file(essay, ident="q", title=title)
    name = "a.xml.qti" if quiz_is_first else "z.xml.qti"
    files = with_groups(group("abc", title=drawn)) | {name: other}
    content, left_out = read(tmp_path, **files)
    (test,) = (unit for unit in content["units"] if "random_questions" in unit)
    (entry,) = test["random_questions"]
    rows = {row["id"]: row["tags"] for row in content["bank"]}
    assert left_out[MOVED] == 1
    assert {name for name in rows if entry["tag"] in rows[name]} == set("abc")
    assert len(rows["essay"]) == 1
