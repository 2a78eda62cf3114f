"""An erasure killed by SIGKILL between or inside steps is completed (I-11)."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

import data_inventory
from accounts.models import User
from audit.models import Leaf
from privacy.erasure import certificates, erasure, erasure_completion, ledger
from privacy.models import STATES, Erasure
from tests.fixtures.servers.celery_worker import environment
from tests.fixtures.users import make
from vault import signing
from vault.keystore import open_keystore

pytestmark = pytest.mark.django_db(transaction=True)
DRIVER = Path(__file__).with_name("kill_driver.py")
BETWEEN = STATES[1:]
INSIDE = (
    "before note",
    "after note",
    "before destroy",
    "after destroy",
    "after forget",
    "before record",
    "after record",
    "before end_generation",
    "after rewrap",
    "before clear",
    "after issue",
)


@pytest.fixture(autouse=True)
def _own_keystore(own_keystore):
    pass


def person(number, allow):
    who = make(f"learner-{number}")
    allow(who, "pointer:adapt")
    open_keystore().current_key(who.code, "pointer:adapt", 1, timezone.now())
    return str(who.code)


def kill(people, folder):
    """Return the state of each child, killed as given."""
    done = subprocess.run(
        [sys.executable, str(DRIVER)],
        input=json.dumps({"people": people}),
        env={**environment(connection.settings_dict["NAME"]), "KEYSTORE_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


def assert_all_end_well(people, erased):
    """Check that one sweep and one finish end each as if there had been no kill."""
    erasure.sweep(now=timezone.now())
    subjects = dict(Erasure.objects.values_list("subject", "pk"))
    erasure_completion.finish(clock=timezone.now, wait=timedelta(0))
    assert {str(code) for code in subjects} == {code for code, *_ in people}
    for subject, pk in subjects.items():
        row = Erasure.objects.get(pk=pk)
        assert row.subject is None
        assert (row.state, row.disk, row.found) == ("certified", "gone", 0), row.__dict__
        assert row.counts["keys"] == len(row.destroyed()) >= 3
        assert open_keystore().key_ids(subject) == []
        assert certificates.verify_certificate(
            row.certificate.encode(), public=signing.public_key()
        ).right
        for holding in data_inventory.all():
            assert not holding.rows_of(subject).exists()
        mine = Leaf.objects.filter(verb="erasure.step", public__contains=str(row.id))
        assert mine.count() == len(STATES) - 2
        assert Leaf.objects.filter(verb="erasure.done", public__contains=str(row.id)).count() == 1
    assert ledger.outstanding() == []
    assert User.objects.count() == erased


def test_killed_between_and_inside_steps_one_sweep_completes_all(allow, own_keystore):
    points = [*BETWEEN, *INSIDE]
    people = [[person(number, allow), point, 0] for number, point in enumerate(points)]
    kept = person("kept", allow)

    ended, said = kill(people, own_keystore)

    assert dict(zip(points, ended, strict=True)) == dict.fromkeys(points, -signal.SIGKILL), said
    assert_all_end_well(people, 1)
    assert len(open_keystore().key_ids(UUID(kept))) >= 3


@pytest.mark.long
@pytest.mark.parametrize("state", BETWEEN[:-1])
def test_killed_a_hundred_times_at_random_moments(state, allow, own_keystore):
    rng = random.Random(state)
    longest = 1.5 if state in ("derived", "rotated") else 0.05
    people = [[person(n, allow), state, rng.uniform(1e-4, longest)] for n in range(100)]
    ended, said = kill(people, own_keystore)
    assert ended.count(-signal.SIGKILL) >= 50, said
    assert ended.count(1) == 0, said
    assert_all_end_well(people, 0)
