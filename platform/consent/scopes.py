"""The closed list of scopes: each Stream for each purpose, reports, and the account's own two.

The database knows only the form of a scope (ADR 0061); the list is enforced here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from emotion.streams import load

PURPOSES = ("adapt", "teach", "research")
SITE_SCOPES = ("course", "identity")
STREAMS = load()
REPORTS = "reports"
# The form of a Stream's name in CHECK constraints, without the one source that is not a Stream.
STREAM_FORM = rf"(?!{REPORTS})[a-z][a-z0-9_]{{0,11}}"
STREAM_PATTERN = f"^{STREAM_FORM}$"


@dataclass(frozen=True, slots=True)
class ScopeSource:
    """What a scope is about: a Stream, or `reports`, what Learners report about themselves.

    Reports are collected as part of the course, so only their use in class pictures needs consent.
    `guarded`: minors need their Guardian's consent too, if the profile says so.
    """

    name: str
    biometric: bool
    guarded: bool
    purposes: tuple[str, ...] = PURPOSES


SOURCES = {
    **{name: ScopeSource(name, each.biometric, each.biometric) for name, each in STREAMS.items()},
    REPORTS: ScopeSource(REPORTS, biometric=False, guarded=True, purposes=("teach",)),
}


def scope(source: str, purpose: str) -> str:
    """Return a scope name: `scope("pointer", "adapt") == "pointer:adapt"`. Raises KeyError."""
    if source not in SOURCES or purpose not in SOURCES[source].purposes:
        raise KeyError(f"expected a stream and a purpose, got {source!r} and {purpose!r}")
    return f"{source}:{purpose}"


def split(name: str) -> tuple[ScopeSource, str]:
    """Return source and purpose of a scope that has Grants. Raises KeyError for any other name."""
    try:
        return _PARTS[name]
    except KeyError:
        raise KeyError(f"expected a scope such as pointer:adapt, got {name!r}") from None


def required_scope(name: str) -> str:
    """Return the scope that must be on for this one to count: a Stream's `adapt`, else itself."""
    source, _ = split(name)
    return scope(source.name, "adapt") if "adapt" in source.purposes else name


def streams_of(names: Iterable[str]) -> tuple[str, ...]:
    """Return the Streams of these scopes, each once, in the given order."""
    return tuple(dict.fromkeys(name.partition(":")[0] for name in names))


def scope_pattern(*purposes: str, reports: bool = False) -> str:
    """Return the form of a Stream's scopes for these purposes, anchored, for CHECK constraints.

    `reports`: `reports:teach` is allowed too.
    """
    streams = f"{STREAM_FORM}:({'|'.join(purposes)})"
    return f"^({streams}|{REPORTS_TEACH})$" if reports else f"^{streams}$"


_PARTS = {
    scope(name, purpose): (source, purpose)
    for name, source in SOURCES.items()
    for purpose in source.purposes
}
GRANT_SCOPES = tuple(_PARTS)
RESEARCH_SCOPES = tuple(scope(stream, "research") for stream in STREAMS)
ADAPT_SCOPES = tuple(scope(stream, "adapt") for stream in STREAMS)
REPORTS_TEACH = scope(REPORTS, "teach")
# Scopes whose keys seal stored data; class pictures are not sealed under any.
KEPT_SCOPES = (*ADAPT_SCOPES, *RESEARCH_SCOPES)
