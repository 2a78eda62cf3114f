"""Ids of options, by which a stored answer refers to a choice, a row, a part or a gap.

An id is never given to another option. A form draws new ones at random. A file of a format without
ids derives them from the texts, so that importing it again finds the same options.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from courses.questions import gap_marks

LENGTH: Final = 10


def ids_of_texts(texts: Iterable[str], prefix: str = "") -> list[str]:
    """Return one id for each text: equal texts have equal ids, a repeated one gets a number."""
    seen: Counter[str] = Counter()
    ids = []
    for text in texts:
        seen[text] += 1
        digest = hashlib.sha256(text.strip().encode()).hexdigest()[:LENGTH]
        ids.append(f"{prefix}{digest}" + (f"-{seen[text]}" if seen[text] > 1 else ""))
    return ids


def ids_of_gaps(words: Iterable[str]) -> list[str]:
    """Return one id for each gap, from the words before it; a new answer changes no id."""
    return ids_of_texts((" ".join(each.split()) for each in words), "g")


def draw_id(taken: Collection[str] = ()) -> str:
    """Return a random id that is not in `taken`."""
    while (id := uuid.uuid4().hex[:LENGTH]) in taken:
        pass
    return id


def complete_ids(ids: Sequence[str]) -> list[str]:
    """Return the ids with new ones for blank and repeated ones; the first occurrence stays."""
    found: list[str] = []
    for id in ids:
        found.append(id if id and id not in found else draw_id({*ids, *found}))
    return found


def keep_ids_by_text(before: Iterable[Mapping[str, str]], texts: Sequence[str]) -> list[str]:
    """Return ids for texts without any: that of the same text before, else a new one."""
    known = {row["text"]: row["id"] for row in before}
    return complete_ids([known.get(text, "") for text in texts])


def with_text_ids(question: Mapping[str, Any]) -> dict[str, Any]:
    """Return the question with ids from its texts, for a format whose readers ignore ids."""
    choices, parts = question.get("choices", ()), question.get("parts", ())
    named = dict(question)
    if choices:
        ids = ids_of_texts(row["text"] for row in choices)
        named["choices"] = [dict(row) | {"id": id} for row, id in zip(choices, ids, strict=True)]
    if any("kind" in part for part in parts):
        ids = ids_of_gaps(gap_marks.split_at_gaps(question["prompt"])[:-1:2])
        named["prompt"] = gap_marks.rename_gaps(question["prompt"], ids)
        named["parts"] = [
            with_text_ids(gap) | {"id": id} for gap, id in zip(parts, ids, strict=True)
        ]
    elif parts:
        ids = ids_of_texts((part["text"] for part in parts), "p")
        named["parts"] = [dict(part) | {"id": id} for part, id in zip(parts, ids, strict=True)]
        new = {part["id"]: id for part, id in zip(parts, ids, strict=True)}
        for row in named["choices"]:
            row["match"] = new[row["match"]]
    return named
