"""`manage.py verify_audit`: exit code 0 all sound, 1 a finding, 2 wrong use; acts and leaves."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from random import Random
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

import audit
from audit import sequencer, witness_publisher
from audit.findings import AuditFindings
from audit.models import Leaf
from consent.models import ConsentEvent
from privacy.erasure import erasure
from privacy.models import Erasure
from stewardship.audit_log import reconciliation
from tests.fixtures.consent import withdraw
from vault import signing
from vault.keystore import open_keystore

pytestmark = pytest.mark.django_db
SCOPES = ("pointer:adapt", "activity:adapt", "typing:adapt")


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    settings.AUDIT_WITNESS_FILE = tmp_path / "witness" / "heads.jsonl"


@pytest.fixture
def history(allow, mia, noah, now, settings):
    """Grants and withdrawals of two people, under a signed and witnessed head."""
    allow(mia, *SCOPES)
    allow(noah, "pointer:adapt")
    erasure.withdraw(mia.code, ["pointer:adapt"], now=now)
    allow(mia, "pointer:adapt", now=now + timedelta(seconds=1))
    sequencer.sweep(now=now)
    witness_publisher.publish_to_file(now=now)
    return settings.AUDIT_WITNESS_FILE


def run_command(*arguments):
    """Run the command; return its exit code and output."""
    out = io.StringIO()
    try:
        call_command("verify_audit", *arguments, stdout=out)
    except SystemExit as end:
        return end.code, out.getvalue()
    except CommandError as error:
        return error.returncode, str(error)
    return 0, out.getvalue()


def row(*arguments):
    code, text = run_command("--json", *arguments)
    told = json.loads(text)
    assert (told["name"], code) == ("verify_audit", 0 if told["rows"][0]["sound"] else 1)
    return told["rows"][0]


def count_findings():
    findings = AuditFindings()
    reconciliation.compare_all(findings)
    return dict(findings.counts)


# --- the command ---


def test_a_sound_audit_is_0_with_the_figures(history):
    code, text = run_command()
    assert code == 0, text
    assert "all sound" in text
    told = row()
    assert told["leaves"] == told["size"] == Leaf.objects.count()
    assert (told["heads"], told["witness_lines"], told["findings"]) == (1, 1, [])
    assert told["acts"] == ConsentEvent.objects.count() + Erasure.objects.count()
    assert told["leaves_per_s"] > 0


def test_a_finding_is_1_with_its_kind_and_place(history):
    with connection.as_owner():
        Leaf.objects.filter(position__seq=2).update(public="roles=steward")
    leaf = Leaf.objects.get(position__seq=2)
    code, text = run_command()
    assert code == 1
    assert f"unsound  position 2  leaf {leaf.id} is not what was recorded" in text
    assert row()["counts"] == {"unsound": 1}


def test_pending_leaves_are_placed_first(mia, amir):
    assert row()["size"] == Leaf.objects.count() > 0


def test_a_lost_witness_is_1_and_one_that_never_existed_is_2(history):
    history.unlink()
    code, text = run_command()
    assert (code, "cannot be read" in text) == (1, True)
    assert run_command("--witness", str(history))[0] == 2


def test_an_outsider_needs_only_the_public_key_and_a_copy_of_the_heads(history, settings, tmp_path):
    key = signing.public_key().hex()
    settings.KEYSTORE_DIR = tmp_path / "nothing here"
    told = row("--public-key", key, "--witness", str(history))
    assert (told["sound"], told["acts"], told["witness_lines"]) == (True, 0, 1)
    assert not settings.KEYSTORE_DIR.exists()
    assert row("--public-key", "ab" * 32)["counts"]["signature"] == 1


@pytest.mark.parametrize("arguments", [("--public-key", "xyz"), ("--since", "3")])
def test_wrong_use_is_2(history, arguments):
    assert run_command(*arguments)[0] == 2


def test_since_reads_only_what_came_after_that_head(history, mia, now):
    size = Leaf.objects.count()
    with transaction.atomic():
        audit.record("person.sign_out", actor=mia.code, subject=mia.code)
    sequencer.sweep(now=now + timedelta(minutes=2))
    witness_publisher.publish_to_file(now=now)
    assert row("--since", str(size))["leaves"] == 1


# --- acts and their leaves ---


def test_each_consent_event_and_each_erasure_has_its_leaf(history):
    assert count_findings() == {}


def test_an_event_without_its_leaf_is_found(history, mia):
    event = ConsentEvent.objects.filter(learner=mia).first()
    event.pk, event.epoch = None, 9
    event.save(force_insert=True)
    assert count_findings() == {"act_without_leaf": 1}


def test_a_leaf_without_its_event_is_found(history, mia):
    public = {"scope": "pointer:adapt", "epoch": 9}
    with transaction.atomic():
        audit.record("consent.grant", actor=mia.code, subject=mia.code, public=public)
    assert count_findings() == {"leaf_without_act": 1}


def test_an_event_under_another_epoch_or_person_is_two_findings(history, noah):
    with connection.as_owner():
        ConsentEvent.objects.filter(learner=noah).update(epoch=7)
    assert count_findings() == {"act_without_leaf": 1, "leaf_without_act": 1}


def test_an_erasure_without_its_leaf_and_a_leaf_without_its_erasure_are_found(history, mia):
    asked = Erasure.objects.get()
    Erasure.objects.filter(id=asked.id).update(id=uuid4())
    assert count_findings() == {"act_without_leaf": 1, "leaf_without_act": 1}


def test_leaves_of_an_erased_person_are_no_finding(history, mia, now):
    erasure.erase(mia.code, actor=mia.code, cause="request", now=now)
    assert not ConsentEvent.objects.filter(learner=mia.pk).exists()
    assert count_findings() == {}
    assert open_keystore().key_ids(mia.code) == []


def test_leaves_of_more_people_than_were_erased_are_found(history):
    public = {"scope": "pointer:adapt", "epoch": 1}
    stranger = uuid4()
    with transaction.atomic():
        audit.record("consent.grant", actor=stranger, subject=stranger, public=public)
    assert count_findings() == {"leaf_without_act": 1}


# --- I-19: an act and its leaf are both there, or neither ---


@pytest.mark.django_db(transaction=True)
def test_acts_that_are_rolled_back_or_killed_anywhere_leave_as_many_rows_as_leaves(
    allow, mia, noah, now
):
    """They are rolled back whole, in a savepoint, or by losing the connection, at random."""
    rng, done = Random(20261120), []
    events, leaves = ConsentEvent.objects, Leaf.objects.filter(verb__startswith="consent.")
    for turn in range(40):
        person, scope = rng.choice((mia, noah)), rng.choice(SCOPES)
        end = rng.choice((keep, keep, roll_back, savepoint, kill))
        when = now + timedelta(seconds=turn)
        done.append(end)
        end(lambda who=person, name=scope, at=when: act(allow, who, name, at))
        assert events.count() == leaves.count(), (turn, end.__name__)
    assert {keep, roll_back, savepoint, kill} == set(done)
    assert events.count() > 0
    assert count_findings() == {}


def act(allow, person, scope, at):
    """Change one Grant: on, or off if it is on."""
    if person.grants.filter(scope=scope, live=True).exists():
        withdraw(person, [scope], now=at)
    else:
        allow(person, scope, now=at)


def keep(work):
    with transaction.atomic():
        work()


def roll_back(work):
    with transaction.atomic():
        work()
        transaction.set_rollback(True)


def savepoint(work):
    with transaction.atomic():
        with transaction.atomic():
            work()
            transaction.set_rollback(True)
        Leaf.objects.count()


def kill(work):
    """End the connection before the commit, as a `kill -9` of this process would."""
    with pytest.raises(DatabaseError, match="closed"), transaction.atomic():  # noqa: PT012
        work()
        connection.connection.close()
        Leaf.objects.count()
    connection.close()


# --- I-13: after an erasure the leaves verify and identify no one ---


def test_after_an_erasure_the_leaves_verify_and_identify_no_one(history, mia, amir, now):
    with transaction.atomic():
        audit.record("steward.view", actor=amir.code, subject=mia.code)
    before = audit_refs(mia)
    assert len(before) > 3
    erasure.erase(mia.code, actor=mia.code, cause="request", now=now)
    sequencer.sweep(now=now + timedelta(minutes=2))
    told = row()
    assert told["sound"], told["findings"]
    assert Leaf.objects.filter(id__in=before).count() == len(before)
    assert audit_refs(mia) == []


def audit_refs(person):
    """Return the leaves that can be linked to this person with any data the site still has."""
    from audit.queries import leaves_about, leaves_by

    rows = leaves_about(person.code) | leaves_by(person.code)
    return list(rows.values_list("id", flat=True))
