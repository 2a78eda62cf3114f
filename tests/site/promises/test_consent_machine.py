"""Consent under any order of steps: the product's design holds, and planted faults are found.

The product runs in many orders. Three plausible but unsound designs must fail under the same
machine, or it proves nothing.
"""

from __future__ import annotations

import asyncio
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from consent.notices import notices
from consent.permits import trigger_errors
from estimates.models import Predictor
from estimates.registry import predictors
from telemetry.blocks import group_commit, partitions
from telemetry.connection import connect
from tests.fixtures import factories
from tests.fixtures.models.predictors import TenSeconds
from tests.site.promises.consent_state_machine import ConsentMachine, NotAllowed, World

pytestmark = pytest.mark.django_db(transaction=True)

NO_CHECK = b"""
INSERT INTO telemetry_block
  (day, sitting, stream, seq, learner, epoch, t0, rate_hz, rows, channels, sealed)
SELECT day, sitting, stream, seq, learner, epoch, t0, rate_hz, rows, channels, sealed
FROM unnest(%b::date[], %b::uuid[], %b::text[], %b::bigint[], %b::bigint[], %b::text[],
    %b::bigint[], %b::float8[], %b::float8[], %b::int[], %b::smallint[], %b::bytea[],
    %b::uuid[]) AS r(day, sitting, stream, seq, learner, scope, epoch, t0, rate_hz, rows, channels,
    sealed, bearer)
ON CONFLICT DO NOTHING RETURNING sitting, stream, seq
"""
NO_EPOCH = (
    group_commit.INSERT.replace(b"SELECT g.learner, g.scope, g.epoch", b"SELECT g.learner, g.scope")
    .replace(b"DISTINCT learner, scope, epoch", b"DISTINCT learner, scope")
    .replace(b"USING (learner, scope, epoch)", b"USING (learner, scope)")
)
BLOCKS, ESTIMATES = "telemetry_block_needs_grant", "estimates_scopes_live"
NAMES = {BLOCKS: "blocks", ESTIMATES: "estimates"}
OPEN = "CREATE OR REPLACE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
EPOCH = {BLOCKS: "AND g.epoch = f.epoch", ESTIMATES: "AND s.epoch = g.epoch"}


class Constant(TenSeconds):
    """A Predictor with constant output, since its estimates do not matter here."""

    labels = ("CONFUSION", "INTEREST")

    def predict(self, cuts):
        proba = np.tile([0.25, 0.75], (len(cuts), 1))
        return SimpleNamespace(proba=proba, abstain=[False] * len(cuts), reasons=[[]] * len(cuts))


@pytest.fixture
def world(db, both, monkeypatch, tmp_path):
    now = timezone.now()
    notices.publish(now)
    partitions.open_days()
    Predictor.objects.create(
        name="prior", digest="0" * 12, kind="affect", origin="simulated", active=True,
        card={"figures": {}}, registered_at=now,
    )  # fmt: skip
    monkeypatch.setattr(predictors, "load_model", lambda name, digest: Constant())
    loop = asyncio.new_event_loop()
    opened = loop.run_until_complete(connect())
    unit = factories.make_unit()
    commit = lambda rows: loop.run_until_complete(group_commit.commit(opened, rows))  # noqa: E731
    yield World(unit, commit, rewording(tmp_path / "texts"))
    loop.run_until_complete(opened.close())
    loop.close()


def rewording(folder):
    """Return a function that changes the notice of one group each time."""
    shutil.copytree(notices.FOLDER, folder)

    def reword(group):
        for path in (folder / "en").glob(f"{group}.*.md"):
            path.write_text(path.read_text() + "\nOne more line.\n")
        notices.publish(timezone.now(), folder=folder)

    return reword


@pytest.fixture
def walls():
    """Change the database's triggers as its owner, and restore them."""
    kept = [definition(name) for name in EPOCH]
    yield as_owner
    as_owner(*kept)


def definition(name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef(%s::regproc)", [name])
        return cursor.fetchone()[0]


def as_owner(*statements):
    with connection.as_owner(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


class Lax:
    """Replaces the check of Grants before Estimates are stored: any epoch, or no check."""

    def __init__(self, held=None):
        self.pairs = None if held is None else {(who, scope) for who, scope, _ in held}

    def __ge__(self, asked):
        return self.pairs is None or {(who, scope) for who, scope, _ in asked} <= self.pairs


def explore(world, runs, steps=20, **more):
    machine = type("Run", (ConsentMachine,), {"world": world})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=runs, stateful_step_count=steps, deadline=None, database=None,
            suppress_health_check=list(HealthCheck), **more,
        ),
    )  # fmt: skip


def is_detected(world, runs=400):
    with pytest.raises(NotAllowed):
        explore(world, runs, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False)
    return True


def test_no_order_of_steps_stores_or_keeps_what_is_not_allowed(world):
    explore(world, 50, phases=[Phase.generate])  # more examples and shrinking are for the long run


@pytest.mark.long
def test_no_order_of_many_steps_stores_or_keeps_what_is_not_allowed(world):
    explore(world, 10_000, steps=20)


@pytest.mark.parametrize(
    ("opened", "asks_at"),
    [
        (BLOCKS, "connect"),
        (ESTIMATES, "connect"),
        (ESTIMATES, "receive"),
        pytest.param(BLOCKS, "receive", marks=pytest.mark.long),
    ],
)
def test_a_check_only_before_the_write_is_detected(world, walls, monkeypatch, asks_at, opened):
    walls(OPEN.format(opened))
    if opened == BLOCKS:
        monkeypatch.setattr(group_commit, "INSERT", NO_CHECK)
    else:
        monkeypatch.setattr(trigger_errors, "lock_live_grants", lambda *_: Lax())
    assert is_detected(
        World(world.unit, world.commit, world.reword, asks_at=asks_at, planted=NAMES[opened])
    )


@pytest.mark.parametrize("weakened", [ESTIMATES, pytest.param(BLOCKS, marks=pytest.mark.long)])
def test_a_check_without_the_epoch_is_detected(world, walls, monkeypatch, weakened):
    whole = definition(weakened)
    assert EPOCH[weakened] in whole
    walls(whole.replace(EPOCH[weakened], ""))
    if weakened == BLOCKS:
        monkeypatch.setattr(group_commit, "INSERT", NO_EPOCH)
    else:
        real = trigger_errors.lock_live_grants
        monkeypatch.setattr(trigger_errors, "lock_live_grants", lambda *asked: Lax(real(*asked)))
    assert is_detected(World(world.unit, world.commit, world.reword, planted=NAMES[weakened]))
