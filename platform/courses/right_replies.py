"""A reply that is right, to a question of any kind."""

from __future__ import annotations

from courses.grading import Given
from courses.items import Item


def right_reply(item: Item) -> Given:
    """What answers the question right."""
    if item.kind == "cloze":
        return [f"{gap.id}={right_reply(gap.item)}" for gap in item.gaps]
    if item.kind == "match":
        return [f"{row.id}={row.match}" for row in item.choices]
    if item.kind == "order":
        return [row.id for row in item.choices]
    if item.kind == "multiple":
        return [choice.id for choice in item.choices if choice.correct]
    if item.kind == "single":
        return next((choice.id for choice in item.choices if choice.correct), "")
    unit = f" {item.units[0].name}" if item.units else ""
    return f"{item.answer}{unit}"
