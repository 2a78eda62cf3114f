"""The running configuration, read for each document so that nothing is maintained twice."""

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

ModelCard = Mapping[str, Any]
Condition = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ShippedModel:
    """One artefact: its card, verified against its digest, and whether it is in use."""

    card: ModelCard
    digest: str
    active: bool


@dataclass(frozen=True, slots=True)
class RunningConfig:
    """All input of the documents."""

    at: datetime
    site: str
    facts: SiteFacts
    profile: LegalProfile | None
    holdings: Sequence[Holding]
    streams: Mapping[str, Stream]
    rules: Sequence[tuple[Rule, Condition]]
    models: Sequence[ShippedModel]
    roles: Sequence[str]


def load_config(now: datetime) -> RunningConfig:
    return RunningConfig(
        at=now,
        site=", ".join(settings.ALLOWED_HOSTS),
        facts=site_facts.current(),
        profile=profiles.current(now=now),
        holdings=data_inventory.all(),
        streams=streams.load(),
        rules=[(rule, _load_condition(rule)) for rule in catalogue.load()],
        models=_load_models(),
        roles=ROLES,
    )


def _load_condition(rule: Rule) -> Condition:
    """Return the rule's condition as written in its file."""
    path = Path(catalogue.__file__).parent / f"{rule.id}.json"
    when: Condition = json.loads(path.read_text(encoding="utf-8"))["when"]
    return when


def _load_models() -> list[ShippedModel]:
    """Return the models of this release, and those trained on this site that are in use."""
    rows = list(Predictor.objects.filter(active=True))
    used = {row.digest for row in rows}
    folders = sorted(card.parent for card in Path(settings.ARTEFACTS_DIR).glob("*/card.json"))
    here = [predictors.folder_of(str(row)) for row in rows if predictors.is_learned_here(row)]
    return [_load_model(folder, used) for folder in (*folders, *here)]


def _load_model(folder: Path, used: set[str]) -> ShippedModel:
    digest = folder.name.rpartition("-")[2]
    return ShippedModel(artefacts.read(folder)[0], digest, digest in used)
