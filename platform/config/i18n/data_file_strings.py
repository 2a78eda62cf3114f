"""Translatable sentences of data files and packages without translation calls.

A file is listed with the keys whose texts are sentences; a module with the object that contains
them. Pages translate most of them, scripts some.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.i18n.extract import Message
from interventions import explain as decided


@dataclass(frozen=True, slots=True)
class DataFile:
    """The keys of these files whose texts are sentences of one catalogue."""

    pattern: str
    keys: tuple[str, ...]
    domain: str = "django"
    context: str = ""


FILES = (
    DataFile("artefacts/*/card.json", ("title",)),
    DataFile("emotion/models/*/meta.toml", ("title",)),
    DataFile("emotion/streams.json", ("short_name",), context="stream"),
    DataFile("emotion/streams.json", ("evidence", "device")),
    DataFile("emotion/feature_words.json", ("source", "higher", "lower"), context="cue"),
    DataFile("emotion/context.json", ("short_name",), context="stream"),
    DataFile("emotion/context.json", ("evidence",)),
    DataFile("emotion/streams.json", ("title", "inline", "stays", "label"), domain="djangojs"),
    DataFile("interventions/catalogue/*.json", ("title", "explain")),
    DataFile("interventions/signals.json", ("label", "says")),
    DataFile(
        "platform/consent/legal_profiles/*.toml",
        ("title", "banner", "exposure_notice", "text", "article"),
    ),
    DataFile("platform/stewardship/conformance/criteria.toml", ("limit",)),
)
MODULES: dict[str, object] = {
    "interventions/explain.py": [decided.NUMBER_WORDS, decided.ABSENCE_TEXTS, decided.SENTENCES],
}


def find_texts(root: Path, domain: str) -> Iterator[tuple[Message, str]]:
    """Yield each sentence of a catalogue with its file."""
    for source in FILES:
        if source.domain == domain:
            yield from _find_in(root, source)
    for place, content in MODULES.items() if domain == "django" else ():
        yield from ((Message(text), place) for text in _leaves(content))


def _find_in(root: Path, source: DataFile) -> Iterator[tuple[Message, str]]:
    for path in sorted(root.glob(source.pattern)):
        place = path.relative_to(root).as_posix()
        for text in _find_under(_read(path), source.keys):
            yield Message(text, context=source.context), place


def _read(path: Path) -> Any:
    text = path.read_text()
    return json.loads(text) if path.suffix == ".json" else tomllib.loads(text)


def _find_under(value: Any, keys: tuple[str, ...]) -> Iterator[str]:
    """Yield the texts under any of the keys, at any depth."""
    if isinstance(value, Mapping):
        for key, content in value.items():
            yield from _leaves(content) if key in keys else _find_under(content, keys)
    elif isinstance(value, list):
        for content in value:
            yield from _find_under(content, keys)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from [value] if value.strip() else []
    elif isinstance(value, Mapping):
        yield from _leaves(list(value.values()))
    elif isinstance(value, list | tuple):
        for content in value:
            yield from _leaves(content)
