"""The record of processing activities (GDPR Article 30(1))."""

from __future__ import annotations

from collections import defaultdict

from django.conf import settings

from data_inventory import Holding
from data_inventory.declaration import options_of
from privacy.export.category_labels import label_of
from stewardship.documents.current_config import RunningConfig
from stewardship.documents.markdown import bullets, join_or_none, table, to_fill
from stewardship.documents.recipients import recipients_table
from stewardship.documents.shared_sections import (
    about_people,
    document_head,
    format_retention,
    people_tables,
)

BASES = {
    "adapt": "consent (Articles 6(1)(a), 9(2)(a))",
    "teach": "consent (Articles 6(1)(a), 9(2)(a))",
    "course": "taking part in the course",
    "identity": "taking part in the course",
}


def processing_record(config: RunningConfig) -> list[str]:
    return [
        *document_head(
            config, "Record of processing activities", "Kept under Article 30(1) of the GDPR."
        ),
        "## Purposes and lawful bases",
        _activities_table(config),
        to_fill("the lawful basis of the course in this institution, with the provision of law."),
        "## People and data",
        f"Categories of people: {join_or_none(config.roles)}.",
        people_tables(config),
        "## Recipients and transfers",
        "Pages load nothing from other servers, and the program sends personal data only to "
        "servers named in the settings of this site:",
        recipients_table(),
        to_fill("who runs the server and its backups (processors, with contracts); transfers to "
                "third countries with their safeguards, or that there are none."),
        "## Time limits",
        table(["Type of data", "Kept"], _time_limits(config)),
        "## Security (Article 32)",
        bullets(_measures()),
        to_fill("measures outside the program: who has access to the machine, how it is backed up "
                "and patched, training."),
    ]  # fmt: skip


def _activities_table(config: RunningConfig) -> str:
    """Return one line per kind of data."""
    kinds: dict[str, list[Holding]] = defaultdict(list)
    for holding in about_people(config):
        kinds[holding.category].append(holding)
    return table(
        ["Type of data", "Tables", "Basis"],
        [
            (
                label_of(category),
                join_or_none(f"`{options_of(each.model).db_table}`" for each in found),
                join_or_none(sorted({BASES.get(each.scope or "", "legal duty") for each in found})),
            )
            for category, found in sorted(kinds.items())
        ],
    )


def _time_limits(config: RunningConfig) -> list[tuple[str, str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for holding in about_people(config):
        found[holding.category].add(format_retention(holding, config))
    return [(label_of(kind), " or ".join(sorted(times))) for kind, times in sorted(found.items())]


def _measures() -> tuple[str, ...]:
    """Return the security measures according to the current settings."""
    return (
        "Free text, sensed and estimated values are encrypted with AES-256-GCM, bound to their "
        "place.",
        "Keys are stored outside the database and its backups: one per person, consent scope and "
        "week.",
        f"Encrypted transport: {'required' if settings.HTTPS else 'off (this computer only)'}.",
        f"A sign-in ends after {settings.SESSION_COOKIE_AGE // 3600} hours.",
        f"Passwords: {settings.PASSWORD_HASHERS[0].rpartition('.')[2]}.",
        "Each sensitive action is recorded as an audit entry in the same transaction.",
        "The program itself cannot change or delete append-only tables.",
    )
