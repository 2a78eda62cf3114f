"""The groups of the consent page: one switch per purpose, one Grant per source (rulings 4)."""

from __future__ import annotations

from types import MappingProxyType

from consent.scopes import REPORTS, SOURCES, STREAMS, scope

# In the order of the consent page; each Stream names its group in emotion/streams.json.
_SENSED = ("camera", "skin", "wearable", "hands", "activity")
SENSED_GROUPS = MappingProxyType(
    {
        group: tuple(name for name, each in STREAMS.items() if each.group == group)
        for group in _SENSED
    }
)
GROUPS = MappingProxyType({**SENSED_GROUPS, "reports": (REPORTS,)})
_OF_SOURCE = {source: group for group, sources in GROUPS.items() for source in sources}


def group_of(source: str) -> str:
    """Return the group whose notice covers this Stream, or reports."""
    return _OF_SOURCE[source]


def purposes_of(group: str) -> tuple[str, ...]:
    """Return the purposes this group may be used for."""
    return SOURCES[GROUPS[group][0]].purposes


def first_purpose(group: str) -> str:
    """Return the purpose that the group's other purposes require."""
    return purposes_of(group)[0]


def first_scope(group: str) -> str:
    """Return the scope by which the legal profile is checked for the whole group."""
    return scopes_of(group, first_purpose(group))[0]


def scopes_of(group: str, purpose: str) -> tuple[str, ...]:
    """Return the scopes behind one switch; none if the group is not used for this purpose."""
    return tuple(scope(each, purpose) for each in GROUPS[group] if purpose in purposes_of(group))


if set(_OF_SOURCE) != set(SOURCES):
    raise RuntimeError(f"expected each source in one group, got {sorted(_OF_SOURCE)}")
