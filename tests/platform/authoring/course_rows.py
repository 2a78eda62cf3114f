"""All rows of all courses without database keys, to compare two databases."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from courses.models import Course
from data_inventory.declaration import all_holdings

# A link between two courses is in its own table; semantics are computed again from the files.
NOT_IN_A_PACKAGE = {"courses.SkillLink", "courses.VideoSemantics"}


def everything() -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each model in order, by the model's label."""
    return {
        holding.label: [_named(row) for row in holding.model.objects.order_by("pk")]
        for holding in all_holdings()
        if holding.category == "content"
        and holding.label.startswith("courses.")
        and holding.label not in NOT_IN_A_PACKAGE
    }


def forget() -> None:
    Course.objects.all().delete()


def _named(row: Model) -> dict[str, Any]:
    fields = [field for field in row._meta.local_concrete_fields if not field.primary_key]
    return {
        field.attname: _name(getattr(row, field.name))
        if field.is_relation
        else getattr(row, field.attname)
        for field in fields
    }


def _name(row: Model | None) -> str:
    code = getattr(row, "code", None)
    return str(code) if code else repr(row)
