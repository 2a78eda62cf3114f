"""The last section of each privacy notice: the controller, and the days of storage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Final

from accounts.site.site_facts import SiteFacts
from consent.legal_profiles.profile_parser import RetentionDays
from consent.stream_groups import SENSED_GROUPS

FOLDER: Final = Path(__file__).parent / "responsible_texts"


def write_part(
    facts: SiteFacts, days: RetentionDays | None, *, group: str, band: str, locale: str
) -> str | None:
    """Return the section that follows the notice of this group; "" without a named controller.

    None if the language has no such text, so that no incomplete notice is published.
    """
    if not facts.names_controller:
        return ""
    path = FOLDER / locale / f"{band}.md"
    return _fill(_read(path), _values(facts, days, group)) if path.exists() else None


def _values(facts: SiteFacts, days: RetentionDays | None, group: str) -> dict[str, str]:
    named = {name: getattr(facts, name) for name in ("controller", "contact", "officer")}
    if days is None:
        return named
    if group not in SENSED_GROUPS:
        return {**named, "pictures_alone": str(days.aggregates)}
    return {**named, **{name: str(count) for name, count in asdict(days).items()}}


def _fill(text: str, values: Mapping[str, str]) -> str:
    """Return the paragraphs for which every value is known, filled in."""
    filled = [part.format(**values) for part in text.split("\n\n") if _has_all(part, values)]
    return "\n" + "\n\n".join(filled) + "\n"


def _has_all(part: str, values: Mapping[str, str]) -> bool:
    return all(values.get(name) for _, name, _, _ in Formatter().parse(part) if name)


@cache
def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()
