"""The record of a person after the import of a row, and its JSON form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any, Final

from accounts import age_bands
from accounts.administration.person_records import PersonRecord
from accounts.identity import Identity
from accounts.people_import.csv_reader import clean_cell
from stewardship.people.imports.files.row_parser import TypedRow, one_blank_each
from stewardship.people.imports.models import ImportRun

TEXTS: Final = ("name", "login", "email", "number")


def make_record(typed: TypedRow, run: ImportRun, today: date) -> PersonRecord:
    """Return the record of a new person."""
    roles = typed.roles or ((run.role,) if run.role else ())
    login = typed.login or typed.email
    identity = Identity(typed.name, login, typed.email, typed.number, typed.born)
    return PersonRecord(identity, roles, _band_of_new(typed, roles, run, today))


def _band_of_new(typed: TypedRow, roles: Sequence[str], run: ImportRun, today: date) -> str:
    """Return the age group by date of birth; without one, only learners can be minors."""
    if typed.born:
        return age_bands.band_on(typed.born, today)
    return "adult" if set(roles) - {"learner"} else run.band


def merge_record(typed: TypedRow, found: PersonRecord, today: date) -> PersonRecord:
    """Return the record with the row's values: it fills fields, adds roles, and clears nothing."""
    values = {name: getattr(typed, name) for name in TEXTS}
    values = {name: text for name, text in values.items() if text != _as_cell(found.identity, name)}
    values["born"] = typed.born
    identity = replace(found.identity, **{name: value for name, value in values.items() if value})
    band = age_bands.band_on(typed.born, today) if typed.born else found.age_band
    return PersonRecord(identity, tuple(sorted({*found.roles, *typed.roles})), band)


def _as_cell(identity: Identity, name: str) -> str:
    """Return a stored text as a list would have it, so that only blanks differ."""
    text = clean_cell(getattr(identity, name))
    return one_blank_each(text) if name == "name" else text


def record_as_json(record: PersonRecord) -> dict[str, Any]:
    """Return a record in its sealed form."""
    born = record.identity.born
    identity = asdict(record.identity) | {"born": born.isoformat() if born else None}
    return {"identity": identity, "roles": list(record.roles), "age_band": record.age_band}


def record_from_json(kept: dict[str, Any]) -> PersonRecord:
    """Return the record that `record_as_json` wrote."""
    born = kept["identity"]["born"]
    identity = kept["identity"] | {"born": date.fromisoformat(born) if born else None}
    return PersonRecord(Identity(**identity), tuple(kept["roles"]), kept["age_band"])
