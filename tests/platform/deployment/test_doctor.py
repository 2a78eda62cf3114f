"""`manage.py doctor` names what is missing and how to get it; only the demo's needs are fatal."""

from __future__ import annotations

import dataclasses
import json

import pytest
from django.core.management import call_command
from django.db import OperationalError

from config.embedded_postgres.launcher import Server
from deployment import doctor, free_port, required_programs

pytestmark = pytest.mark.django_db


@pytest.fixture
def _demo(settings):
    """A computer that runs the demo, with a private PostgreSQL."""
    settings.PRIVATE_POSTGRES = Server(settings.VAR / "none")


def by_name() -> dict[str, doctor.DoctorFinding]:
    return {finding.what: finding for finding in doctor.run_checks()}


@pytest.mark.usefixtures("_demo")
def test_it_checks_everything_the_demo_needs(capsys):
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


@pytest.mark.usefixtures("_demo")
def test_a_missing_browser_is_reported_with_the_way_to_get_it(monkeypatch):
    monkeypatch.setattr(required_programs, "find_any_chromium", lambda: None)
    found = by_name()["Chromium"]
    assert "manage.py test fetches one" in found.line()
    assert not found.fatal


def test_a_named_browser_that_is_not_there_is_missing(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/nonexistent/chromium")
    assert required_programs.find_chromium() is None


def test_a_bucket_is_named_and_what_to_repair_in_it(bucket_store, settings):
    found = by_name()["media"]
    assert not found.fatal
    assert "bucket media, at http://127.0.0.1" in found.line()
    settings.MEDIA_BUCKET = dataclasses.replace(settings.MEDIA_BUCKET, secret="another")
    found = by_name()["media"]
    assert found.fatal
    assert "MEDIA_S3_SECRET is wrong" in found.line()


@pytest.mark.usefixtures("_demo")
def test_missing_node_is_not_fatal(monkeypatch):
    monkeypatch.setattr(doctor.shutil, "which", lambda _: None)
    found = by_name()["Node.js"]
    assert found.need
    assert not found.fatal


def test_a_postgresql_that_cannot_run_is_fatal_and_ends_with_1(settings, monkeypatch, capsys):
    settings.PRIVATE_POSTGRES = Server(settings.VAR / "none")
    monkeypatch.setattr(required_programs, "read_version", lambda _: "")
    assert by_name()["PostgreSQL"].fatal
    with pytest.raises(SystemExit) as caught:
        call_command("doctor")
    assert caught.value.code == 1
    assert "MISSING  PostgreSQL" in capsys.readouterr().out


@pytest.mark.usefixtures("_demo")
def test_a_busy_port_is_no_trouble(monkeypatch):
    monkeypatch.setattr(free_port, "is_free", lambda _: False)
    assert "takes the next" in by_name()["port 8000"].line()


def test_a_program_that_cannot_run_has_no_version():
    assert required_programs.read_version("/nonexistent/program") == ""


@pytest.fixture
def own_site(settings, tmp_path):
    """A site with an external PostgreSQL, which may not write its own code."""
    settings.PRIVATE_POSTGRES = None
    settings.VAR, settings.KEYSTORE_DIR = tmp_path / "var", tmp_path / "keys"
    return settings


def test_a_production_site_needs_no_browser_node_or_port(own_site):
    assert by_name().keys().isdisjoint({"Node.js", "Chromium", "port 8000"})
    assert by_name()["PostgreSQL"].found.endswith(", named by DATABASE_URL")


def test_a_database_that_does_not_answer_is_fatal(own_site, monkeypatch):
    def refuse():
        raise OperationalError

    monkeypatch.setattr(doctor.connection, "ensure_connection", refuse)
    found = by_name()["PostgreSQL"]
    assert found.fatal
    assert "correct DATABASE_URL" in found.need


def test_only_data_and_key_folders_are_checked(own_site, monkeypatch):
    refused = own_site.BASE_DIR
    monkeypatch.setattr(doctor.os, "access", lambda place, _: place != refused)
    assert not by_name()["the data"].fatal
    own_site.KEYSTORE_DIR = refused
    found = by_name()["the keys"]
    assert found.fatal
    assert str(refused) in found.need
