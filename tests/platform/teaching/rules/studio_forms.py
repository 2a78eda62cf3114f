"""The form fields that a browser sends for an unchanged sentence, and for built-in rules."""

from __future__ import annotations

import re

NEW = "/teach/algebra/rules/new/"
R2 = "/teach/algebra/rules/R2/"
R1 = "/teach/algebra/rules/R1/"
R1_FIELDS = {
    "shape": "1,2",
    "signal-0-0": "wrong_on_item",
    "op-0-0": ">=",
    "value-0-0": "2",
    "signal-1-0": "course_idle_s",
    "op-1-0": ">=",
    "value-1-0": "20",
    "signal-1-1": "rewinds_60s",
    "op-1-1": ">=",
    "value-1-1": "2",
    "kind-0": "hint",
    "kind-1": "worked_step",
}
R2_FIELDS = {
    "shape": "1,1",
    "signal-0-0": "confusion",
    "op-0-0": ">=",
    "value-0-0": "0.55",
    "signal-1-0": "wrong_on_item",
    "op-1-0": ">=",
    "value-1-0": "1",
    "kind-0": "hint",
}
WRONG = {
    "shape": "1",
    "signal-0-0": "wrong_on_item",
    "op-0-0": ">=",
    "value-0-0": "3",
    "kind-0": "hint",
}


def fields_of(sentence) -> dict[str, str]:
    rows = [row for clause in sentence.clauses for row in clause.rows]
    slots = [slot for row in rows for slot in (*row.slots, row.exit)]
    slots += [sentence.dwell, sentence.cooldown, sentence.cap, sentence.per, *sentence.offers]
    fields = {"shape": sentence.shape}
    for slot in filter(None, slots):
        fields[slot.name] = next(option.value for option in slot.options if option.chosen)
    return fields | {box.name: "on" for box in sentence.never if box.on}


def post(teacher, url, act="check", **fields):
    return teacher.post(url, {**WRONG, **fields, "act": act})


def page_of(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def replay_of(teacher, **fields):
    return page_of(post(teacher, R1, "replay", **R1_FIELDS, **fields))


def part(teacher, row):
    return page_of(teacher.get(f"/teach/algebra/rules/replays/{row.pk}/"))
