"""What a Window may hold of the course, as `context.json` names it; nothing of it is sensed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from emotion.streams import StreamWords, stream

CONTEXT_FILE = Path(__file__).with_name("context.json")


@cache
def load() -> Mapping[str, StreamWords]:
    """Return the words for people of each part of the context, by its name."""
    rows = json.loads(CONTEXT_FILE.read_text(encoding="utf-8"))
    return MappingProxyType({row["name"]: StreamWords(**row["words"]) for row in rows})


def words_of_input(name: str) -> StreamWords:
    """Return the words of a Stream or of a part of the context; KeyError if it is neither."""
    return load()[name] if name in load() else stream(name).words
