"""Memory of a Skill from its answers, stored with its mastery and sealed with it (I-4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from courses.models import Response
from emotion.knowledge import spaced_repetition
from emotion.knowledge.spaced_repetition import Memory, Recall


def read_memory(stored: Mapping[str, float]) -> Memory | None:
    """Return the stored memory; None before the first right answer."""
    if "due" not in stored:
        return None
    due, last_right, reviewed = (
        datetime.fromtimestamp(stored[name], UTC) for name in ("due", "last_right", "reviewed")
    )
    return Memory(due, last_right, reviewed, stored["stability"], stored["difficulty"])


def update_memory(
    stored: Mapping[str, float], response: Response, *, first: bool
) -> dict[str, float]:
    """Return the figures updated by this answer; `first` = the first to its question."""
    if not (response.correct or first):
        # Another wrong answer to the same question says nothing new about the memory of its skill.
        return dict(stored)
    assisted = response.hints_used > 0 or not first
    recall = Recall(response.answered_at, response.correct, assisted)
    memory = spaced_repetition.update(read_memory(stored), recall)
    return {**stored, **(_figures(memory) if memory else {})}


def _figures(memory: Memory) -> dict[str, float]:
    return {
        "due": memory.due.timestamp(),
        "last_right": memory.last_right.timestamp(),
        "reviewed": memory.reviewed.timestamp(),
        "stability": memory.stability,
        "difficulty": memory.difficulty,
    }
