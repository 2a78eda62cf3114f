"""Words for features, as `feature_words.json` has them: how each differs from the own opening.

A feature that is not in the file, or is listed under `unnamed`, is never named. What a course does
has no opening to compare with, so its features have no words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

WORDS_FILE = Path(__file__).with_name("feature_words.json")


@dataclass(frozen=True, slots=True)
class CueWords:
    """Features that mean the same to a person, and the words for more and for less of it.

    Attributes
    ----------
    signs : mapping from feature to 1 or -1
        -1 for a feature that is smaller when the others are larger.
    """

    signs: Mapping[str, int]
    higher: str
    lower: str

    @property
    def name(self) -> str:
        """Return the first feature, by which a stored cue is found again."""
        return next(iter(self.signs))


@dataclass(frozen=True, slots=True)
class StreamCues:
    """The words of one Stream: its source in one word, its cues, and what has no words."""

    source: str
    cues: tuple[CueWords, ...]
    unnamed: tuple[str, ...]


@cache
def load() -> Mapping[str, StreamCues]:
    """Return the words of every Stream that has any, by its name."""
    rows = json.loads(WORDS_FILE.read_text(encoding="utf-8"))
    return MappingProxyType({row["stream"]: _read_stream(row) for row in rows})


def find_cue(stream: str, name: str) -> CueWords:
    """Return the words of a stored cue; KeyError if it no longer has any."""
    for cue in load()[stream].cues:
        if cue.name == name:
            return cue
    raise KeyError(f"{stream}: expected a cue in {WORDS_FILE.name}, got {name!r}")


def _read_stream(row: Mapping[str, Any]) -> StreamCues:
    return StreamCues(row["source"], tuple(map(_read_cue, row["cues"])), tuple(row["unnamed"]))


def _read_cue(row: Mapping[str, Any]) -> CueWords:
    signs = {**dict.fromkeys(row["features"], 1), **dict.fromkeys(row.get("inverse", ()), -1)}
    return CueWords(signs, row["higher"], row["lower"])
