"""Legal profiles: what this site may offer at all, read from `legal_profiles/<name>.toml`.

Deny by default: a Stream or purpose that the file does not name is blocked, and a file with an
unknown word is refused whole. Consent can never allow what the profile blocks (I-3, I-24).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from consent.scopes import PURPOSES, STREAMS, split

FOLDER = Path(__file__).parent / "legal_profiles"
MINORS = ("alone", "guardian")
NO_PROFILE = (
    "This site has not said which law it follows, so nothing about your body or your movements "
    "can be switched on."
)
NOT_OFFERED = "Not offered on this site."


class ProfileError(Exception):
    """The file of a legal profile is missing or says something this site does not know."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Days after which raw Blocks, what was estimated from them, and class pictures go."""

    blocks: int
    estimates: int
    aggregates: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is off: a sentence for everybody, and the article for who wants to check."""

    text: str
    article: str


@dataclass(frozen=True, slots=True)
class Profile:
    """One legal profile. `floor_people` real people make a group that may be shown."""

    name: str
    version: int
    title: str
    banner: str
    minors: str
    teacher_aggregate: bool
    floor_people: int
    floor_simulated: int
    retention: Retention
    allow: Mapping[str, frozenset[str]]
    reasons: Mapping[str, Reason]

    def allows(self, scope: str) -> bool:
        stream, purpose = split(scope)
        return purpose in self.allow.get(stream.name, frozenset())

    def reason(self, scope: str) -> Reason:
        """Why this is off: said for the Stream, else for its kind or purpose, else in general."""
        stream, purpose = split(scope)
        kind = "biometric" if stream.biometric else purpose
        return self.reasons.get(stream.name) or self.reasons.get(kind) or self.reasons["default"]


def current() -> Profile | None:
    """The profile this site runs under, or None where nobody has chosen one."""
    name = settings.LEGAL_PROFILE
    return load(FOLDER / f"{name}.toml") if name else None


@lru_cache(maxsize=16)
def load(path: Path) -> Profile:
    """Read and check one file; raises ProfileError naming the file and what was expected."""
    try:
        return _profile(tomllib.loads(path.read_text(encoding="utf-8")), path.stem)
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise ProfileError(f"{path.name}: {error!r}") from error


def _profile(data: dict[str, Any], name: str) -> Profile:
    allow = {stream: frozenset(purposes) for stream, purposes in data.pop("allow").items()}
    _known("stream", allow, STREAMS)
    for purposes in allow.values():
        _known("purpose", purposes, PURPOSES)
        if purposes and "adapt" not in purposes:
            raise ValueError(f"expected adapt beside {sorted(purposes)}")
    reasons = {key: Reason(**reason) for key, reason in data.pop("reasons").items()}
    _known("reason", reasons, {*STREAMS, *PURPOSES, "biometric", "default"})
    reasons["default"]
    _known("rule for minors", [data["minors"]], MINORS)
    retention = Retention(**data.pop("retention_days"))
    return Profile(name=name, retention=retention, allow=allow, reasons=reasons, **data)


def _known(what: str, given: Any, expected: Any) -> None:
    if strange := sorted(set(given) - set(expected)):
        raise ValueError(f"expected a {what} of {sorted(expected)}, got {strange}")
