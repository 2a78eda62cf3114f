"""A worker that dies at any step between arming and firing never makes an offer twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from adaptation import decide_intervention
from adaptation.effects import proximal_outcome
from adaptation.models import Intervention, RuleState
from adaptation.offers import decision_record, skipped_offers
from adaptation.rules import rule_states
from pipeline import page_messages
from pipeline import window_processing as pipeline_windows
from telemetry import sittings, windows
from telemetry.models import Window
from tests.fixtures import factories
from tests.fixtures.offers import answer
from tests.fixtures.servers.celery_worker import environment

ROOT = Path(__file__).resolve().parents[3]
FIRES_AT = 46
STEPS = {
    "states are kept": (rule_states, "store_changed_each"),
    "letting go is looked at": (skipped_offers, "store_rows"),
    "the lot is drawn": (decide_intervention.choice, "choose"),
    "the reason is sealed": (decision_record, "seal_value"),
    "what comes next is owed": (proximal_outcome, "schedule_measurement"),
    "the page is told": (page_messages, "deliver"),
    "the window is finished": (windows, "finish"),
}


@pytest.fixture
def sitting(mia, now):
    unit = factories.make_quiz_unit()
    factories.make_enrolment(mia, unit.course)
    sitting = sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=now)
    for second in (10, 15):
        answer(sitting, unit.questions.get(position=1), "999", second)
    return sitting


class Killed(BaseException):
    """Like a signal: our code does not catch it."""


def drain(sitting, second):
    at = sitting.began_at + timedelta(seconds=second)
    pipeline_windows.drain(now=lambda: at, rng=random.Random(1))


def run_until_armed(sitting):
    for second in range(FIRES_AT):
        drain(sitting, second)
    assert RuleState.objects.get(rule="R1").phase == "arming"
    assert not Intervention.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", STEPS)
def test_a_death_at_any_step_leads_to_one_offer(sitting, monkeypatch, step):
    run_until_armed(sitting)
    place, name = STEPS[step]
    with monkeypatch.context() as patched:
        patched.setattr(place, name, raise_killed)
        with pytest.raises(Killed):
            drain(sitting, FIRES_AT)
    assert not Intervention.objects.exists()
    assert RuleState.objects.get(rule="R1").fired == []

    for second in range(FIRES_AT, FIRES_AT + 60):
        drain(sitting, second)

    assert Intervention.objects.count() == 1
    assert len(RuleState.objects.get(rule="R1").fired) == 1


def raise_killed(*_, **__):
    raise Killed


@pytest.mark.django_db(transaction=True)
def test_an_uncommitted_offer_of_a_killed_worker_is_made_by_the_next(
    sitting,
):
    from django.db import connection

    run_until_armed(sitting)
    at = sitting.began_at + timedelta(seconds=FIRES_AT)
    program = textwrap.dedent(f"""
        import django, os, random, sys
        from datetime import datetime
        django.setup()
        from pipeline import page_messages, window_processing
        def stop(*_): print("written", flush=True); sys.stdin.read()
        page_messages.deliver = stop
        at = datetime.fromisoformat({at.isoformat()!r})
        window_processing.drain(now=lambda: at, rng=random.Random(1))
    """)
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings"}
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment(connection.settings_dict["NAME"]) | settings,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "written\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    process.stdin.close()
    process.stdout.close()

    # Claimed Windows fall due again after half a minute, when this one is not late yet.
    for second in range(FIRES_AT, FIRES_AT + 60):
        drain(sitting, second)

    assert Intervention.objects.count() == 1
    assert len(RuleState.objects.get(rule="R1").fired) == 1
    assert not Window.objects.filter(state="pending", due_at__lte=at).exists()
