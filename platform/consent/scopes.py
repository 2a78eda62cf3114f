"""The closed list of scopes: each Stream for each purpose, what Learners report for the class
picture, and the two of the account itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from emotion.streams import load

PURPOSES = ("adapt", "teach", "research")
SITE_SCOPES = ("course", "identity")
STREAMS = load()
REPORTS = "reports"


@dataclass(frozen=True, slots=True)
class Source:
    """What a scope is about: a Stream, or `reports`, what Learners say of themselves.

    Reports are collected as part of the course, so only their use in class pictures is asked for.
    `guarded`: people under age need their Guardian's yes, too, where the profile says so.
    """

    name: str
    biometric: bool
    guarded: bool
    purposes: tuple[str, ...] = PURPOSES


SOURCES = {
    **{name: Source(name, each.biometric, each.biometric) for name, each in STREAMS.items()},
    REPORTS: Source(REPORTS, biometric=False, guarded=True, purposes=("teach",)),
}


def scope(source: str, purpose: str) -> str:
    """`scope("pointer", "adapt") == "pointer:adapt"`; an unknown part is a KeyError."""
    if source not in SOURCES or purpose not in SOURCES[source].purposes:
        raise KeyError(f"expected a stream and a purpose, got {source!r} and {purpose!r}")
    return f"{source}:{purpose}"


def split(name: str) -> tuple[Source, str]:
    """The source and the purpose of a scope with Grants; anything else is a KeyError."""
    try:
        return _PARTS[name]
    except KeyError:
        raise KeyError(f"expected a scope such as pointer:adapt, got {name!r}") from None


def leans_on(name: str) -> str:
    """The scope that must be on for this one to count: a Stream's `adapt`, else itself."""
    source, _ = split(name)
    return scope(source.name, "adapt") if "adapt" in source.purposes else name


def streams_of(names: Iterable[str]) -> tuple[str, ...]:
    """The Streams these scopes are of, each once, in the order in which they come."""
    return tuple(dict.fromkeys(name.partition(":")[0] for name in names))


_PARTS = {
    scope(name, purpose): (source, purpose)
    for name, source in SOURCES.items()
    for purpose in source.purposes
}
GRANT_SCOPES = tuple(_PARTS)
STREAM_SCOPES = tuple(name for name, (source, _) in _PARTS.items() if source.name in STREAMS)
RESEARCH_SCOPES = tuple(scope(stream, "research") for stream in STREAMS)
ADAPT_SCOPES = tuple(scope(stream, "adapt") for stream in STREAMS)
REPORTS_TEACH = scope(REPORTS, "teach")
# Under whose keys something is kept; what is read for the class picture is sealed under none.
KEPT_SCOPES = (*ADAPT_SCOPES, *RESEARCH_SCOPES)
