"""Clocks of several hosts that differ are measured, and reported to the operator."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from config.embedded_postgres.launcher import Server
from deployment import doctor
from health import clock_difference, site_metrics

pytestmark = pytest.mark.django_db


@pytest.fixture
def set_clock(monkeypatch):
    """Set this computer's clock so many seconds ahead."""

    def set_ahead(seconds):
        wrong = SimpleNamespace(time=lambda: time.time() + seconds)
        monkeypatch.setattr(clock_difference, "time", wrong)

    return set_ahead


@pytest.fixture
def _other_computer(settings, tmp_path):
    """The database is on another computer."""
    settings.PRIVATE_POSTGRES = None
    settings.VAR, settings.KEYSTORE_DIR = tmp_path / "var", tmp_path / "keys"


def find_clock():
    return {finding.what: finding for finding in doctor.run_checks()}.get("clock")


@pytest.mark.parametrize("ahead", [0, 90, -90])
def test_the_metrics_say_how_far_the_clock_is_from_the_database_s(client, set_clock, ahead):
    set_clock(ahead)
    text = client.get("/metrics").content.decode()
    (line,) = (each for each in text.splitlines() if each.startswith(site_metrics.CLOCK_AHEAD))
    assert float(line.split()[1]) == pytest.approx(ahead, abs=1)


@pytest.mark.usefixtures("_other_computer")
@pytest.mark.parametrize(("ahead", "found"), [(90, "s ahead of"), (-90, "s behind")])
def test_the_doctor_names_a_clock_that_differs_and_what_to_do(set_clock, ahead, found):
    set_clock(ahead)
    assert found in find_clock().found
    assert "NTP" in find_clock().need
    assert not find_clock().fatal


@pytest.mark.usefixtures("_other_computer")
def test_a_clock_that_agrees_is_well():
    assert not find_clock().need


def test_a_database_on_the_same_computer_has_the_same_clock(settings):
    settings.PRIVATE_POSTGRES = Server(settings.VAR / "none")
    assert find_clock() is None
