"""Under `eu_education` nothing leads from biometric data to an Estimate (I-24).

Every URL, socket, task and command that the site's registries name is tried, for a learner who had
allowed everything.
"""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
from celery import shared_task
from django.core.management import base
from django.http import HttpResponse
from django.urls import path
from django.utils import timezone

from config.celery import app
from consent.permits import gate
from consent.scopes import GRANT_SCOPES
from courses.models import Course
from demo.seed_data import DISCUSSION, MESSAGE
from estimates.inference import affect
from estimates.models import AffectEstimate
from realtime.routing import token_urlpatterns, websocket_urlpatterns
from tests.fixtures.site.address_samples import samples
from tests.fixtures.users import client_for_person
from tests.site.promises import biometric_access_monitor
from tests.site.promises.biometric_access_monitor import BODY, DEVICE_STREAMS

pytestmark = pytest.mark.django_db
# Other processes, or another database: no data of this site's learners is in reach.
ELSEWHERE = {
    "demo": "starts the processes whose addresses, tasks and sockets are tried here",
    "setup": "makes tables, notices, models and a Steward; its tests make a database of its own",
    "test": "runs these tests",
    "serve": "becomes one of the processes whose addresses, tasks and sockets are tried here",
    "backup": "writes the database out as it is sealed, for nobody to read",
    "restore": "reads a backup into another, empty database",
    "simulate_learners": "plays pages against a running site",
    "train": "reads a folder of data",
    "benchmark": "measures models on data sets and simulated people, not on this site's",
    "migrate": "changes tables, reads none",
    "flush": "empties the database",
}


@pytest.fixture
def world(mia, noah, greta, ines, amir, ravi, settings, tmp_path, now, monkeypatch):
    """mia sensed under the demo profile, and the monitor; the test sets the current profile."""
    settings.LEGAL_PROFILE = "demo"
    settings.MEDIA_ROOT = tmp_path
    given = samples(mia, noah, ines, tmp_path, now)
    monkeypatch.setattr(
        "estimates.registry.predictors.load_model", lambda *_: biometric_access_monitor.Guessing()
    )
    sitting = biometric_access_monitor.sense(mia, Course.objects.get(slug="algebra"))
    assert biometric_access_monitor.of_the_body() > 0
    eye = biometric_access_monitor.watch(mia, monkeypatch)
    people = (mia, ines, amir, greta, ravi)

    class World:
        learner, watch, here, tmp = mia, eye, sitting, tmp_path

        def addresses(self, only=None):
            clients = [client_for_person(person) for person in people]
            eye.found()
            return biometric_access_monitor.through_addresses(
                clients, given, mia, sitting, eye, only
            )

        def tasks(self, only=None):
            app.loader.import_default_modules()
            return biometric_access_monitor.through_tasks(app.tasks, eye, only)

        def commands(self, only=None):
            return biometric_access_monitor.through_commands(
                calls(mia, tmp_path), ELSEWHERE, eye, only
            )

    return World()


def calls(person, folder):
    """Return the arguments of each command that needs any."""
    return {
        "export_learner": ["--learner", str(person.code), "--out", str(folder / "copy.zip")],
        "erase_learner": [str(person.code), "--yes"],
        "move_keystore": ["--to", "postgres"],
        "export_course": ["algebra", "--to", str(folder / "course")],
        "seed_discussion": [str(DISCUSSION)],
        "seed_message": [str(MESSAGE)],
        "seed_research": ["algebra"],
        "export_statements": ["algebra", str(folder / "statements.jsonl")],
        "import_course": [str(folder / "none")],
        "compliance_documents": ["--out", str(folder / "documents")],
        "rebuild_consent": ["--check"],
        "models": ["check"],
        "move_media": ["--to", "s3"],
        "predictors": ["list"],
        "runs": ["list"],
        "snapshots": ["list", "--by", "ravi"],
        "translations": ["check"],
        "verify_erasure": [str(folder / "none.json")],
        "replay_rules": ["--course", "algebra", "--days", "7"],
    }


@pytest.fixture
def school(settings, world):
    settings.LEGAL_PROFILE = "eu_education"
    return world


def test_the_monitor_detects_each_access_under_the_demo_profile(world):
    """This proves the monitor: under the demo profile the same drivers reach the data."""
    open_here = {"/journey/", "/teach/<slug:slug>/learners/<uuid:code>/"}
    assert world.addresses(open_here).keys() == open_here
    assert world.tasks(["pipeline.tasks.process_due"])
    assert world.commands(["export_learner"])


def test_no_url_task_or_command_reaches_or_makes_an_estimate(school):
    refused = gate.permits(school.learner.code, GRANT_SCOPES, now=timezone.now()).refused
    blocked = {name for name, no in refused.items() if no.code == "blocked_profile"}
    assert blocked >= {n for n in GRANT_SCOPES if f"{n.partition(':')[0]}:adapt" in BODY}
    assert school.addresses() == {}
    assert school.tasks() == {}
    assert school.commands() == {}


@pytest.mark.django_db(transaction=True)
def test_no_socket_offers_takes_or_shows_an_estimate(school):
    # And a URL without a target, closed with 4404 before any message.
    driven = {"ws/sittings/<uuid:sitting>/", ""}
    assert {str(each.pattern) for each in websocket_urlpatterns} == driven
    # tests/platform/realtime/test_device_consumer.py opens it with a token; closed before hello.
    assert {str(each.pattern) for each in token_urlpatterns} == driven
    before = biometric_access_monitor.rows_of_the_body()
    welcome, errors, reached = biometric_access_monitor.through_socket(school.here, school.watch)
    assert {each["stream"] for each in welcome["streams"]} == {"activity", "layout"}
    body = {name.partition(":")[0] for name in BODY} & set(biometric_access_monitor.PAGE_STREAMS)
    refused = [error for error in errors if error["code"] == "no_grant"]
    assert {error["stream"] for error in refused if "stream" in error} == body
    assert {error["device"] for error in refused if "device" in error} == set(DEVICE_STREAMS)
    assert reached == []
    assert biometric_access_monitor.rows_of_the_body() == before


def leak(*_args, **_kwargs):
    """Unseal a stored Estimate without asking the gate, as a careless change would."""
    from vault.sealed_values import unseal_value

    row = AffectEstimate.objects.filter(scopes__overlap=list(BODY)).select_related("learner")[0]
    unseal_value(bytes(row.sealed), place=affect._place(row.id, row.learner.code))
    return HttpResponse("leaked")


def test_a_planted_url_task_and_command_are_detected(school, settings, monkeypatch):
    planted = ModuleType("planted_urls")
    planted.urlpatterns = [path("planted/", leak)]
    monkeypatch.setitem(sys.modules, "planted_urls", planted)
    settings.ROOT_URLCONF = "planted_urls"
    assert school.addresses().keys() == {"/planted/"}

    shared_task(name="planted.leak", ignore_result=True)(leak)
    app.finalize()
    try:
        assert school.tasks(["pipeline.tasks.process_due", "planted.leak"]).keys() == {
            "planted.leak"
        }
    finally:
        app.tasks.unregister("planted.leak")

    class Planted(base.BaseCommand):
        def handle(self, **_):
            leak()

    monkeypatch.setattr(biometric_access_monitor, "get_commands", lambda: {"planted": Planted()})
    assert school.commands().keys() == {"planted"}
