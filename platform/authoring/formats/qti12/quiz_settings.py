"""The settings of a Canvas quiz (`assessment_meta.xml`): title, dates, attempts and time limit."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from django.utils.translation import gettext_noop as _

from authoring.formats import unsupported_messages
from authoring.formats.olx.sequence_policy import MAX_ATTEMPTS, read_moment
from authoring.formats.text.safe_xml import XmlNode

SCENARIOS = {"assignment": "graded", "practice_quiz": "practice"}
_COUNT = re.compile(r"[1-9]\d{0,4}")
# Settings that are counted where they are not empty, false or zero.
_UNSUPPORTED = (
    "description", "lock_at", "shuffle_answers", "access_code", "ip_filter",
    "one_question_at_a_time", "cant_go_back", "require_lockdown_browser", "show_correct_answers_at",
    "hide_correct_answers_at", "hide_results", "assignment_overrides",
)  # fmt: skip
# Settings that are counted where they differ from what happens here.
_USUAL = {"show_correct_answers": "true", "scoring_policy": "keep_highest"}
_OFF = ("", "false", "0", "0.0")


def value_of(meta: XmlNode, name: str) -> str:
    """Return the first value of a setting that is not empty, of the quiz or its assignment."""
    return next((text for node in meta.all(name) if (text := node.text())), "")


def read_settings(meta: XmlNode, left_out: Counter[str]) -> dict[str, Any]:
    """Return the settings of a quiz as in course.json."""
    for name in _UNSUPPORTED:
        is_used = value_of(meta, name).lower() not in _OFF
        left_out[unsupported_messages.OF_A_TEST.format(name=name)] += is_used
    for name, usual in _USUAL.items():
        is_other = value_of(meta, name).lower() not in ("", usual)
        left_out[unsupported_messages.OF_A_TEST.format(name=name)] += is_other
    scenario = SCENARIOS.get(value_of(meta, "quiz_type"), "course")
    opens, due = read_moment(value_of(meta, "unlock_at")), read_moment(value_of(meta, "due_at"))
    if opens and due and opens >= due:
        left_out[_("start date of a sequence that is not before its due date")] += 1
        opens = ""
    found: dict[str, Any] = {"due_at": due} if due else {}
    limits = {
        "opens_at": opens,
        "attempts": _read_count(meta, "allowed_attempts", MAX_ATTEMPTS),
        "time_limit_s": _read_count(meta, "time_limit", 99_999) * 60,
    }
    if scenario == "course":
        for name, value in limits.items():
            left_out[unsupported_messages.OF_A_TEST.format(name=name)] += bool(value)
        return found
    return found | {"scenario": scenario} | {name: one for name, one in limits.items() if one}


def _read_count(meta: XmlNode, name: str, most: int) -> int:
    text = value_of(meta, name)
    return min(int(text), most) if _COUNT.fullmatch(text) else 0
