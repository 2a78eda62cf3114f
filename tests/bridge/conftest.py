"""Fixtures for the bridge: a real recording, and the real site behind a real socket."""

from __future__ import annotations

import threading
import uuid
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from telemetry import sittings
from tests.bridge.outlets import sensor
from tests.fixtures.factories import make_unit
from tests.fixtures.servers.web_server import served

DATA = Path(__file__).resolve().parents[1] / "data" / "stress-predict"
SECONDS = 392


@pytest.fixture(scope="session")
def recording(tmp_path_factory):
    """The first 392 s of one person of Stress-Predict, as the wristband wrote them."""
    folder = tmp_path_factory.mktemp("stress-predict")
    with zipfile.ZipFile(DATA / "S02-first-392-s.zip") as archive:
        archive.extractall(folder)
    return folder / "S02"


@pytest.fixture
def lesson(db, mia):
    """mia's open lesson, a little longer than the recording."""
    began = timezone.now() - timedelta(seconds=SECONDS + 20)
    return sittings.open(mia, make_unit(), scenario="course", page=uuid.uuid4(), now=began)


@pytest.fixture
def server(settings):
    with served(settings) as address:
        yield f"http://{address}"


@pytest.fixture
def outlet_name():
    """A unique outlet name: parallel test processes see each other's outlets."""
    return f"eda-{uuid.uuid4().hex}"


@pytest.fixture
def outlet(outlet_name):
    """An EDA outlet of 32 Hz on this computer; its values count up, in µS."""
    made, stop = sensor(outlet_name, f"{outlet_name}-test"), threading.Event()

    def push():
        count = 0
        while not stop.wait(0.25):
            made.push_chunk([[1 + 0.001 * (count + n)] for n in range(8)])
            count += 8

    thread = threading.Thread(target=push)
    thread.start()
    yield outlet_name
    stop.set()
    thread.join(5)
