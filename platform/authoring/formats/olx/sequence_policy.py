"""How a sequence is taken: graded or not, opening and due dates, attempts, time limit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_noop as _

from authoring.formats.text.safe_xml import XmlNode

MAX_ATTEMPTS = 32_767


def read_settings(
    sequence: XmlNode, problems: Sequence[XmlNode], left_out: Counter[str]
) -> dict[str, Any]:
    """Return the settings of a quiz as in course.json."""
    opens, due = read_moment(sequence.get("start")), read_moment(sequence.get("due"))
    if opens and due and opens >= due:
        left_out[_("start date of a sequence that is not before its due date")] += 1
        opens = ""
    scenario = scenario_of(sequence)
    found: dict[str, Any] = {"scenario": scenario} if scenario != "course" else {}
    found |= {"opens_at": opens} if opens and scenario != "course" else {}
    found |= {"due_at": due} if due else {}
    attempts = {node.get("max_attempts") for node in problems}
    numbers = sorted(int(one) for one in attempts if re.fullmatch(r"[1-9]\d{0,4}", one))
    if numbers and scenario == "course":
        left_out[_("max_attempts of a problem that is not in a test")] += 1
    elif numbers:
        left_out[_("different values of max_attempts in one test (the lowest is used)")] += (
            len(attempts) > 1
        )
        found["attempts"] = min(numbers[0], MAX_ATTEMPTS)
    minutes = sequence.get("default_time_limit_minutes")
    if re.fullmatch(r"[1-9]\d{0,4}", minutes) and scenario != "course":
        found["time_limit_s"] = int(minutes) * 60
    return found


def scenario_of(sequence: XmlNode) -> str:
    """Return "graded" for a graded sequence, "practice" for a practice exam, else "course"."""
    practice = sequence.get("is_practice_exam").lower() == "true"
    if practice or sequence.get("format").lower() == "practice":
        return "practice"
    return "graded" if sequence.get("graded").lower() == "true" else "course"


def read_moment(text: str) -> str:
    """Return an ISO time with its zone (UTC by default); "" for other text."""
    text = text.strip().strip('"').strip()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return ""
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return found.astimezone(UTC).isoformat() if 1970 < found.year < 3000 else ""
