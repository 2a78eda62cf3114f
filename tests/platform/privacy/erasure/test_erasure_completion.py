"""The slow steps of an Erasure on real files: keystore rotated, disk searched, certified."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

import data_inventory
from accounts.people import name_of
from audit.models import Leaf
from consent.permits import gate
from courses.answers.responses import unseal_reply
from courses.models import Response
from health import readiness
from privacy.erasure import certificates, erasure, erasure_completion, postgres_files, residual_data
from privacy.erasure.byte_search import search
from privacy.models import STATES, Erasure
from telemetry.models import Block
from tests.fixtures.servers.celery_worker import environment
from tests.platform.vault.transit_server import TOKEN, running
from vault import keystore, signing
from vault.hashicorp_transit import Transit
from vault.keystore import KeyStore, open_keystore

pytestmark = pytest.mark.django_db(transaction=True)
NOW = timedelta(0)


@pytest.fixture(autouse=True)
def _own_keystore(own_keystore):
    pass


def finish(at=timezone.now, wait=NOW):
    return erasure_completion.finish(clock=at, wait=wait)


def database_folder():
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        return postgres_files._folder(cursor)


def test_an_erasure_is_certified_with_no_byte_left(lives):
    mia, noah = lives("mia"), lives("noah")
    ids = open_keystore().key_ids(mia.code)
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # the statistics quote values, too
    done = erasure.erase(mia.code, actor=None, cause="request", now=timezone.now())
    assert done.state == "derived"
    folder = database_folder()
    # In table files, the log or both: a parallel test may just have switched the log.
    assert search(ids, folder).hits, "nothing was there to make go"

    assert finish() == 3

    done.refresh_from_db()
    assert (done.state, done.disk, done.found, done.flagged) == ("certified", "gone", 0, 0)
    assert search(ids, database_folder()).hits == frozenset()
    assert search(ids, keystore.folder()).hits == frozenset()
    assert done.needles == len(ids) == done.counts["keys"]
    reached = [getattr(done, f"{state}_at") for state in STATES]
    assert reached == sorted(reached)
    assert done.shredded_at <= done.bytes_gone_at <= done.certified_at
    verdict = certificates.verify_certificate(
        done.certificate.encode(), public=signing.public_key()
    )
    assert verdict.right
    assert verdict.content["search"]["found"] == 0
    assert Leaf.objects.filter(verb="erasure.step", public__contains=str(done.id)).count() == 6
    assert Leaf.objects.filter(verb="erasure.done", public__contains=str(done.id)).count() == 1
    assert name_of(noah.person) == "noah"
    assert [unseal_reply(r) for r in Response.objects.all()] == ["5"]
    assert Block.objects.filter(learner=noah.person).exists()


def test_a_withdrawal_is_certified_and_other_keys_remain(lives, now):
    mia = lives("mia")
    done = erasure.withdraw(mia.code, ["pointer:adapt"], now=timezone.now())
    finish()

    done.refresh_from_db()
    assert (done.state, done.disk) == ("certified", "gone")
    assert certificates.verify_certificate(done.certificate.encode()).content["scopes"] == [
        "pointer:adapt"
    ]
    assert set(Block.objects.values_list("stream", flat=True).distinct()) == {"typing", "activity"}
    assert gate.permit(mia.code, "typing:adapt", now=timezone.now())
    assert name_of(mia.person) == "mia"


def test_erasures_of_one_minute_share_a_rotation(mia, noah, now):
    before = open_keystore().generation()
    first = erasure.erase(mia.code, actor=None, cause="request", now=now)
    began = first.derived_at  # later than `now` by as long as the first steps took
    second = erasure.erase(noah.code, actor=None, cause="request", now=began)

    early = began + timedelta(seconds=50)
    assert finish(lambda: early, erasure_completion.SHARED) == 0
    assert open_keystore().generation() == before
    due = began + timedelta(seconds=61)
    finish(lambda: due, erasure_completion.SHARED)

    assert open_keystore().generation() == before + 1
    for row in (first, second):
        row.refresh_from_db()
        assert (row.state, row.generation) == ("certified", before + 1)
        certified = certificates.verify_certificate(row.certificate.encode()).content
        assert certified["destroyed_master_key"] == row.master_key == f"file:kek-{before}"
    assert Leaf.objects.filter(verb="keys.rewrap").count() == 1


def test_a_key_that_no_service_wrapped_is_not_named_as_a_services(mia, noah, now, monkeypatch):
    """The site configures a key service after its first erasures."""
    before = open_keystore().generation()
    with running() as service:
        outer = Transit(service.url, "attune", TOKEN)
        store = KeyStore(keystore.folder(), outer=outer, sleep=lambda _: None)
        monkeypatch.setattr("vault.keystore._open", lambda _: store)
        done = []
        for person in (mia, noah):
            done.append(erasure.erase(person.code, actor=None, cause="request", now=now))
            finish()
    for row in done:
        row.refresh_from_db()
    named = [row.master_key for row in done]
    assert named == [f"file:kek-{before}", f"transit:attune-{before + 1}"]


def test_bytes_held_by_a_reader_are_searched_for_again(lives):
    mia = lives("mia")
    address = environment(connection.settings_dict["NAME"])["DATABASE_URL"]
    with psycopg.connect(address) as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT 1 FROM pg_class LIMIT 1")
        done = erasure.erase(mia.code, actor=None, cause="request", now=timezone.now())
        finish()
        done.refresh_from_db()
        assert (done.state, done.disk, done.bytes_gone_at) == ("certified", "left", None)
        first = certificates.verify_certificate(done.certificate.encode())
        assert first.right
        assert (first.content["times"]["bytes_gone"], first.content["search"]["disk"]) == (
            None,
            "left",
        )

    soon, later = (timezone.now() + timedelta(minutes=n) for n in (5, 11))
    finish(lambda: soon)
    done.refresh_from_db()
    assert done.disk == "left", "searched again before it was time"
    finish(lambda: later)
    done.refresh_from_db()
    assert (done.disk, done.bytes_gone_at) == ("gone", later)
    again = certificates.verify_certificate(done.certificate.encode())
    assert again.right
    assert again.content["times"]["certified"] == first.content["times"]["certified"]
    assert again.content["times"]["bytes_gone"] is not None


def test_a_transaction_of_another_database_keeps_no_bytes(lives):
    mia = lives("mia")
    address = environment(connection.settings_dict["NAME"])["DATABASE_URL"]
    with psycopg.connect(address, dbname="postgres") as writer:
        writer.execute("SELECT pg_current_xact_id()")  # older than what is removed below
        done = erasure.withdraw(mia.code, ["pointer:adapt"], now=timezone.now())
        finish()
    done.refresh_from_db()
    assert (done.state, done.disk) == ("certified", "gone")


def test_files_out_of_reach_are_reported_and_not_claimed(mia, monkeypatch):
    monkeypatch.setattr(postgres_files, "_folder", lambda _: None)
    done = erasure.erase(mia.code, actor=None, cause="request", now=timezone.now())
    finish()
    done.refresh_from_db()
    assert (done.state, done.disk, done.bytes_gone_at) == ("certified", "elsewhere", None)


# --- codes in certified rows ---


def test_no_database_file_has_the_code_of_an_erased_person(lives):
    mia, noah = lives("mia"), lives("noah")
    code = {mia.code.bytes[:8], mia.code.bytes[8:]}
    erasure.withdraw(mia.code, ["pointer:adapt"], now=timezone.now())
    hers = erasure.erase(mia.code, actor=None, cause="request", now=timezone.now())
    his = erasure.withdraw(noah.code, ["pointer:adapt"], now=timezone.now())
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("ANALYZE privacy_erasure")  # the statistics quote values, too
    assert search(code, database_folder()).hits, "nothing was there to make go"

    finish()

    named = dict(Erasure.objects.values_list("id", "subject"))
    assert len(named) == 3
    assert {id: subject for id, subject in named.items() if subject} == {his.id: noah.code}
    hers.refresh_from_db()
    assert certificates.verify_certificate(
        hers.certificate.encode(), public=signing.public_key()
    ).right
    assert search(code, database_folder()).hits == frozenset()


def test_a_code_is_cleared_after_the_last_search(mia, now):
    done = erasure.erase(mia.code, actor=None, cause="request", now=now)
    later = now + timedelta(minutes=10)
    finish(lambda: later)
    assert Erasure.objects.get(id=done.id).subject is None
    Erasure.objects.update(subject=mia.code, disk="left")  # as a version before left it

    erasure_completion.clear_subjects(
        clock=lambda: now + erasure_completion.GIVEN_UP - timedelta(minutes=1)
    )
    assert Erasure.objects.get(id=done.id).subject == mia.code
    erasure_completion.clear_subjects(clock=lambda: now + erasure_completion.GIVEN_UP)
    assert Erasure.objects.get(id=done.id).subject is None


def test_no_step_but_the_last_may_lose_its_subject(mia, now):
    erasure.erase(mia.code, actor=None, cause="request", now=now)
    erasure_completion.clear_subjects(clock=lambda: now)
    with pytest.raises(IntegrityError, match="privacy_erasure_subject"):
        Erasure.objects.update(subject=None)


# --- what must not be certified ---


def test_remaining_rows_block_verification_and_are_reported(lives, monkeypatch):
    mia = lives("mia")
    with monkeypatch.context() as patch:
        patch.setattr(data_inventory, "erase_order", list)
        done = erasure.withdraw(mia.code, ["pointer:adapt"], now=timezone.now())
    left = residual_data.count_residue(Erasure.objects.get())
    assert left["telemetry_block"] > 100
    assert left["estimates_affectestimate"] == 1

    finish()

    done.refresh_from_db()
    assert done.state == "rotated"
    assert not done.certificate
    long_ago = timezone.now() - timedelta(minutes=11)
    Erasure.objects.update(rotated_at=long_ago)
    parts = readiness.check_components(now=timezone.now(), started=long_ago)
    assert "do not verify" in {part.name: part.trouble for part in parts}["erasures"]


def test_a_person_with_remaining_rows_is_not_verified(lives, monkeypatch):
    mia = lives("mia")
    with monkeypatch.context() as patch:
        patch.setattr(data_inventory, "erase_order", list)
        erasure.erase(mia.code, actor=None, cause="request", now=timezone.now())
    left = residual_data.count_residue(Erasure.objects.get())
    assert left["accounts_user"] == 1
    assert left["courses_response"] == 1


def test_blocks_of_a_deleted_account_are_found(lives):
    mia = lives("mia")
    done = erasure.erase(mia.code, actor=None, cause="request", now=timezone.now())
    assert residual_data.count_residue(done) == {}
    noah = lives("noah")
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM accounts_user WHERE code = %s", [noah.code])
        cursor.execute("SET session_replication_role = origin")
    assert residual_data.count_residue(done) == {"telemetry_block": 1, "consent_event": 1}


def test_data_of_a_new_consent_is_not_residue(lives, allow):
    mia = lives("mia")
    done = erasure.withdraw(mia.code, ["pointer:adapt"], now=timezone.now())
    allow(mia.person, "pointer:adapt", now=timezone.now())
    open_keystore().current_key(mia.code, "pointer:adapt", 3, timezone.now())
    assert residual_data.count_residue(done) == {}


def test_a_key_left_in_the_keystore_folder_blocks_verification(mia, own_keystore):
    ids = open_keystore().key_ids(mia.code)
    done = erasure.erase(mia.code, actor=None, cause="request", now=timezone.now())
    copy = own_keystore / "keys.sqlite3-journal"
    copy.write_bytes(b"x" * 99 + ids[0] + b"y")
    finish()
    done.refresh_from_db()
    assert done.state == "rotated"
    copy.unlink()
    finish()
    done.refresh_from_db()
    assert done.state == "certified"


def test_models_that_learned_from_people_are_flagged(mia, now):
    from estimates.models import Predictor

    for number, origin in enumerate(("people", "simulated")):
        Predictor.objects.create(
            name=origin, digest=f"{number:012d}", kind="affect", origin=origin, card={},
            registered_at=now,
        )  # fmt: skip
    done = erasure.erase(mia.code, actor=None, cause="request", now=timezone.now())
    assert done.flagged == 1


def make_late_key(person):
    """As a writer does whose Permit is from before the erasure, on a slow host."""
    now = timezone.now()
    open_keystore().current_key(person.code, "face:adapt", 1, now)
    assert open_keystore().key_ids(person.code)


@pytest.mark.parametrize("rotated", [False, True])
def test_keys_that_a_slow_host_makes_after_the_erasure_are_destroyed_too(lives, rotated):
    mia = lives("mia")
    done = erasure.erase(mia.code, actor=None, cause="request", now=timezone.now())
    if rotated:
        assert erasure_completion.rotate(clock=timezone.now, wait=NOW) == 1
        done.refresh_from_db()
    known, generation = len(done.destroyed()), done.generation
    make_late_key(mia)
    finish()
    done.refresh_from_db()
    assert done.state == "certified"
    assert open_keystore().key_ids(mia.code) == []
    assert len(done.destroyed()) == done.counts["keys"] == known + 1
    assert done.generation > (generation or 0)
    assert search(done.destroyed(), keystore.folder()).hits == frozenset()
