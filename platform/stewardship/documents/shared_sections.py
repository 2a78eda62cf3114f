"""Sections shared by several documents."""

from __future__ import annotations

from typing import Final

from consent.scopes import PURPOSES
from data_inventory import DELETE, WITH_SCOPES, ColumnKind, Holding
from data_inventory.declaration import options_of
from emotion.streams import Stream
from privacy.export.category_labels import days_kept, label_of
from stewardship.documents.current_config import RunningConfig
from stewardship.documents.markdown import join_or_none, table, to_fill
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


def document_head(config: RunningConfig, title: str, what: str) -> list[str]:
    profile = config.profile
    law = f"{profile.title}, version {profile.version}" if profile else "none chosen"
    return [
        f"# {title}",
        what,
        f"Generated from the running configuration of {config.site} on "
        f"{config.at:%Y-%m-%d %H:%M} UTC. "
        f"Legal profile in force: {law}. This is not legal advice.",
        *_responsible_lines(config),
    ]


def _responsible_lines(config: RunningConfig) -> list[str]:
    """Return the recorded controller and contacts, with a placeholder for the rest."""
    facts = config.facts
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


def streams_table(config: RunningConfig) -> str:
    return table(
        ["Type of data", "Biometric", "Channels", "Consent can be asked for"],
        [
            (
                stream.name,
                "yes" if stream.biometric else "no",
                _channels(stream),
                _consent_purposes(config, stream),
            )
            for stream in config.streams.values()
        ],
    )


def limits_table(config: RunningConfig) -> str:
    """Return the limits of the legal profile other than the allowed scopes."""
    if config.profile is None:
        return "No legal profile is in force: no biometric data can be switched on."
    rows = [(name, text) for name, text in limits_of(config.profile).items() if text]
    return table(["What", "Rule"], rows)


def people_tables(config: RunningConfig) -> str:
    """Return every table about people, with all columns."""
    return table(
        ["Table", "What it stores", "Columns", "Kept", "Deleted by", "In a person's copy"],
        [
            (
                f"`{options_of(holding.model).db_table}`",
                label_of(holding.category),
                _columns(holding),
                format_retention(holding, config),
                _deletion_method(holding),
                "yes" if holding.export else "no",
            )
            for holding in about_people(config)
        ],
    )  # fmt: skip


def about_people(config: RunningConfig) -> list[Holding]:
    return [holding for holding in config.holdings if holding.subject is not None]


def format_retention(holding: Holding, config: RunningConfig) -> str:
    """Return the retention period, from the legal profile or else from the declaration."""
    days = days_kept(holding.category, config.profile)
    if days is not None:
        return f"{days} days"
    return "as long as the account" if holding.retain is None else holding.retain


def _deletion_method(holding: Holding) -> str:
    if holding.erase is WITH_SCOPES:
        return "deleting the record, with the account or with any consent it was made from"
    return "deleting the record" if holding.erase is DELETE else "its own function"


def _columns(holding: Holding) -> str:
    return join_or_none(f"{name} ({KIND_WORDS[kind]})" for name, kind in holding.columns.items())


def _channels(stream: Stream) -> str:
    named = join_or_none(
        f"{channel.name} [{channel.unit}]" if channel.unit else channel.name
        for channel in stream.channels
    )
    return named if stream.channels else "as the bridge describes them"


def _consent_purposes(config: RunningConfig, stream: Stream) -> str:
    """Return the purposes that the profile allows, or the reason why there are none."""
    names = [f"{stream.name}:{purpose}" for purpose in PURPOSES]
    if config.profile is None:
        return "nothing: no legal profile" if stream.biometric else str(PURPOSE_WORDS["adapt"])
    allowed = [name for name in names if config.profile.allows(name)]
    if allowed:
        return join_or_none(str(PURPOSE_WORDS[name.partition(":")[2]]) for name in allowed)
    reason = config.profile.reason(names[0])
    return f"nothing. {reason.text} ({reason.article})"
