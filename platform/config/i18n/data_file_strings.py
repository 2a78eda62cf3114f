"""Sentences of files and packages that know nothing of translation; pages translate them.

A file is named with the keys under which every text is a sentence; a module with what it holds.
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


def texts(root: Path) -> Iterator[tuple[str, str]]:
    """Each sentence with the file it stands in."""
    for pattern, keys in FILES.items():
        for path in sorted(root.glob(pattern)):
            place = path.relative_to(root).as_posix()
            yield from ((text, place) for text in _under(_read(path), keys))
    for place, held in MODULES.items():
        yield from ((text, place) for text in _leaves(held))


def _read(path: Path) -> Any:
    text = path.read_text()
    return json.loads(text) if path.suffix == ".json" else tomllib.loads(text)


def _under(value: Any, keys: tuple[str, ...]) -> Iterator[str]:
    """What stands under one of the keys, however deep that key stands."""
    if isinstance(value, Mapping):
        for key, held in value.items():
            yield from _leaves(held) if key in keys else _under(held, keys)
    elif isinstance(value, list):
        for held in value:
            yield from _under(held, keys)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from [value] if value.strip() else []
    elif isinstance(value, Mapping):
        yield from _leaves(list(value.values()))
    elif isinstance(value, list | tuple):
        for held in value:
            yield from _leaves(held)
