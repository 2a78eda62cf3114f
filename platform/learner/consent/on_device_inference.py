"""Inference in the Learner's own browser: their choice, and the Predictor sent for it.

A browser that infers sends only probabilities. Its Blocks are refused, so other Predictors,
behaviour and research get no data from it.
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
from accounts.access import current_user, require_person, require_role
from accounts.models import User
from emotion.edge import FILE
from emotion.features.window import NAMES
from emotion.models.protocol import ANY_BACKEND
from estimates.inference.on_device import list_page_streams
from estimates.models import Predictor
from estimates.registry import predictors
from telemetry.models import Sitting

CHOICE = "guess_here"


@require_POST
@require_role("learner")
def save_choice(request: HttpRequest) -> HttpResponse:
    """`/consents/here/`: store the choice and notify the open pages."""
    user = current_user(request)
    user.guess_here = request.POST.get(CHOICE) == "on"
    user.save(update_fields=[CHOICE])
    push.notify(f"learner.{user.code}", {"type": "push.reread"})
    return redirect("/consents/?here=1#here")


@require_safe
@require_person
def network(request: HttpRequest, digest: str) -> HttpResponse:  # noqa: ARG001
    """`/predictors/<digest>/network.onnx`: the model for the browser, without personal data."""
    row = predictors.find_active(predictors.SHOWN_KIND)
    if row is None or row.digest != digest or not runs_in_browser(row):
        raise Http404
    headers = {"Cache-Control": "private, max-age=604800, immutable"}
    content = _network_file(row).read_bytes()
    return HttpResponse(content, content_type="application/octet-stream", headers=headers)


def describe_inference(sitting: Sitting) -> dict[str, Any] | None:
    """Return the `here` part of `welcome`; None if the server infers.

    `network` is "" if the page should infer but no suitable Predictor is active.
    """
    return describe_inference_each([sitting])[sitting.id]


def describe_inference_each(sittings: Collection[Sitting]) -> dict[UUID, dict[str, Any] | None]:
    """Return the same for many Sittings, with one query."""
    learners = User.objects.filter(pk__in={each.learner_id for each in sittings})
    chosen = set(learners.filter(guess_here=True).values_list("pk", flat=True))
    description = _describe_predictor() if chosen else None
    return {each.id: description if each.learner_id in chosen else None for each in sittings}


def _describe_predictor() -> dict[str, Any]:
    row = predictors.find_active(predictors.SHOWN_KIND)
    if row is None or not runs_in_browser(row):
        return {"digest": "", "network": "", "integrity": "", "streams": []}
    return {
        "digest": row.digest,
        "network": reverse("classroom:network", args=[row.digest]),
        "integrity": _integrity(_network_file(row)),
        "streams": list_page_streams(row),
    }


def runs_in_browser(row: Predictor) -> bool:
    """Return whether the Predictor was exported and reads features that a page computes.

    It may read other streams too: in a page those are missing.
    """
    wanted = row.card.get("streams", {})
    known = all(
        tuple(stream["channels"]) == NAMES.get(name) and ANY_BACKEND in stream["backends"]
        for name, stream in wanted.items()
    )
    return known and bool(list_page_streams(row)) and _network_file(row).is_file()


def _network_file(row: Predictor) -> Path:
    return predictors.folder_of(str(row)) / FILE


@lru_cache(maxsize=8)
def _integrity(file: Path) -> str:
    """Hash the file. The cache is safe because an artefact's folder is named by its digest."""
    return f"sha384-{base64.b64encode(hashlib.sha384(file.read_bytes()).digest()).decode()}"
