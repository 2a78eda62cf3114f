"""Tiny artefacts of every kind on a shelf of one's own, and guesses of several at one moment."""

from __future__ import annotations

import uuid
from collections import defaultdict

import numpy as np
import pytest
from django.conf import settings

from adaptation.facts import guesses
from consent import gate
from consent.scopes import ADAPT_SCOPES
from emotion import artefacts
from emotion.predictors import ANY_BACKEND
from estimates import affect, predictors
from estimates.affect import Guess, Sensed
from estimates.models import AFFECT_LABELS, LEVEL_LABELS, AffectEstimate, Predictor
from telemetry import sittings
from telemetry.models import Window
from tests import factories
from tests.emotion.cards import tiny

LABELS = {"affect": AFFECT_LABELS[:4], "foursub": AFFECT_LABELS[:4]}
# As the networks of the three papers: how far back, and how often.
SPANS = {"mvp": (155.0, 30.0), "arousal": (60.0, 30.0)}


def lay(folder, kind, *, streams=("pointer", "activity", "face"), seed=1, **changes):
    """An artefact of random weights that finds nothing unfamiliar; its folder."""
    window_s, hop_s = SPANS.get(kind, (10.0, 5.0))
    said = {
        "name": kind,
        "title": f"model of kind {kind}",
        "kind": kind,
        "labels": list(LABELS.get(kind, LEVEL_LABELS)),
        "window_s": window_s,
        "hop_s": hop_s,
    }
    return keep(folder, *tiny(seed=seed, streams=streams, **said | changes))


def keep(folder, card, weights):
    """Save an artefact to which nothing is unfamiliar, whatever made it; its folder."""
    for told in card["streams"].values():
        told["backends"] = [ANY_BACKEND]
    wide = {"lo": np.float32(-1e9), "hi": np.float32(1e9)}
    for name in weights:
        part = name.rpartition(".")[2]
        if name.startswith("standard.") and part in wide:
            weights[name] = np.full_like(weights[name], wide[part])
    return artefacts.save(folder, card=card, weights=weights)


@pytest.fixture
def sensed_twice(mia, allow, now):
    """mia's Sitting, who allows her pointer and her face."""
    allow(mia, "pointer:adapt", "face:adapt")
    return sittings.open(mia, factories.make_unit(), scenario="course", page=uuid.uuid4(), now=now)


def shipped(*names, now):
    """What this release has of these names, in use: a Predictor more makes every Window dearer."""
    folders = [folder for name in names for folder in settings.ARTEFACTS_DIR.glob(f"{name}-*")]
    assert len(folders) == len(names)
    return [predictors.register(folder, now=now) for folder in folders]


def known(kind, digest, *, active=True, origin="simulated", hop_s=5.0):
    """The row of a Predictor of which there is no artefact."""
    card = {"title": f"model of kind {kind}", "hop_s": hop_s, "figures": {}}
    return Predictor.objects.create(
        name=kind, digest=digest * 12, kind=kind, origin=origin, active=active, card=card
    )


def guessed(sitting, cut, predictor, now, *, streams=("pointer",), **labels):
    """One stored Estimate, by the way of the worker; without labels it is not sure."""
    permits = gate.permits(sitting.learner.code, ADAPT_SCOPES, now=now).granted
    spans = {label: (p, max(0, p - 0.1), min(1, p + 0.1)) for label, p in labels.items()}
    scopes = [f"{stream}:adapt" for stream in streams]
    guess = Guess(spans, not labels, (), 0.9, list(streams), scopes, predictor.digest)
    sensed = Sensed(Window(sitting=sitting, cut=cut), None, permits, late=False)
    made = affect.store_guess(sensed, guess, now=now)
    return AffectEstimate.objects.get(id=made.id)


def kinds_by_cut(sitting):
    """The one query: which kinds guessed about the same time."""
    found = defaultdict(set)
    rows = AffectEstimate.objects.filter(sitting=sitting)
    for cut, kind in rows.values_list("cut", "predictor__kind"):
        found[cut].add(kind)
    return dict(found)


def rows_of(predictor):
    rows = AffectEstimate.objects.filter(predictor=predictor)
    return {row.cut: (row.id, bytes(row.sealed)) for row in rows}


def facts_of(made, sitting, permits):
    """What one Estimate says to rules, with those of the minute before it."""
    felt = guesses.Felt(sitting, made.cut, permits, made)
    return guesses.facts_after(felt, guesses.lately([felt])[0])


def levels_of(sitting, cut, permits):
    """Valence and arousal at the end of one Window."""
    felt = guesses.Felt(sitting, cut, permits, None)
    return guesses.levels_after(felt, guesses.lately([felt])[0])
