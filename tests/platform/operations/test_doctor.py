"""The doctor names what is missing and what to do; only what the demo needs is fatal."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from operations import doctor, ports, programs

pytestmark = pytest.mark.django_db


def by_name() -> dict[str, doctor.Finding]:
    return {finding.what: finding for finding in doctor.examine()}


def test_it_looks_at_everything_the_demo_needs(capsys):
    call_command("doctor", json=True)
    told = json.loads(capsys.readouterr().out)
    names = [row["what"] for row in told["rows"]]
    assert told["name"] == "doctor"
    assert {
        "Python",
        "PostgreSQL",
        "legal profile",
        "Node.js",
        "Chromium",
        "port 8000",
        "disk",
    } <= set(names)


def test_a_missing_browser_is_said_with_the_way_to_get_it(monkeypatch):
    monkeypatch.setattr(programs, "any_chromium", lambda: None)
    found = by_name()["Chromium"]
    assert "manage.py test fetches one" in found.line()
    assert not found.fatal


def test_a_named_browser_that_is_not_there_is_missing(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/nonexistent/chromium")
    assert programs.chromium() is None


def test_missing_node_is_not_fatal(monkeypatch):
    monkeypatch.setattr(doctor.shutil, "which", lambda _: None)
    found = by_name()["Node.js"]
    assert found.need
    assert not found.fatal


def test_a_postgresql_that_cannot_run_is_fatal_and_ends_with_1(settings, monkeypatch, capsys):
    from config.private_postgres import Server

    settings.PRIVATE_POSTGRES = Server(settings.VAR / "none")
    monkeypatch.setattr(programs, "version", lambda _: "")
    assert by_name()["PostgreSQL"].fatal
    with pytest.raises(SystemExit) as caught:
        call_command("doctor")
    assert caught.value.code == 1
    assert "MISSING  PostgreSQL" in capsys.readouterr().out


def test_a_busy_port_is_no_trouble(monkeypatch):
    monkeypatch.setattr(ports, "is_free", lambda _: False)
    assert "takes the next" in by_name()["port 8000"].line()


def test_a_program_that_cannot_run_has_no_version():
    assert programs.version("/nonexistent/program") == ""
