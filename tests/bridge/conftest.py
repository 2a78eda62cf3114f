"""A real recording, and the real site behind a real socket, for tests of the bridge."""

from __future__ import annotations

import uuid
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from telemetry import sittings
from tests.factories import make_unit
from tests.served import served

DATA = Path(__file__).resolve().parents[1] / "data" / "stress-predict"
SECONDS = 392


@pytest.fixture(scope="session")
def recording(tmp_path_factory):
    """The first 392 s of a person of Stress-Predict, as the wristband wrote them."""
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
