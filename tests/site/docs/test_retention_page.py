"""docs/retention.md matches the declarations; `render()` writes its tables."""

from __future__ import annotations

from pathlib import Path

import data_inventory
from consent.legal_profiles import profiles
from privacy.export.category_labels import label_of
from privacy.retention import retention_classes

PAGE = Path(__file__).resolve().parents[3] / "docs" / "retention.md"
BEGIN, END = "<!-- from the code: begin -->", "<!-- from the code: end -->"
COUNTED = {"days": "whole days", "rows": "rows", "reasons": "encrypted values; the row stays"}


def render() -> str:
    """Return the part of the page that is generated from declarations and profiles."""
    found = sorted(retention_classes.in_force(None), key=lambda each: each.table)
    head = ["table", "kind", "deleted", "counted from", "days", "set by"]
    told = [profiles.load_named(name) for name in profiles.NAMES]
    days = [[f"`{p.name}`", *(str(getattr(p.retention, n)) for n in FIELDS)] for p in told]
    return "\n\n".join(
        [
            "## Tables with a retention period",
            table([head, *(line(each) for each in found)]),
            "## Retention days by legal profile",
            table([["profile", *FIELDS], *days]),
            "## Tables kept as long as the account, or permanently",
            ", ".join(f"`{name}`" for name in lasting()) + ".",
        ]
    )


FIELDS = ("blocks", "estimates", "aggregates")


def line(each) -> list[str]:
    category = each.holding.fades_with or each.holding.category
    field = retention_classes.PROFILE_PERIODS.get(category)
    by = f"profile: {field}; without one, the table" if field else "table"
    goes = COUNTED[each.unit]
    return [
        f"`{each.table}`", label_of(category), goes, f"`{each.clock}`", str(each.kept.days), by
    ]  # fmt: skip


def lasting() -> list[str]:
    ageing = {each.table for each in retention_classes.in_force(None)}
    return sorted({each.model._meta.db_table for each in data_inventory.all()} - ageing)


def table(rows) -> str:
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([head, "|" + "---|" * len(rows[0]), *body])


def test_the_page_matches_the_declarations():
    text = PAGE.read_text()
    assert text[text.index(BEGIN) + len(BEGIN) : text.index(END)].strip() == render()
