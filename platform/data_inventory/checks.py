"""The system check: every model is declared, and every column fits its declared kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.checks import CheckMessage, Error, Info
from django.db import models
from django.db.models.constants import LOOKUP_SEP

from data_inventory.column_constraints import is_closed
from data_inventory.declaration import (
    DELETE,
    WITH_SCOPES,
    ColumnKind,
    Holding,
    foreign_reasons,
    options_of,
    registered,
)

TEXTS = (models.CharField, models.TextField)
FIELDS_BY_KIND: dict[ColumnKind, tuple[type[models.Field[Any, Any]], ...]] = {
    ColumnKind.SEALED: (models.BinaryField,),
    ColumnKind.CLOCK: (models.DateField, models.TimeField, models.DurationField),
    ColumnKind.CODE: (*TEXTS, models.UUIDField),
    ColumnKind.NUMBER: (
        models.IntegerField,
        models.FloatField,
        models.DecimalField,
        models.BooleanField,
    ),
    ColumnKind.LINK: (models.ForeignKey,),
    ColumnKind.DIGEST: (*TEXTS, models.BinaryField),
    ColumnKind.PUBLIC: (models.Field,),
}


def check_holdings(**_: object) -> list[CheckMessage]:
    """Compare every table Django knows with its declaration, whichever app is checked."""
    seen = concrete_models()
    found = [message for model in seen for message in check_model(model)]
    found += check_orphans(seen)
    return [*found, _count_models(seen)]


def concrete_models() -> list[type[models.Model]]:
    every = apps.get_models(include_auto_created=True)
    return [model for model in every if not (model._meta.proxy or model._meta.swapped)]


def check_model(model: type[models.Model]) -> Iterator[CheckMessage]:
    holding = registered().get(model)
    if holding is not None:
        yield from check_declaration(holding)
    elif model._meta.label_lower not in foreign_reasons():
        yield _undeclared(model)


def check_declaration(holding: Holding) -> Iterator[CheckMessage]:
    """Yield every error in one declaration."""
    fields = {field.name: field for field in options_of(holding.model).local_concrete_fields}
    for name in sorted(fields.keys() - holding.columns.keys()):
        yield _error(holding, "E002", f"column {name!r} is not declared", "add it to columns=")
    for name in sorted(holding.columns.keys() - fields.keys()):
        yield _error(holding, "E003", f"declares a column {name!r} that it does not have")
    for name in sorted(fields.keys() & holding.columns.keys()):
        yield from check_column(holding, fields[name], holding.columns[name])
    yield from check_subject(holding)
    yield from check_scopes(holding)
    yield from check_lifetime(holding)


def check_column(
    holding: Holding, field: models.Field[Any, Any], kind: ColumnKind
) -> Iterator[CheckMessage]:
    """Yield an error unless the column can hold what its kind says, and nothing more."""
    inner = field.base_field if isinstance(field, ArrayField) else field
    is_array_of_bytes = inner is not field and isinstance(inner, models.BinaryField)
    if not isinstance(inner, FIELDS_BY_KIND[kind]) or is_array_of_bytes:
        text = f"column {field.name!r} is a {type(field).__name__}, which cannot be {kind.name}"
        yield _error(holding, "E004", text)
    elif kind is ColumnKind.PUBLIC and holding.subject is not None:
        text = f"column {field.name!r} is PUBLIC in a table about people"
        yield _error(holding, "E004", text)
    elif _must_be_closed(inner, kind) and not is_closed(holding.model, field.name):
        text = f"column {field.name!r} is {kind.name} and takes any text"
        hint = "close it in the database: data_inventory.closed, .matches or .has_length"
        yield _error(holding, "E005", text, hint)


def _must_be_closed(field: models.Field[Any, Any], kind: ColumnKind) -> bool:
    if kind is ColumnKind.DIGEST:
        return True
    return kind is ColumnKind.CODE and isinstance(field, TEXTS)


def check_subject(holding: Holding) -> Iterator[CheckMessage]:
    if holding.subject is None:
        return
    if _follow_subject(holding) is not apps.get_model(settings.AUTH_USER_MODEL):
        text = f"subject {holding.subject!r} does not lead to {settings.AUTH_USER_MODEL}"
        yield _error(holding, "E003", text)
    if holding.erase is None:
        yield _error(holding, "E006", "is about people and has no way to forget", "erase=")
    if holding.scope in ("adapt", "research") and holding.erase is DELETE:
        text = "holds what a Grant allowed and cannot forget by scope"
        yield _error(
            holding, "E006", text, "erase= WITH_SCOPES, or a function of (subject, scopes)"
        )


def check_scopes(holding: Holding) -> Iterator[CheckMessage]:
    """Yield an error unless a table erased by scope has a queryable `scopes` column."""
    if holding.erase is not WITH_SCOPES:
        return
    fields = {field.name: field for field in options_of(holding.model).local_concrete_fields}
    if not isinstance(fields.get("scopes"), ArrayField):
        text = "goes with its scopes and has no column that names them"
        yield _error(holding, "E010", text, "add an array scopes, or another erase=")


def check_lifetime(holding: Holding) -> Iterator[CheckMessage]:
    """Yield errors of lifetimes: a clock where rows age, and ageing of data from Grants (I-14)."""
    ages = holding.retain is not None or holding.fades_with is not None
    if ages and not _is_clock(holding, holding.counts_from):
        text = "is kept for a time, and no column says from when"
        yield _error(holding, "E008", text, "clock= a CLOCK column that is never empty")
    if not ages and "scopes" in holding.columns and ColumnKind.SEALED in holding.columns.values():
        text = "seals what was made from Grants and keeps it for ever"
        yield _error(holding, "E009", text, "retain=, or fades_with= a category")


def _is_clock(holding: Holding, path: str | None) -> bool:
    """Return whether the path leads, over non-null links, to a non-null CLOCK column."""
    model: Any = holding.model
    *links, last = (path or "").split(LOOKUP_SEP)
    for name in (*links, last):
        fields = {field.name: field for field in model._meta.local_concrete_fields}
        if name not in fields or fields[name].null:
            return False
        if name in links:
            model = fields[name].related_model
            if model is None:
                return False
    declared = registered().get(model)
    return declared is not None and declared.columns.get(last) is ColumnKind.CLOCK


def _follow_subject(holding: Holding) -> object:
    """Return the model at the end of the subject's path, or None if the path is broken."""
    model: Any = holding.model
    if holding.subject in (None, "self"):
        return model
    for step in str(holding.subject).split(LOOKUP_SEP):
        links = {f.name: f for f in model._meta.get_fields() if f.many_to_one or f.one_to_one}
        if step not in links:
            return None
        model = links[step].related_model
    return model


def check_orphans(seen: Iterable[type[models.Model]]) -> list[CheckMessage]:
    known = set(seen)
    labels = {model._meta.label_lower for model in known}
    lost = [holding.label for model, holding in registered().items() if model not in known]
    lost += [label for label in foreign_reasons() if label not in labels]
    text = "{} is declared, but no such model is installed"
    return [
        Error(text.format(label), id="data_inventory.E007", obj=label) for label in sorted(lost)
    ]


def _undeclared(model: type[models.Model]) -> CheckMessage:
    hint = "decorate it with @data_inventory.holds"
    if model._meta.auto_created:
        hint = "write the through model of this many-to-many relation yourself and declare it"
    text = f"{model._meta.label} does not say what it holds"
    return Error(text, hint=hint, obj=model, id="data_inventory.E001")


def _error(holding: Holding, code: str, text: str, hint: str | None = None) -> CheckMessage:
    message = f"{holding.label}: {text}"
    return Error(message, hint=hint, obj=holding.model, id=f"data_inventory.{code}")


def _count_models(seen: Sequence[type[models.Model]]) -> CheckMessage:
    about = sum(1 for h in registered().values() if h.model in set(seen) and h.subject is not None)
    text = f"holdings: {len(seen)} models seen, {about} of them about people"
    return Info(text, id="data_inventory.I001")
