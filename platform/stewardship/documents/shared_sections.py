"""Sections that more than one document needs."""

from __future__ import annotations

from typing import Final

from consent.scopes import PURPOSES
from data_inventory import DELETE, WITH_SCOPES, ColumnKind, Holding
from data_inventory.declaration import options_of
from emotion.streams import Stream
from privacy.export.category_labels import days_kept, label_of
from stewardship.documents.current_config import Live
from stewardship.documents.markdown import joined, table, to_fill
from stewardship.legal_profile.summary import PURPOSE_WORDS, limits_of

KIND_WORDS: Final = {
    ColumnKind.SEALED: "encrypted",
    ColumnKind.CLOCK: "time",
    ColumnKind.CODE: "code",
    ColumnKind.NUMBER: "number",
    ColumnKind.LINK: "link",
    ColumnKind.DIGEST: "digest",
    ColumnKind.PUBLIC: "public text",
}


def head(live: Live, title: str, what: str) -> list[str]:
    profile = live.profile
    law = f"{profile.title}, version {profile.version}" if profile else "none chosen"
    return [
        f"# {title}",
        what,
        f"Generated from the running configuration of {live.site} on {live.at:%Y-%m-%d %H:%M} UTC. "
        f"Legal profile in force: {law}. This is not legal advice.",
        *_responsible(live),
    ]


def _responsible(live: Live) -> list[str]:
    """Who is responsible, as recorded for the site, and what is left to be filled in."""
    facts = live.facts
    if not facts.names_controller:
        return [
            to_fill("name and contact of the controller and of the data protection officer; who "
                    "approved this document, and when it will be reviewed."),
        ]  # fmt: skip
    officer = facts.officer or "none named"
    return [
        f"Controller: {facts.controller}",
        f"Contact: {facts.contact}",
        f"Data protection officer: {officer}",
        to_fill("who approved this document, and when it will be reviewed."),
    ]


def streams_table(live: Live) -> str:
    return table(
        ["Type of data", "Biometric", "Channels", "Consent can be asked for"],
        [
            (
                stream.name,
                "yes" if stream.biometric else "no",
                _channels(stream),
                _asked(live, stream),
            )
            for stream in live.streams.values()
        ],
    )


def limits_table(live: Live) -> str:
    """What the legal profile says beside what may be asked for."""
    if live.profile is None:
        return "No legal profile is in force: no biometric data can be switched on."
    rows = [(name, said) for name, said in limits_of(live.profile).items() if said]
    return table(["What", "Rule"], rows)


def people_tables(live: Live) -> str:
    """Every table about people, with every column."""
    return table(
        ["Table", "What it stores", "Columns", "Kept", "Deleted by", "In a person's copy"],
        [
            (
                f"`{options_of(holding.model).db_table}`",
                label_of(holding.category),
                _columns(holding),
                kept(holding, live),
                _forgotten_by(holding),
                "yes" if holding.export else "no",
            )
            for holding in about_people(live)
        ],
    )  # fmt: skip


def about_people(live: Live) -> list[Holding]:
    return [holding for holding in live.holdings if holding.subject is not None]


def kept(holding: Holding, live: Live) -> str:
    """How long, by the legal profile where it says so, else by the declaration."""
    days = days_kept(holding.category, live.profile)
    if days is not None:
        return f"{days} days"
    return "as long as the account" if holding.retain is None else holding.retain


def _forgotten_by(holding: Holding) -> str:
    if holding.erase is WITH_SCOPES:
        return "deleting the record, with the account or with any consent it was made from"
    return "deleting the record" if holding.erase is DELETE else "its own function"


def _columns(holding: Holding) -> str:
    return joined(f"{name} ({KIND_WORDS[kind]})" for name, kind in holding.columns.items())


def _channels(stream: Stream) -> str:
    named = joined(
        f"{channel.name} [{channel.unit}]" if channel.unit else channel.name
        for channel in stream.channels
    )
    return named if stream.channels else "as the bridge describes them"


def _asked(live: Live, stream: Stream) -> str:
    """The purposes the profile leaves, or why there are none."""
    names = [f"{stream.name}:{purpose}" for purpose in PURPOSES]
    if live.profile is None:
        return "nothing: no legal profile" if stream.biometric else str(PURPOSE_WORDS["adapt"])
    allowed = [name for name in names if live.profile.allows(name)]
    if allowed:
        return joined(str(PURPOSE_WORDS[name.partition(":")[2]]) for name in allowed)
    reason = live.profile.reason(names[0])
    return f"nothing. {reason.text} ({reason.article})"
