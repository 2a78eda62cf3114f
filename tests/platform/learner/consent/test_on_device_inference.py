"""The Learner chooses where inference runs, and the model file is served unchanged."""

from __future__ import annotations

import base64
import hashlib
import shutil

import pytest
from django.conf import settings as site
from django.utils import timezone

from emotion.edge import FILE
from emotion.features.window import NAMES
from estimates.models import Predictor
from estimates.registry import predictors
from learner.consent import on_device_inference
from telemetry import sittings
from tests.fixtures import factories
from tests.fixtures.users import client_for_person

pytestmark = pytest.mark.django_db
PRIOR = "prior-5397095e9055"
DIGEST = PRIOR.rpartition("-")[2]
URL = f"/predictors/{DIGEST}/network.onnx"


@pytest.fixture
def prior():
    return predictors.register(site.ARTEFACTS_DIR / PRIOR, now=timezone.now())


@pytest.fixture
def chosen(mia, now):
    mia.guess_here = True
    mia.save(update_fields=["guess_here"])
    unit = factories.make_unit()
    return sittings.open(mia, unit, scenario="course", page=mia.code, now=now)


def test_the_choice_is_made_and_undone_on_the_consent_page(mia):
    client = client_for_person(mia)
    assert "checked" not in checkbox(client)
    answer = client.post("/consents/here/", {"guess_here": "on"})
    assert answer["Location"] == "/consents/?here=1#here"
    mia.refresh_from_db()
    assert mia.guess_here
    assert "checked" in checkbox(client)
    client.post("/consents/here/", {})
    mia.refresh_from_db()
    assert not mia.guess_here


def checkbox(client):
    page = client.get("/consents/").content.decode()
    return page[page.index('name="guess_here"') :].partition(">")[0]


def test_open_pages_are_notified(mia, monkeypatch):
    told = []
    monkeypatch.setattr(on_device_inference.push, "notify", lambda *said: told.append(said))
    client_for_person(mia).post("/consents/here/", {"guess_here": "on"})
    assert told == [(f"learner.{mia.code}", {"type": "push.reread"})]


def test_the_network_is_served_byte_for_byte_and_cached(mia, prior):
    answer = client_for_person(mia).get(URL)
    assert answer.content == (site.ARTEFACTS_DIR / PRIOR / FILE).read_bytes()
    assert "immutable" in answer["Cache-Control"]


def test_only_the_active_network_is_served_and_only_to_users(mia, prior, client):
    assert client_for_person(mia).get("/predictors/000000000000/network.onnx").status_code == 404
    assert client.get(URL).status_code == 302
    Predictor.objects.update(active=False)
    assert client_for_person(mia).get(URL).status_code == 404


def test_welcome_names_the_file_and_its_digest(chosen, prior):
    told = on_device_inference.describe_inference(chosen)
    content = (site.ARTEFACTS_DIR / PRIOR / FILE).read_bytes()
    digest = base64.b64encode(hashlib.sha384(content).digest()).decode()
    assert told == {
        "digest": DIGEST,
        "network": URL,
        "integrity": f"sha384-{digest}",
        "streams": ["activity", "face", "gaze", "heart", "pointer", "typing"],
    }


def test_without_the_choice_welcome_says_nothing(mia, chosen, prior):
    mia.guess_here = False
    mia.save(update_fields=["guess_here"])
    assert on_device_inference.describe_inference(chosen) is None


def test_without_a_suitable_network_welcome_says_so(chosen, prior, settings, tmp_path):
    """The server must not infer instead: the Learner chose to keep sensor data local."""
    shutil.copytree(site.ARTEFACTS_DIR / PRIOR, tmp_path / PRIOR)
    (tmp_path / PRIOR / FILE).unlink()
    settings.ARTEFACTS_DIR = tmp_path
    nothing = {"digest": "", "network": "", "integrity": "", "streams": []}
    assert on_device_inference.describe_inference(chosen) == nothing
    Predictor.objects.update(active=False)
    assert on_device_inference.describe_inference(chosen) == nothing


@pytest.mark.parametrize(
    "streams",
    [
        {"pointer": {"channels": ["log_path"], "backends": ["any"]}},
        {"gaze": {"channels": ["left_x"], "backends": ["any"]}},
        {"ppg": {"channels": list(NAMES["ppg"]), "backends": ["any"]}},
    ],
)
def test_a_predictor_with_other_features_does_not_run_in_a_page(prior, streams):
    assert on_device_inference.runs_in_browser(prior)
    prior.card["streams"] = streams
    assert not on_device_inference.runs_in_browser(prior)


def test_a_predictor_for_one_device_does_not_run_in_a_page(prior):
    prior.card["streams"]["face"]["backends"] = ["human"]
    assert not on_device_inference.runs_in_browser(prior)
