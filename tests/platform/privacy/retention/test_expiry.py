"""No row is kept longer than its class allows; classes come only from the declarations."""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import UTC, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.utils import timezone

import data_inventory
from accounts.models import Session, SignInThrottle
from adaptation.models import Intervention
from audit.models import Leaf
from consent.legal_profiles import profiles
from estimates.models import AffectEstimate, Dispute
from pipeline import tasks
from privacy.management.commands import expire as command
from privacy.retention import expiry, retention_classes
from telemetry import sittings, windows
from telemetry.blocks import partitions
from telemetry.models import Block, Window
from tests.fixtures import factories
from tests.fixtures.sockets import recordings
from tests.platform.privacy.erasure.test_erasure import estimate, predictor  # noqa: F401
from vault.encryption import Place
from vault.errors import KeyDestroyed, KeystoreBusy
from vault.keystore import open_keystore
from vault.sealed_values import seal_value, unseal_value
from vault.sqlite_file import KeyFile

pytestmark = pytest.mark.django_db
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)


@pytest.fixture
def sitting(mia, allow, now):
    factories.open_days(now)
    allow(mia, *[f"{name}:adapt" for name in recordings.STREAMS])
    unit = factories.make_quiz_unit()
    factories.make_enrolment(mia, unit.course)
    sitting = sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=now)
    recordings.store(sitting, {"pointer": recordings.recording()["pointer"]}, now=now)
    return sitting


@pytest.fixture
def offers(sitting, mia, now):
    """One offer made from sensed data, and one from course facts only."""
    fields = {
        "sitting": sitting,
        "learner": mia,
        "version": 1,
        "kind": "hint",
        "probability": 1,
        "delivered": True,
        "sealed": b"sealed",
        "decided_at": now,
    }
    made_from = {"scopes": ["pointer:adapt"], "epochs": [1]}
    sensed = Intervention.objects.create(rule="R2", cut=1, **made_from, **fields)
    return sensed, Intervention.objects.create(rule="R1", cut=2, **fields)


def gone(now):
    return expiry.delete_expired(now=now)


def leaves():
    told = Leaf.objects.filter(verb="retention.expire").values_list("public", flat=True)
    return [dict(pair.split("=") for pair in public.split()) for public in told]


def digest_of_everything():
    """Return a digest of all rows of all tables, and of the keystore."""
    told = hashlib.sha256()
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f'SELECT t::text FROM "{table}" t ORDER BY 1')
            told.update(repr((table, cursor.fetchall())).encode())
    told.update(repr((partitions.existing_days(), open_keystore().generation())).encode())
    return told.hexdigest()


def test_every_table_with_a_lifetime_has_one_class_and_no_other_table_has(demo):
    found = retention_classes.in_force(profiles.current())
    ageing = {
        each.model._meta.db_table
        for each in data_inventory.all()
        if each.retain is not None or each.fades_with is not None
    }
    tables = [each.table for each in found]

    assert len(tables) == len(set(tables))
    assert set(tables) == ageing
    assert {"telemetry_block", "accounts_session", "estimates_dispute"} < ageing


def test_the_profile_sets_sensed_periods_and_tables_the_rest(settings):
    settings.LEGAL_PROFILE = "us_higher_ed"
    retention = profiles.current().retention
    kept = {each.table: each for each in retention_classes.in_force(profiles.current())}
    days = {table: (each.kept.days, each.by) for table, each in kept.items()}

    assert retention.blocks != retention.estimates != retention.aggregates
    assert days["telemetry_block"] == (retention.blocks, "profile")
    assert days["estimates_affectestimate"] == (retention.estimates, "profile")
    assert days["adaptation_intervention"] == (retention.estimates, "profile")
    assert days["estimates_member"] == (retention.aggregates, "profile")
    assert days["telemetry_window"] == (1, "table")


def test_a_day_is_dropped_when_its_first_block_is_seven_days_old(sitting, now):
    began = now.astimezone(UTC).replace(hour=0, minute=0, second=0)
    gone(began + timedelta(days=7) - SECOND)
    assert Block.objects.filter(sitting=sitting.id).exists()

    counts = gone(began + timedelta(days=7))

    assert counts["telemetry_block"] >= 1
    assert not Block.objects.filter(sitting=sitting.id).exists()
    assert {"table": "telemetry_block", "days": str(counts["telemetry_block"])} in leaves()


def test_days_in_use_remain_after_a_drop(sitting, now):
    gone(now + timedelta(days=4000))

    sitting.began_at = timezone.now()
    recordings.store(sitting, {"pointer": recordings.recording()["pointer"]}, now=now)
    assert partitions.existing_days()


def test_many_days_are_dropped_in_batches(db, monkeypatch):
    now, dropped, real = timezone.now(), [], partitions.drop_up_to
    partitions.drop_before(now.date() - timedelta(days=2))
    with connection.cursor() as cursor:
        cursor.execute("SELECT telemetry_open_days(%s, 3)", [now.date() - timedelta(days=60)])
    monkeypatch.setattr(expiry, "DAYS_AT_ONCE", 2)
    monkeypatch.setattr(partitions, "drop_up_to", lambda day: dropped.append(real(day)) or 1)

    gone(now)

    assert dropped == [2, 1]
    assert min(partitions.existing_days()) >= now.date() - timedelta(days=2)


def test_an_estimate_expires_after_seven_days(sitting, predictor, now, mia):  # noqa: F811
    row = estimate(sitting, predictor, 1, ["pointer:adapt"], now)
    Dispute.objects.create(estimate=row, learner=mia, sealed=b"own", made_at=now + 6 * DAY)

    gone(now + timedelta(days=7))
    assert AffectEstimate.objects.exists()
    counts = gone(now + timedelta(days=7) + SECOND)

    assert not AffectEstimate.objects.exists()
    assert (counts["estimates_affectestimate"], counts["estimates_dispute"]) == (1, 1)


def test_without_a_profile_the_tables_own_periods_apply(sitting, predictor, now, settings):  # noqa: F811
    estimate(sitting, predictor, 1, ["pointer:adapt"], now)
    settings.LEGAL_PROFILE = None

    gone(now + timedelta(days=29))
    assert AffectEstimate.objects.exists()
    gone(now + timedelta(days=31))

    assert not AffectEstimate.objects.exists()


def test_the_reason_of_an_offer_expires_and_its_record_stays(offers, now):
    sensed, course = offers

    assert gone(now + 8 * DAY)["adaptation_intervention"] == 1
    assert gone(now + 8 * DAY)["adaptation_intervention"] == 0

    sensed.refresh_from_db()
    course.refresh_from_db()
    assert (bytes(sensed.sealed), bytes(course.sealed)) == (b"", b"sealed")


def test_sessions_attempts_and_windows_expire_too(sitting, mia, now):
    Session.objects.create(
        key_digest="a" * 64, user=mia, auth_digest="b" * 64, began_at=now, expires_at=now + HOUR
    )
    SignInThrottle.objects.create(
        login_digest="a" * 64, network_digest="b" * 64, count=1, until=now, forgotten_at=now
    )
    windows.fall_due(sitting.id, 0.0, now)
    tables = ("accounts_session", "accounts_signinthrottle", "telemetry_window")

    assert [gone(now + DAY)[name] for name in tables] == [0, 0, 0]
    assert Window.objects.exists()
    counts = gone(now + DAY + HOUR)

    assert counts["accounts_session"] == counts["accounts_signinthrottle"] == 1
    assert counts["telemetry_window"] > 1
    assert not Window.objects.exists()


def test_a_batch_of_rows_records_one_leaf(sitting, now, monkeypatch):
    windows.fall_due(sitting.id, 0.0, now)
    monkeypatch.setattr(expiry, "BATCH", 5)

    count = gone(now + 2 * DAY)["telemetry_window"]

    told = [leaf for leaf in leaves() if leaf["table"] == "telemetry_window"]
    assert sum(int(leaf["rows"]) for leaf in told) == count
    assert len(told) == -(-count // 5)


def sealed(mia, scope, now):
    place = Place("estimates_affectestimate", "sealed", str(uuid.uuid4()), mia.code)
    return place, seal_value({"labels": {}}, place=place, scopes={scope: 1}, now=now)


@pytest.mark.parametrize("scope", ["pointer:adapt", "course"])
def test_a_key_is_destroyed_after_everything_it_may_have_sealed(
    own_keystore, mia, demo, now, scope
):
    place, copy = sealed(mia, scope, now)
    last, last_copy = sealed(mia, scope, now + 7 * DAY)

    gone(now + 14 * DAY)
    assert unseal_value(last_copy, place=last) == unseal_value(copy, place=place)
    counts = gone(now + 14 * DAY + HOUR + SECOND)

    if scope == "course":
        assert counts["keystore"] == 0
        assert unseal_value(copy, place=place)
        return
    assert counts["keystore"] == 1
    for where, what in ((place, copy), (last, last_copy)):
        with pytest.raises(KeyDestroyed):
            unseal_value(what, place=where)


def test_a_failing_class_does_not_block_the_others(sitting, now, monkeypatch, caplog):
    windows.fall_due(sitting.id, 0.0, now)

    def locked(*_):
        raise DatabaseError("canceling statement due to lock timeout")

    monkeypatch.setattr(partitions, "drop_before", locked)
    lines = {line.table: line.count for line in expiry.expire(now=now + 9 * DAY)}

    assert lines["telemetry_block"] is None
    assert lines["telemetry_window"] > 0
    assert "expire.waits" in caplog.text


def test_the_hourly_task_deletes_expired_data(sitting, predictor, now, monkeypatch):  # noqa: F811
    estimate(sitting, predictor, 1, ["pointer:adapt"], now)
    monkeypatch.setattr(tasks.timezone, "now", lambda: now + 8 * DAY)

    tasks.expire()

    assert not AffectEstimate.objects.exists()


def run(now, monkeypatch, *flags):
    monkeypatch.setattr(command.timezone, "now", lambda: now)
    out = StringIO()
    call_command("expire", *flags, stdout=out)
    return out.getvalue()


def test_a_dry_run_counts_and_changes_nothing(
    own_keystore,
    sitting,
    offers,
    predictor,  # noqa: F811
    now,
    monkeypatch,
):
    estimate(sitting, predictor, 1, ["pointer:adapt"], now)
    windows.fall_due(sitting.id, 0.0, now)
    later, before = now + 15 * DAY, digest_of_everything()

    told = json.loads(run(later, monkeypatch, "--dry-run", "--json"))
    assert "Nothing was changed." in run(later, monkeypatch, "--dry-run")

    assert digest_of_everything() == before
    done = json.loads(run(later, monkeypatch, "--json"))
    assert (told["dry_run"], done["dry_run"], told["profile"]) == (True, False, "demo")
    assert told["rows"] == done["rows"]
    assert digest_of_everything() != before
    units = {row["unit"] for row in told["rows"] if row["count"]}
    assert units == {"days", "rows", "reasons", "keys"}


def test_the_command_fails_if_something_could_not_be_deleted(sitting, now, monkeypatch):
    def busy(*_):
        raise DatabaseError

    monkeypatch.setattr(partitions, "drop_before", busy)
    with pytest.raises(CommandError) as refused:
        run(now + 9 * DAY, monkeypatch)
    assert refused.value.returncode == 1
    assert "telemetry_block" in str(refused.value)


def test_keys_are_wiped_later_if_the_wipe_failed(own_keystore, mia, demo, now, monkeypatch):
    sealed(mia, "pointer:adapt", now)
    with monkeypatch.context() as full:
        full.setattr(KeyFile, "wipe", raising(KeystoreBusy("the disk is full")))
        lines = {line.table: line.count for line in expiry.expire(now=now + 30 * DAY)}
    assert lines["keystore"] is None
    assert Leaf.objects.filter(public="keys=1 table=keystore").count() == 1

    wiped = []
    monkeypatch.setattr(KeyFile, "wipe", lambda *_: wiped.append(True))
    assert gone(now + 30 * DAY)["keystore"] == 0
    assert wiped


def raising(error):
    def fail(*_):
        raise error

    return fail
