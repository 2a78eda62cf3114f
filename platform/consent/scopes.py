"""The closed list of scopes: each Stream for each purpose, and the two of the account itself."""

from __future__ import annotations

from collections.abc import Iterable

from emotion.streams import Stream, load

PURPOSES = ("adapt", "teach", "research")
SITE_SCOPES = ("course", "identity")
STREAMS = load()


def scope(stream: str, purpose: str) -> str:
    """`scope("pointer", "adapt") == "pointer:adapt"`; an unknown part is a KeyError."""
    if stream not in STREAMS or purpose not in PURPOSES:
        raise KeyError(f"expected a stream and a purpose, got {stream!r} and {purpose!r}")
    return f"{stream}:{purpose}"


def split(name: str) -> tuple[Stream, str]:
    """The Stream and the purpose of a scope with Grants; anything else is a KeyError."""
    try:
        return _PARTS[name]
    except KeyError:
        raise KeyError(f"expected a scope such as pointer:adapt, got {name!r}") from None


def streams_of(names: Iterable[str]) -> tuple[str, ...]:
    """The Streams these scopes are of, each once, in the order in which they come."""
    return tuple(dict.fromkeys(name.partition(":")[0] for name in names))


_PARTS = {
    scope(name, purpose): (STREAMS[name], purpose) for name in STREAMS for purpose in PURPOSES
}
GRANT_SCOPES = tuple(scope(stream, purpose) for stream in STREAMS for purpose in PURPOSES)
RESEARCH_SCOPES = tuple(scope(stream, "research") for stream in STREAMS)
ADAPT_SCOPES = tuple(scope(stream, "adapt") for stream in STREAMS)
# Under whose keys something is kept; what is read for the class picture is sealed under none.
KEPT_SCOPES = (*ADAPT_SCOPES, *RESEARCH_SCOPES)
