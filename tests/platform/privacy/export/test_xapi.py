"""Course records as xAPI 1.0.3 statements: valid, and true to what was done."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from jsonschema import Draft202012Validator

from courses import completion
from courses.answers import responses
from privacy.export import xapi
from telemetry import events, sittings
from tests.fixtures import factories
from tests.fixtures.exams import fill_bank, make_test, take
from tests.fixtures.open_questions import add_essay
from vault.keystore import open_keystore

pytestmark = pytest.mark.django_db
HOME = "https://school.example"
VIDEO = "https://w3id.org/xapi/video"
IRI = {"type": "string", "pattern": r"^[a-z][a-z0-9+.-]*:.+"}
WORDS = {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1}
EXTENSIONS = {"type": "object", "propertyNames": IRI}
ACTIVITY = {
    "type": "object",
    "required": ["id"],
    "additionalProperties": False,
    "properties": {
        "objectType": {"const": "Activity"},
        "id": IRI,
        "definition": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "type": IRI,
                "name": WORDS,
                "interactionType": {
                    "enum": [
                        "numeric",
                        "fill-in",
                        "long-fill-in",
                        "choice",
                        "sequencing",
                        "matching",
                        "other",
                    ]
                },
            },
        },
    },
}
# The parts of xAPI 1.0.3 (Data, section 2.4) that our statements use; all else is refused.
STATEMENT = {
    "type": "object",
    "required": ["id", "version", "actor", "verb", "object", "timestamp"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "version": {"const": "1.0.3"},
        "timestamp": {"type": "string", "format": "date-time"},
        "actor": {
            "type": "object",
            "required": ["account"],
            "additionalProperties": False,
            "properties": {
                "objectType": {"const": "Agent"},
                "account": {
                    "type": "object",
                    "required": ["homePage", "name"],
                    "additionalProperties": False,
                    "properties": {"homePage": IRI, "name": {"type": "string"}},
                },
            },
        },
        "verb": {
            "type": "object",
            "required": ["id"],
            "additionalProperties": False,
            "properties": {"id": IRI, "display": WORDS},
        },
        "object": ACTIVITY,
        "result": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "success": {"type": "boolean"},
                "score": {
                    "type": "object",
                    "required": ["scaled"],
                    "additionalProperties": False,
                    "properties": {"scaled": {"type": "number", "minimum": 0, "maximum": 1}},
                },
                "completion": {"type": "boolean"},
                "response": {"type": "string"},
                "duration": {"type": "string", "pattern": r"^PT[0-9.]+S$"},
                "extensions": EXTENSIONS,
            },
        },
        "context": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "contextActivities": {
                    "type": "object",
                    "additionalProperties": {"type": "array", "items": ACTIVITY},
                },
                "extensions": EXTENSIONS,
            },
        },
    },
}


@pytest.fixture
def learned(mia, now):
    """A video played, left, jumped in, slowed down and finished, and one correct answer."""
    video = factories.make_video_unit()
    sitting = sittings.open(mia, video, scenario="course", page=uuid.uuid4(), now=now)
    acts = [("play", 0, 0), ("pause", 10, 10), ("seek", 12, 20), ("play", 13, 30), ("rate", 17, 2),
            ("seek", 20, -5), ("ended", 60, 100)]  # fmt: skip
    for name, t, value in acts:
        at = now + timedelta(seconds=t)
        events.store(sitting, uuid.uuid4(), float(t), name, float(value), None, at)
    later = now + timedelta(seconds=61)
    completion.record_watched(mia, video, [(0.0, 10.0), (30.0, 100.0)], resume_s=100.0, now=later)
    completion.mark_done(mia, video, now=later)
    question = factories.make_question(kind="text", answer="tea")
    sittings.close(sitting, now=now + timedelta(seconds=62))
    answer = responses.record(
        learner=mia, question=question, given="tea", sitting=None, hints_used=0, elapsed_ms=1500,
        draw=None, now=now + timedelta(seconds=5),
    )  # fmt: skip
    return video, question, answer


def statements_of(person):
    return [json.loads(line) for line in xapi.statements(person, HOME)]


def by_verb(statements, verb):
    return [each for each in statements if each["verb"]["id"].endswith(f"/{verb}")]


def test_essays_have_no_result_and_need_no_query_each(mia, now):
    unit = make_test(mia, questions=0)
    essay = add_essay(unit)
    counts = []
    texts = ["My own words.", "Other words.", "More words."]
    for minute, text in enumerate(texts):
        take(mia, unit, text, now=now + timedelta(minutes=minute))
        essay.prompt_html = f"<p>{text}</p>"
        essay.save()
        with CaptureQueriesContext(connection) as queries:
            found = by_verb(statements_of(mia), "answered")
        counts.append(len(queries))
    look = Draft202012Validator(STATEMENT)
    for statement in found:
        look.validate(statement)
    assert [row["result"]["response"] for row in found] == texts
    assert not any("success" in row["result"] for row in found)
    assert counts[1] == counts[2]


def test_every_statement_has_the_required_form(learned, mia):
    look = Draft202012Validator(STATEMENT, format_checker=Draft202012Validator.FORMAT_CHECKER)
    statements = statements_of(mia)
    for statement in statements:
        look.validate(statement)
    assert len({statement["id"] for statement in statements}) == len(statements) == 12
    times = [statement["timestamp"] for statement in statements]
    assert times == sorted(times)


def test_the_actor_is_an_account_without_name_or_address(learned, mia):
    for statement in statements_of(mia):
        account = {"homePage": HOME, "name": str(mia.code)}
        assert statement["actor"] == {"objectType": "Agent", "account": account}
    assert "school.example" not in json.dumps([{**s, "actor": 0} for s in statements_of(mia)])


def test_a_seek_has_its_start_and_end(learned, mia):
    jumps = [s["result"]["extensions"] for s in by_verb(statements_of(mia), "seeked")]
    ends = [(j[f"{VIDEO}/extensions/time-from"], j[f"{VIDEO}/extensions/time-to"]) for j in jumps]
    # At 10 it jumped 20 s forward; it played from 30 for 4 s, then at double speed for 3 s.
    assert ends == [(10.0, 30.0), (40.0, 35.0)]


def test_play_pause_and_speed_have_a_position(learned, mia):
    statements = statements_of(mia)
    at = f"{VIDEO}/extensions/time"
    assert [s["result"]["extensions"][at] for s in by_verb(statements, "played")] == [0.0, 30.0]
    assert [s["result"]["extensions"][at] for s in by_verb(statements, "paused")] == [10.0, 100.0]
    (slower,) = by_verb(statements, "interacted")
    assert slower["context"]["extensions"][f"{VIDEO}/extensions/speed"] == "2x"
    assert slower["result"]["extensions"][at] == 34.0
    for statement in by_verb(statements, "played"):
        assert statement["context"]["contextActivities"]["category"][0]["id"] == VIDEO


def test_a_sitting_has_a_start_an_end_and_played_segments(learned, mia):
    statements = statements_of(mia)
    (begun,), (over,) = by_verb(statements, "initialized"), by_verb(statements, "terminated")
    session = begun["context"]["extensions"][f"{VIDEO}/extensions/session-id"]
    assert session == over["context"]["extensions"][f"{VIDEO}/extensions/session-id"]
    assert (
        begun["context"]["extensions"][f"{VIDEO}/extensions/length"] == learned[0].video.duration_s
    )
    first, last = (s["result"]["extensions"] for s in by_verb(statements, "paused"))
    assert first[f"{VIDEO}/extensions/played-segments"] == "0[.]10"
    # 10 s, then 30 to 40 (the last 3 s of it at double speed), then 35 to the end.
    assert last[f"{VIDEO}/extensions/played-segments"] == "0[.]10[,]30[.]100"
    share = round(80 / learned[0].video.duration_s, 3)
    assert last[f"{VIDEO}/extensions/progress"] == share
    assert over["result"]["extensions"] == {**last, f"{VIDEO}/extensions/time": 100.0}


# What the video profile 1.0 requires of each verb, in result and context.
PROFILE = {
    "initialized": ((), ("session-id", "length")),
    "played": (("time",), ("session-id",)),
    "paused": (("time", "progress", "played-segments"), ("session-id",)),
    "seeked": (("time-from", "time-to"), ("session-id",)),
    "interacted": (("time",), ("session-id",)),
    "terminated": (("time", "progress", "played-segments"), ("session-id",)),
    "completed": (("time", "progress", "played-segments"), ("session-id",)),
}


def test_video_statements_follow_the_profile(learned, mia):
    of_video = [
        s for s in statements_of(mia) if s["object"]["definition"]["type"].startswith(VIDEO)
    ]
    assert {s["verb"]["id"].rpartition("/")[2] for s in of_video} == set(PROFILE)
    for statement in of_video:
        result, context = PROFILE[statement["verb"]["id"].rpartition("/")[2]]
        told_in = statement.get("result", {}).get("extensions", {})
        assert set(told_in) >= {f"{VIDEO}/extensions/{name}" for name in result}
        around = statement["context"]["extensions"]
        assert set(around) >= {f"{VIDEO}/extensions/{name}" for name in context}
        assert statement["context"]["contextActivities"]["category"][0]["id"] == VIDEO


def test_an_opened_quiz_counts_as_attempted(mia, now):
    quiz = factories.make_quiz_unit()
    sittings.open(mia, quiz, scenario="course", page=uuid.uuid4(), now=now)
    (attempted,) = statements_of(mia)
    assert attempted["verb"]["id"].endswith("/attempted")
    assert attempted["object"]["id"] == f"urn:uuid:{quiz.code}"


def test_an_answer_to_a_drawn_question_names_its_test(mia, now):
    test = make_test(mia, questions=0, random_questions=[{"tag": "loops", "count": 1}])
    fill_bank(test)
    take(mia, test, "5", now=now)
    (answer,) = by_verb(statements_of(mia), "answered")
    parents = answer["context"]["contextActivities"]["parent"]
    assert [each["id"] for each in parents] == [f"urn:uuid:{test.code}"]


def test_a_completion_has_the_watched_segments(learned, mia):
    quiz, done = by_verb(statements_of(mia), "completed")
    assert quiz["result"] == {"completion": True}
    assert done["result"]["completion"] is True
    segments = done["result"]["extensions"][f"{VIDEO}/extensions/played-segments"]
    assert segments == "0[.]10[,]30[.]100"


def test_an_answer_without_its_key_has_only_its_correctness(learned, mia):
    (answer,) = by_verb(statements_of(mia), "answered")
    assert answer["result"] == {"success": True, "duration": "PT1.5S", "response": "tea"}
    assert answer["object"]["definition"]["interactionType"] == "fill-in"
    open_keystore().destroy(mia.code, ["course"])
    (answer,) = by_verb(statements_of(mia), "answered")
    assert answer["result"] == {"success": True, "duration": "PT1.5S"}


def test_a_second_run_gives_the_same_statements(learned, mia, mallory):
    assert statements_of(mia) == statements_of(mia)
    assert statements_of(mallory) == []


@pytest.mark.parametrize(
    ("share", "scaled"), [("100/3", 0.3333), (99.999, 0.9999), (0.001, 0.0001)]
)
def test_a_share_is_never_rounded_to_none_or_all_of_the_points(mia, now, share, scaled):
    other = {"value": 4, "share": share, "feedback_html": ""}
    question = factories.make_question(other_answers=[other])
    responses.record(
        learner=mia, question=question, given="4", sitting=None, hints_used=0, elapsed_ms=1,
        draw=None, now=now,
    )  # fmt: skip
    (statement,) = by_verb(statements_of(mia), "answered")
    Draft202012Validator(STATEMENT).validate(statement)
    assert statement["result"]["score"] == {"scaled": scaled}
    assert statement["result"]["success"] is False
