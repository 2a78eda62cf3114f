"""Translatable sentences of data files and packages without translation calls.

A file is listed with the keys whose texts are sentences; a module with the object that contains
them.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from emotion import explain as noticed
from interventions import explain as decided

FILES: dict[str, tuple[str, ...]] = {
    "artefacts/*/card.json": ("title",),
    "interventions/catalogue/*.json": ("title", "explain"),
    "interventions/signals.json": ("label", "says"),
    "platform/consent/legal_profiles/*.toml": (
        *("title", "banner", "exposure_notice", "text", "article"),
    ),
    "platform/stewardship/conformance/criteria.toml": ("limit",),
}
MODULES: dict[str, object] = {
    "emotion/explain.py": noticed.WORDS,
    "interventions/explain.py": [decided.NUMBER_WORDS, decided.ABSENCE_TEXTS, decided.SENTENCES],
}


def find_texts(root: Path) -> Iterator[tuple[str, str]]:
    """Yield each sentence with its file."""
    for pattern, keys in FILES.items():
        for path in sorted(root.glob(pattern)):
            place = path.relative_to(root).as_posix()
            yield from ((text, place) for text in _find_under(_read(path), keys))
    for place, content in MODULES.items():
        yield from ((text, place) for text in _leaves(content))


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
