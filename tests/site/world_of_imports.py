"""An import of people, for the permission matrix and the counts of queries."""

from __future__ import annotations

from datetime import timedelta

from accounts.models import User
from stewardship.people.importing.model import ImportRow, ImportRun
from stewardship.people.importing.sealing import seal_of_run, seal_row

RUN = "/steward/people/import/<uuid:id>/"


def samples(person, now) -> dict[str, dict[str, object]]:
    """Address pattern -> what stands in its gaps (`in`) and what is posted to it (`post`)."""
    run = make_run(now)
    make_rows(run, person, now, number=3)
    page = {"in": {"id": run.id}, "post": {"act": "discard"}}
    row = {"in": {"id": run.id, "number": 2}, "post": {"email": "x@school.example"}}
    several = {"post": {"act": "unlock", "person": str(person.code)}}
    return {
        "/steward/people/bulk/": several,
        RUN: page,
        f"{RUN}progress/": page,
        f"{RUN}errors/": page,
        f"{RUN}rows/<int:number>/": row,
    }


def make_run(now, state="ready") -> ImportRun:
    """Return a run, as a rule one whose preview is ready."""
    stewards = User.objects.filter(roles__contains=["steward"]).order_by("pk")
    run = ImportRun(steward=stewards.values_list("code", flat=True).first(), state=state)
    run.band, run.sent_at, run.ends_at = "teen", now, now + timedelta(days=1)
    head = {"name": "people.csv", "columns": ["email"], "headings": ["E-mail"]}
    head["left_out"] = []
    run.head_sealed = seal_of_run(run, "head_sealed", head, now=now)
    run.tally = {"error": 1}
    run.save()
    return run


def make_rows(run: ImportRun, person, now, *, number: int) -> None:
    """Store an error about somebody unknown, and about a person, up to a row number."""
    first = run.rows.count() + 2
    for place in range(first, number + 1):
        row = ImportRow(run=run, number=place, kind="error", person=person if place % 2 else None)
        kept = {"problem": {"key": "name_missing", "args": {}}, "cells": ["x@school.example"]}
        row.sealed = seal_row(row, kept, now=now)
        row.save()
