"""A challenger changes nothing that a Learner sees: no page, no socket message, no API.

Its predictions appear only in the person's export and in the count under My data. The person has a
right to know that they exist.
"""

from __future__ import annotations

import random
import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

import push
from adaptation.models import Intervention
from consent.permits import gate
from estimates.inference import affect
from estimates.models import AffectEstimate, Predictor, ShadowEstimate
from estimates.registry import challengers, predictors
from learner.questions import quiz_page
from pipeline import page_messages
from pipeline import window_processing as pipeline_windows
from telemetry import sittings, windows
from telemetry.blocks import partitions
from tests.fixtures import factories
from tests.fixtures.models import estimates
from tests.fixtures.sockets import recordings
from tests.fixtures.users import client_for_person
from tests.platform.pipeline.conftest import shelf  # noqa: F401
from tests.site.promises.test_estimates_never_change_marks import normal

pytestmark = pytest.mark.django_db
NAMES = ("pointer", "activity", "face")


@pytest.fixture
def sitting(mia, allow, now, monkeypatch, settings):
    """Return a minute of mia's sensor data; the clock is at its end."""
    settings.LEGAL_PROFILE = "demo"
    partitions.open_days()
    allow(mia, *(f"{name}:{purpose}" for name in NAMES for purpose in ("adapt", "research")))
    unit = factories.make_quiz_unit(factories.make_course("algebra"))
    factories.make_enrolment(mia, unit.course)
    opened = sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=now)
    rows = {name: rows for name, rows in recordings.recording().items() if name in NAMES}
    recordings.store(opened, rows, now=now)
    windows.fall_due(opened.id, 0.0, now)
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=62))
    # The next question is drawn, with the same random numbers both times.
    monkeypatch.setattr(quiz_page, "SystemRandom", lambda: random.Random(1))
    return opened


@pytest.fixture
def rival(shelf, settings, ravi, now):  # noqa: F811
    """Return a challenger with other predictions."""
    shelf("affect")
    folder = estimates.make_artefact(settings.ARTEFACTS_DIR, "affect", seed=5)
    row = predictors.register(folder, now=now, at_once=False)
    challengers.challenge(row, by=ravi.code)
    return row


@pytest.fixture
def messages(sitting, monkeypatch):
    """Return the messages sent to the page of the Sitting."""
    found = []

    def tell(group, note):
        kind, code = note["type"].partition(".")[0], uuid.UUID(note["code"])
        asked = (code, sitting)
        if kind == "estimate":
            found.append((group, page_messages.estimate_messages([asked])[asked]))
        else:
            found.append((group, page_messages.page_message(kind, code, sitting)))

    monkeypatch.setattr(push, "notify", tell)
    monkeypatch.setattr(push, "notify_each", lambda notes: [tell(*note) for note in notes])
    return found


def drain():
    pipeline_windows.drain(now=timezone.now, rng=random.Random(1))


def drain_results(sitting, messages):
    """Return all results of the drain, without ids."""
    permits = gate.permits(sitting.learner.code, [f"{n}:adapt" for n in NAMES], now=timezone.now())
    rows = AffectEstimate.objects.order_by("cut", "predictor")
    guesses = [(r.cut, r.status, r.scopes, affect.read(r, permits.granted)) for r in rows]
    offers = list(Intervention.objects.values_list("rule", "kind", "cut", "delivered"))
    sent = [(group, {**said, "id": ""}) for group, said in messages]
    return guesses, offers, sent


def test_it_changes_no_estimate_offer_or_message(rival, sitting, messages):
    found = []
    for challenger in (False, True):
        Predictor.objects.filter(pk=rival.pk).update(challenger=challenger)
        messages.clear()
        with transaction.atomic():
            drain()
            found.append(drain_results(sitting, messages))
            assert ShadowEstimate.objects.exists() is challenger
            transaction.set_rollback(True)
    assert found[0] == found[1]
    assert len(found[0][0]) >= 12
    assert len(found[0][2]) >= 12


def test_no_page_and_no_api_differs_by_a_byte(rival, sitting, mia):
    drain()
    assert ShadowEstimate.objects.count() >= 12
    client = client_for_person(mia)
    slug, unit = sitting.unit.course.slug, sitting.unit.code
    addresses = [
        *(
            "/",
            f"/courses/{slug}/",
            f"/units/{unit}/",
            "/journey/",
            "/journey/months/",
            "/journey/model/",
        ),
        *("/consents/", "/my-data/looked/", "/preferences/"),
        *(f"/api/v1/me/{name}/" for name in ("estimates", "reports", "consents")),
    ]
    row = AffectEstimate.objects.filter(status="live").first()
    addresses += [f"/journey/guesses/{row.id}/why/"] if row else []

    def seen():
        pages = [client.get(address, follow=True) for address in addresses]
        return [f"{page.status_code} {normal(page.content.decode())}" for page in pages]

    with_it = seen()
    Predictor.objects.filter(pk=rival.pk).update(challenger=False)
    ShadowEstimate.objects.all().delete()
    for address, one, other in zip(addresses, with_it, seen(), strict=True):
        assert one == other, address
    assert str(rival.digest) not in "".join(with_it)
