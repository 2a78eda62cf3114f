"""Guessing in the Learner's own browser: their choice, and the Predictor that is sent for it.

Who chooses it sends probabilities and nothing else of what is sensed: Blocks are refused, and
whatever needs them (other Predictors, behaviour, research) has none.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

import push
from accounts.access import require_person, require_role
from accounts.models import User
from emotion.edge import FILE
from emotion.features.window import NAMES
from emotion.models.protocol import ANY_BACKEND
from estimates.models import Predictor
from estimates.registry import predictors
from learner.courses.views import person
from telemetry.models import Sitting

CHOICE = "guess_here"


@require_POST
@require_role("learner")
def choose(request: HttpRequest) -> HttpResponse:
    """`/consents/here/`: keep the choice, and tell the pages that are open."""
    user = person(request)
    user.guess_here = request.POST.get(CHOICE) == "on"
    user.save(update_fields=[CHOICE])
    push.notify(f"learner.{user.code}", {"type": "push.reread"})
    return redirect("/consents/?here=1#here")


@require_safe
@require_person
def network(request: HttpRequest, digest: str) -> HttpResponse:  # noqa: ARG001
    """`/predictors/<digest>/network.onnx`: what the page computes with; it is about nobody."""
    row = predictors.find_active(predictors.SHOWN_KIND)
    if row is None or row.digest != digest or not runs_here(row):
        raise Http404
    kept = {"Cache-Control": "private, max-age=604800, immutable"}
    content = _file(row).read_bytes()
    return HttpResponse(content, content_type="application/octet-stream", headers=kept)


def told(sitting: Sitting) -> dict[str, Any] | None:
    """What `welcome` says of it: None where the server guesses; `network` "" where a page is to
    guess and there is nothing that could."""
    return told_each([sitting])[sitting.id]


def told_each(sittings: Collection[Sitting]) -> dict[UUID, dict[str, Any] | None]:
    """The same for many, by one question."""
    learners = User.objects.filter(pk__in={each.learner_id for each in sittings})
    chosen = set(learners.filter(guess_here=True).values_list("pk", flat=True))
    said = _told() if chosen else None
    return {each.id: said if each.learner_id in chosen else None for each in sittings}


def _told() -> dict[str, Any]:
    row = predictors.find_active(predictors.SHOWN_KIND)
    if row is None or not runs_here(row):
        return {"digest": "", "network": "", "integrity": "", "streams": []}
    return {
        "digest": row.digest,
        "network": reverse("classroom:network", args=[row.digest]),
        "integrity": _integrity(_file(row)),
        "streams": sorted(row.card["streams"]),
    }


def runs_here(row: Predictor) -> bool:
    """Whether it was exported, and reads only what a page makes features of."""
    wanted = row.card.get("streams", {})
    known = bool(wanted) and all(
        tuple(told["channels"]) == NAMES.get(name) and ANY_BACKEND in told["backends"]
        for name, told in wanted.items()
    )
    return known and _file(row).is_file()


def _file(row: Predictor) -> Path:
    return predictors.folder_of(str(row)) / FILE


@lru_cache(maxsize=8)
def _integrity(file: Path) -> str:
    """An artefact's folder never changes its content: its name is its digest."""
    return f"sha384-{base64.b64encode(hashlib.sha384(file.read_bytes()).digest()).decode()}"
