"""The sealed reason of an Intervention: its place, how to open it, and its translation.

It is sealed in the source language and translated into the reader's language.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from adaptation.models import Intervention, RuleVersion
from adaptation.rules import active_rules
from consent.permits import gate
from interventions.explain import explain
from interventions.facts import facts_from_json
from interventions.rate_thresholds import restore_thresholds
from interventions.rules import Rule
from vault.errors import KeyDestroyed
from vault.sealed_values import Place, unseal_value


def place(code: object, subject: object) -> Place:
    """Return the Place of an Intervention's reason, for its seal."""
    return Place("adaptation_intervention", "sealed", str(code), subject)  # type: ignore[arg-type]


def read_reason(row: Intervention, *, now: datetime) -> dict[str, Any] | None:
    """Return the facts, the Why-card and the help option behind it.

    None unless each scope it was made from is still granted in the epoch of then.
    """
    if not row.sealed:
        return None
    subject = row.learner.code
    granted = gate.permits(subject, ["course", *row.scopes], now=now).granted
    epochs = {scope: permit.epoch for scope, permit in granted.items()}
    if "course" not in epochs or [epochs.get(scope) for scope in row.scopes] != row.epochs:
        return None
    try:
        reason: dict[str, Any] = unseal_value(bytes(row.sealed), place=place(row.code, subject))
    except KeyDestroyed:
        return None
    return reason


def read_translated_reason(row: Intervention, *, now: datetime) -> dict[str, Any] | None:
    """Return `read_reason` with Why-card and help option in the active language."""
    reason = read_reason(row, now=now)
    if reason is None:
        return None
    rule, option = _find_rule(row), reason["gift"]
    why = reason["why"] if rule is None else _translate_why(row, rule, reason)
    words = {
        part: _translate(option[part]).format(**option["names"]) for part in ("accept", "text")
    }
    return {**reason, "why": why, "gift": {**option, **words}}


def _translate_why(row: Intervention, rule: Rule, reason: dict[str, Any]) -> dict[str, Any]:
    why = reason["why"]
    card = explain(
        replace(restore_thresholds(rule, reason["thresholds"]), probability=row.probability),
        facts_from_json(reason["facts"]),
        row.kind,
        skill=reason["skill"],
        predictor=why["predictor"],
        digest=why["digest"],
        translate=_translate,
    )
    # Same types as a Why-card read from its seal: lists, not tuples.
    return {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(card).items()}


def _find_rule(row: Intervention) -> Rule | None:
    """Return the Rule in the version that fired; None if it no longer exists."""
    rule = active_rules.shipped_rules().get(row.rule)
    if rule is not None and rule.version == row.version:
        return rule
    versions = RuleVersion.objects.filter(course=row.sitting.unit.course_id)
    found = versions.filter(rule=row.rule, version=row.version).first()
    if found is None:
        return None
    return active_rules.read_body(json.dumps(found.body, sort_keys=True))


def _translate(text: str) -> str:
    """Translate into the active language; a Teacher's own words stay as written."""
    return gettext(text) if text else ""
