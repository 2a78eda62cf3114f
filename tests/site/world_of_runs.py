"""A training that is over, and the Predictor that came of it."""

from __future__ import annotations

from django.utils import timezone

from estimates.models import Predictor
from research.models import Run
from tests.research_cards import HONEST


def samples() -> dict[str, dict[str, object]]:
    """What each address of runs and Predictors is opened with."""
    row, run = make_predictor("b" * 12), make_run(f"further-{'b' * 12}")
    named, of_run = {"in": {"name": str(row)}}, {"in": {"id": run.id}}
    return {
        "/research/runs/start/": {"post": {"recipe": "behaviour", "data": ""}},
        "/research/runs/<uuid:id>/": of_run,
        "/research/runs/<uuid:id>/live/": of_run,
        "/research/runs/<uuid:id>/cancel/": of_run,
        "/research/predictors/rollback/": {"post": {"kind": "affect"}},
        "/research/predictors/<slug:name>/": named,
        "/research/predictors/<slug:name>/act/": {**named, "post": {"act": "stand_down"}},
    }


def make_predictor(digest: str) -> Predictor:
    """Of a network that is not there."""
    card = {
        "title": "theory prior, learned from simulated learners",
        "labels": ["INTEREST", "CONFUSION"],
        "streams": {"pointer": {}},
        "limits": ["Never shown a person."],
        "figures": HONEST,
        "window_s": 10.0,
        "hop_s": 5.0,
    }
    return Predictor.objects.create(
        name="further", digest=digest, kind="foursub", origin="simulated", card=card
    )


def make_run(artefact: str) -> Run:
    now = timezone.now()
    return Run.objects.create(
        recipe="finetune", simulated=True, state="done", asked_by=b"x" * 32, asked_at=now,
        began_at=now, ended_at=now, figures=HONEST, artefact=artefact,
    )  # fmt: skip
