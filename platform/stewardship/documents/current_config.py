"""The configuration that runs, read anew for each document and typed nowhere twice."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

import data_inventory
from accounts.models import ROLES
from accounts.site import site_facts
from accounts.site.site_facts import SiteFacts
from consent.legal_profiles import profiles
from consent.legal_profiles.profiles import LegalProfile
from data_inventory import Holding
from emotion import artefacts, streams
from emotion.streams import Stream
from estimates.models import Predictor
from estimates.registry import predictors
from interventions import catalogue
from interventions.rules import Rule

Card = Mapping[str, Any]
Condition = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Model:
    """One artefact that ships: its card, checked against its digest, and whether it is in use."""

    card: Card
    digest: str
    active: bool


@dataclass(frozen=True, slots=True)
class Live:
    """Everything the documents are made of."""

    at: datetime
    site: str
    facts: SiteFacts
    profile: LegalProfile | None
    holdings: Sequence[Holding]
    streams: Mapping[str, Stream]
    rules: Sequence[tuple[Rule, Condition]]
    models: Sequence[Model]
    roles: Sequence[str]


def live(now: datetime) -> Live:
    return Live(
        at=now,
        site=", ".join(settings.ALLOWED_HOSTS),
        facts=site_facts.current(),
        profile=profiles.current(now=now),
        holdings=data_inventory.all(),
        streams=streams.load(),
        rules=[(rule, _condition(rule)) for rule in catalogue.load()],
        models=_models(),
        roles=ROLES,
    )


def _condition(rule: Rule) -> Condition:
    """The rule's condition as its file writes it."""
    path = Path(catalogue.__file__).parent / f"{rule.id}.json"
    when: Condition = json.loads(path.read_text(encoding="utf-8"))["when"]
    return when


def _models() -> list[Model]:
    """Those of this release, and those trained here that are in use."""
    rows = list(Predictor.objects.filter(active=True))
    used = {row.digest for row in rows}
    folders = sorted(card.parent for card in Path(settings.ARTEFACTS_DIR).glob("*/card.json"))
    here = [predictors.folder_of(str(row)) for row in rows if predictors.is_learned_here(row)]
    return [_model(folder, used) for folder in (*folders, *here)]


def _model(folder: Path, used: set[str]) -> Model:
    digest = folder.name.rpartition("-")[2]
    return Model(artefacts.read(folder)[0], digest, digest in used)
