"""Parser for legal profile files: typed, with closed keys, refused whole with a sentence (I-3).

An error names the file, the key and what was expected, because the files are written by hand.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from consent.scopes import PURPOSES, SOURCES

# From loose to strict: of two profiles the stricter value applies.
MINORS = ("alone", "guardian", "never")
SELF_REPORT = ("on", "off_by_default")
RULES_USE = ("yes", "log_only", "self_report_only")
INDIVIDUAL = ("shared", "never")
SILENT = ("practice", "graded")
ADULT = 18
LONGEST_STUDY_DAYS = 730
LONGEST_DAYS = 3650
DEFAULT = "default"
COUNTRY = r"[A-Z]{2}"
T = TypeVar("T")


class ProfileError(Exception):
    """The file of a legal profile is missing or contains something unknown."""


@dataclass(frozen=True, slots=True)
class RetentionDays:
    """Days after which raw Blocks, what was estimated from them, and class pictures are deleted."""

    blocks: int
    estimates: int
    aggregates: int

    def shorter(self, other: RetentionDays) -> RetentionDays:
        days = (min(getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return RetentionDays(*days)


@dataclass(frozen=True, slots=True)
class BlockReason:
    """Why something is off: a sentence for readers, and the legal article behind it."""

    text: str
    article: str


@dataclass(frozen=True, slots=True)
class AgeLimits:
    """The age from which a person decides alone, by country (ISO 3166, two letters)."""

    default: int
    by_country: Mapping[str, int]

    def alone(self, country: str | None) -> int:
        return self.by_country.get(country or "", self.default)

    def older(self, other: AgeLimits) -> AgeLimits:
        """Return for each country the higher of the two ages."""
        countries = {*self.by_country, *other.by_country}
        ages = {name: max(self.alone(name), other.alone(name)) for name in countries}
        return AgeLimits(max(self.default, other.default), ages)


@dataclass(frozen=True, slots=True)
class RegisteredStudy:
    """The one study of a site with profile `research_study`, as its ethics board approved it."""

    protocol: str
    approval: str
    investigator: str
    begins: date
    ends: date
    keep_days: int


class TomlTable:
    """One table of a TOML file, read key by key; keys that were not read are an error."""

    def __init__(self, data: Mapping[str, Any], place: str) -> None:
        self.data = dict(data)
        self.place = place

    def error(self, key: str, expected: str) -> ProfileError:
        found = repr(self.data[key])[:80] if key in self.data else "nothing"
        return ProfileError(f"{self.place}: {key}: expected {expected}, got {found}")

    def text(self, key: str, *, empty: bool = False) -> str:
        value = self.data.get(key)
        if not isinstance(value, str) or not (value or empty):
            raise self.error(key, "a text")
        return self._take(key, value)

    def number(self, key: str, low: int, high: int) -> int:
        value = self.data.get(key)
        if type(value) is not int or not low <= value <= high:
            raise self.error(key, f"a whole number from {low} to {high}")
        return self._take(key, value)

    def flag(self, key: str) -> bool:
        value = self.data.get(key)
        if not isinstance(value, bool):
            raise self.error(key, "true or false")
        return self._take(key, value)

    def day(self, key: str) -> date:
        value = self.data.get(key)
        if type(value) is not date:
            raise self.error(key, "a day such as 2027-03-31")
        return self._take(key, value)

    def word(self, key: str, words: Collection[str]) -> str:
        value = self.data.get(key)
        if not isinstance(value, str) or value not in words:
            raise self.error(key, f"one of {', '.join(words)}")
        return self._take(key, value)

    def words(self, key: str, words: Collection[str]) -> frozenset[str]:
        value = self.data.get(key)
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.error(key, f"a list of {', '.join(words)}")
        if not set(value) <= set(words):
            raise self.error(key, f"a list of {', '.join(words)}")
        return self._take(key, frozenset(value))

    def table(self, key: str) -> TomlTable:
        value = self.data.get(key)
        if not isinstance(value, dict):
            raise self.error(key, "a table")
        return TomlTable(self._take(key, value), f"{self.place}: {key}")

    def finish(self) -> None:
        for key in self.data:
            raise ProfileError(f"{self.place}: {key}: expected no such key")

    def _take(self, key: str, value: T) -> T:
        del self.data[key]
        return value


def read_profile(path: Path) -> dict[str, Any]:
    """Return the fields of a profile except its name. Raises ProfileError."""
    table = _open(path)
    found: dict[str, Any] = {
        "version": table.number("version", 1, 10_000),
        "title": table.text("title"),
        "summary": table.text("summary"),
        "banner": table.text("banner", empty=True),
        "exposure_notice": table.text("exposure_notice", empty=True),
        "minors": table.word("minors", MINORS),
        "self_report": table.word("self_report", SELF_REPORT),
        "rules_use": table.word("rules_use", RULES_USE),
        "silent_in": table.words("silent_in", SILENT),
        "teacher_aggregate": table.flag("teacher_aggregate"),
        "teacher_individual": table.word("teacher_individual", INDIVIDUAL),
        "floor_people": table.number("floor_people", 5, 1000),
        "floor_simulated": table.number("floor_simulated", 1, 1000),
        "needs_study": table.flag("needs_study"),
        "ages": _ages(table.table("age_alone")),
        "retention": _retention(table.table("retention_days")),
        "allow": _allow(table.table("allow")),
        "reasons": _reasons(table.table("reasons")),
    }
    if "graded" not in found["silent_in"]:
        raise ProfileError(f"{path.name}: silent_in: expected graded among them")
    table.finish()
    return found


def read_study(path: str | Path | None) -> RegisteredStudy | None:
    """Return the study in this file, or None without a file. Raises ProfileError."""
    if not path:
        return None
    table = _open(Path(path))
    found = RegisteredStudy(
        protocol=table.text("protocol"),
        approval=table.text("approval"),
        investigator=table.text("investigator"),
        begins=table.day("begins"),
        ends=table.day("ends"),
        keep_days=table.number("keep_days", 1, LONGEST_STUDY_DAYS),
    )
    table.finish()
    if found.ends < found.begins:
        raise ProfileError(f"{table.place}: ends: expected a day after it begins")
    return found


def _open(path: Path) -> TomlTable:
    try:
        return TomlTable(tomllib.loads(path.read_text(encoding="utf-8")), path.name)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(f"{path.name}: expected a file in TOML: {error}") from error


def _ages(table: TomlTable) -> AgeLimits:
    default = table.number(DEFAULT, 0, ADULT)
    countries = dict.fromkeys(table.data)
    for name in countries:
        if not re.fullmatch(COUNTRY, name):
            raise table.error(name, "a country of two capital letters")
    found = {name: table.number(name, 0, ADULT) for name in countries}
    return AgeLimits(default, found)


def _retention(table: TomlTable) -> RetentionDays:
    found = RetentionDays(*(table.number(f.name, 1, LONGEST_DAYS) for f in fields(RetentionDays)))
    table.finish()
    return found


def _allow(table: TomlTable) -> Mapping[str, frozenset[str]]:
    found = {
        name: table.words(name, source.purposes)
        for name, source in SOURCES.items()
        if name in table.data
    }
    table.finish()
    for name, purposes in found.items():
        if purposes and "adapt" in SOURCES[name].purposes and "adapt" not in purposes:
            raise ProfileError(f"{table.place}: {name}: expected adapt next to {sorted(purposes)}")
    return found


def _reasons(table: TomlTable) -> Mapping[str, BlockReason]:
    keys = [key for key in (*SOURCES, *PURPOSES, "biometric", DEFAULT) if key in table.data]
    found = {key: _reason(table.table(key)) for key in keys}
    table.finish()
    if DEFAULT not in found:
        raise table.error(DEFAULT, "a reason for what no other reason names")
    return found


def _reason(table: TomlTable) -> BlockReason:
    found = BlockReason(table.text("text"), table.text("article"))
    table.finish()
    return found
