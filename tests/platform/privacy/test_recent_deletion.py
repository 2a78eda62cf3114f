"""After deleting the last ten minutes they are unreadable and the rest reads as before."""

from __future__ import annotations

import uuid
from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from adaptation.models import Intervention, LetGo
from adaptation.offers import reasons
from consent.grants import grant_verification
from consent.models import Grant
from consent.permits import gate
from courses.models import Response
from estimates.inference import affect
from estimates.models import AffectEstimate, Predictor
from privacy import recent_deletion, reencryption
from privacy.erasure import certificates, erasure, erasure_completion
from privacy.models import Erasure
from telemetry import sittings
from telemetry.blocks import partitions, tracks
from telemetry.blocks.group_commit import place
from telemetry.models import Block
from tests.fixtures import factories
from tests.fixtures.sockets import recordings
from tests.fixtures.users import make
from vault import signing
from vault.encryption import KeyDestroyed, Place, unseal
from vault.keystore import KeyStore, open_keystore
from vault.sealed_values import seal_value, unseal_value

pytestmark = pytest.mark.django_db
STREAMS = ("pointer", "face")
SCOPES = tuple(f"{stream}:adapt" for stream in STREAMS)
SECONDS = 8
LONG_AGO, JUST_NOW = 0.0, 3300.0


@pytest.fixture(autouse=True)
def _own_keystore(own_keystore):
    partitions.open_days()


@pytest.fixture
def live(allow):
    """Return `live("mia")`: an hour in one Sitting, sensed in its first seconds and five minutes
    ago."""
    now = timezone.now()
    predictor = Predictor.objects.create(
        name="prior", digest="0" * 12, kind="affect", origin="simulated", card={}, registered_at=now
    )
    unit = factories.make_quiz_unit()

    def lives(login):
        person = make(login, now=now)
        factories.make_enrolment(person, unit.course)
        allow(person, *SCOPES, now=now - timedelta(hours=2))
        began = now - timedelta(hours=1)
        sitting = sittings.open(person, unit, scenario="course", page=uuid.uuid4(), now=began)
        recordings.store(sitting, twice(), now=began)
        old, new = (guess(sitting, predictor, t) for t in (LONG_AGO, JUST_NOW))
        offers = tuple(offer(sitting, t) for t in (LONG_AGO, JUST_NOW))
        return SimpleNamespace(
            person=person, code=person.code, sitting=sitting, old=old, new=new, offers=offers,
            kept_aside=[(row.stream, row.seq, row.t0, bytes(row.sealed)) for row in mine(person)],
            now=now,
        )  # fmt: skip

    return lives


def twice():
    """Return the same seconds of the recording, an hour ago and five minutes ago."""
    found = {}
    for name in STREAMS:
        times, values = recordings.recording()[name]
        some = times < SECONDS
        at = np.concatenate([times[some] + LONG_AGO, times[some] + JUST_NOW])
        found[name] = (at, np.concatenate([values[some], values[some]]))
    return found


def guess(sitting, predictor, t):
    id, subject, made_at = (
        uuid.uuid4(),
        sitting.learner.code,
        sitting.began_at + timedelta(seconds=t),
    )
    value = {"labels": {}, "abstain": True, "reasons": [], "quality": 1.0, "streams": list(STREAMS)}
    at = Place("estimates_affectestimate", "sealed", str(id), subject)
    return AffectEstimate.objects.create(
        id=id, sitting=sitting, cut=int(t // 5), predictor=predictor, learner=sitting.learner,
        scopes=list(SCOPES), epochs=[1, 1], made_at=made_at,
        sealed=seal_value(value, place=at, scopes=dict.fromkeys(SCOPES, 1), now=made_at),
    )  # fmt: skip


def offer(sitting, t):
    code, subject = uuid.uuid4(), sitting.learner.code
    at = sitting.began_at + timedelta(seconds=t)
    scopes = {"course": 0, SCOPES[0]: 1}
    return Intervention.objects.create(
        code=code, sitting=sitting, learner=sitting.learner, rule="R2", version=1,
        cut=int(t // 5), kind="hint", probability=1, delivered=True, scopes=[SCOPES[0]],
        epochs=[1], decided_at=at,
        sealed=seal_value({"why": t}, place=reasons.place(code, subject), scopes=scopes, now=at),
    )  # fmt: skip


def let_go(who, t, scopes=SCOPES):
    at = who.sitting.began_at + timedelta(seconds=t)
    return LetGo.objects.create(
        sitting=who.sitting, learner=who.person, rule="R2", version=1, scopes=list(scopes),
        epochs=[1] * len(scopes), armed_at=at - timedelta(seconds=9), at=at,
    )  # fmt: skip


def mine(person):
    return list(Block.objects.filter(learner=person).order_by("stream", "seq"))


def permits(person):
    return gate.permits(person.code, SCOPES, now=timezone.now()).granted


def values(who, begin):
    """Return what a Window of these seconds would contain."""
    found = tracks.read(who.sitting, permits(who.person).values(), begin, begin + SECONDS)
    return {name: track.values.tolist() for name, track in found.items()}


def opens(who, stream, seq, sealed):
    try:
        return bool(unseal(sealed, place=place(who.sitting.id, stream, seq, who.code)))
    except KeyDestroyed:
        return False


def delete(who, group=""):
    return recent_deletion.delete_recent(
        who.person, recent_deletion.scopes_of_group(group), now=who.now
    )


def assert_gone_and_kept(who):
    """Check that the last minutes are gone and the rest reads under new keys."""
    assert not any(opens(who, stream, seq, sealed) for stream, seq, _, sealed in who.kept_aside)
    assert {row.t0 < SECONDS for row in mine(who.person)} == {True}
    assert {name: len(rows) > 0 for name, rows in values(who, LONG_AGO).items()} == dict.fromkeys(
        STREAMS, True
    )
    assert values(who, JUST_NOW) == {}
    [left] = AffectEstimate.objects.filter(learner=who.person)
    assert left.pk == who.old.pk
    assert affect.read(left, permits(who.person)).abstain
    sealed = [Intervention.objects.get(pk=row.pk).sealed for row in who.offers]
    at = reasons.place(who.offers[0].code, who.code)
    assert (unseal_value(sealed[0], place=at), bytes(sealed[1])) == ({"why": LONG_AGO}, b"")


def test_only_the_last_ten_minutes_become_unreadable(live):
    mia, noah = live("mia"), live("noah")
    before, of_noah, keys = (
        values(mia, LONG_AGO),
        values(noah, JUST_NOW),
        open_keystore().key_ids(noah.code),
    )
    assert before
    assert values(mia, JUST_NOW)

    done = delete(mia)

    assert_gone_and_kept(mia)
    assert values(mia, LONG_AGO) == before
    assert (values(noah, JUST_NOW), open_keystore().key_ids(noah.code)) == (of_noah, keys)
    assert done.state == "derived"
    assert done.counts == {
        "last_s": 600, "telemetry_block": 2 * SECONDS, "hands_s": SECONDS, "camera_s": SECONDS,
        "estimates_affectestimate": 1, "reasons": 1, "resealed": 2 * SECONDS + 2, "keys": 2,
    }  # fmt: skip
    assert grant_verification.check_grants().differences == ()


def test_only_recent_lapses_of_sensed_rules_are_deleted(live):
    mia, noah = live("mia"), live("noah")
    begin = 3600 - recent_deletion.LAST.total_seconds()
    kept = [let_go(mia, begin - 1), let_go(mia, JUST_NOW, scopes=()), let_go(noah, JUST_NOW)]
    gone = [let_go(mia, begin), let_go(mia, JUST_NOW + 1, scopes=SCOPES[1:])]

    done = delete(mia)

    assert set(LetGo.objects.all()) == set(kept)
    assert done.counts["adaptation_letgo"] == len(gone)


def test_late_blocks_and_blocks_of_the_future_are_deleted(live):
    mia = live("mia")
    early = mine(mia.person)[0]
    Block.objects.filter(
        day=early.day, sitting=early.sitting, stream=early.stream, seq=early.seq
    ).update(received_at=mia.now - timedelta(seconds=5))
    ahead = mine(mia.person)[-1]
    Block.objects.filter(
        day=ahead.day, sitting=ahead.sitting, stream=ahead.stream, seq=ahead.seq
    ).update(t0=90_000.0, received_at=mia.now - timedelta(hours=1))

    delete(mia)

    left = {(row.stream, row.seq) for row in mine(mia.person)}
    assert not left & {(early.stream, early.seq), (ahead.stream, ahead.seq)}
    assert len(left) == 2 * SECONDS - 1


def test_one_group_is_deleted_with_what_was_made_from_both(live):
    mia = live("mia")

    done = delete(mia, "camera")

    assert {(row.stream, row.t0 > SECONDS) for row in mine(mia.person)} == {
        ("face", False), ("pointer", False), ("pointer", True),
    }  # fmt: skip
    assert set(values(mia, JUST_NOW)) == {"pointer"}
    assert list(AffectEstimate.objects.all()) == [mia.old]
    assert affect.read(AffectEstimate.objects.get(), permits(mia.person)).abstain
    assert done.counts["keys"] == 1


def test_a_block_on_its_way_is_refused_and_one_of_the_new_epoch_is_stored(live):
    mia = live("mia")
    delete(mia)
    copy = mine(mia.person)[0]
    assert copy.epoch == 2

    copy.seq, copy.epoch = 900, 1
    with pytest.raises(OperationalError, match="no live grant"), transaction.atomic():
        copy.save(force_insert=True)
    copy.epoch = 2
    copy.save(force_insert=True)


class Killed(Exception):
    pass


def kill(monkeypatch, place, name, call=1):
    real, calls = getattr(place, name), []

    def dies(*args, **more):
        calls.append(name)
        if len(calls) == call:
            raise Killed
        return real(*args, **more)

    monkeypatch.setattr(place, name, dies)


@pytest.mark.parametrize(
    ("where", "name", "call"),
    [
        (recent_deletion, "resume", 1),
        (reencryption, "reseal", 3),
        (recent_deletion, "_count_resealed", 2),
        (reencryption, "forget_rows_under", 1),
        (KeyStore, "destroy_ids", 1),
        (recent_deletion.derived_artefacts, "flag_predictors", 1),
    ],
)
def test_killed_anywhere_the_sweep_completes_it(live, monkeypatch, where, name, call):
    mia = live("mia")
    with monkeypatch.context() as patch:
        kill(patch, where, name, call)
        with pytest.raises(Killed):
            delete(mia)
    assert values(mia, JUST_NOW) == {}
    assert Erasure.objects.get().state == "asked"

    recent_deletion.sweep(clock=timezone.now)

    assert Erasure.objects.get().state == "derived"
    assert_gone_and_kept(mia)
    assert recent_deletion.sweep(clock=timezone.now) == 0


def test_the_sweep_continues_what_a_request_cannot_finish(live, monkeypatch):
    monkeypatch.setattr(recent_deletion, "PATIENCE", timedelta(0))
    mia = live("mia")

    assert delete(mia).state == "asked"
    assert values(mia, JUST_NOW) == {}
    recent_deletion.sweep(clock=timezone.now)

    assert_gone_and_kept(mia)


def test_after_two_deletions_the_rest_still_reads(live):
    mia = live("mia")
    before = values(mia, LONG_AGO)
    delete(mia)
    mia.now += timedelta(seconds=1)

    again = delete(mia)

    assert "telemetry_block" not in again.counts
    assert values(mia, LONG_AGO) == before
    assert_gone_and_kept(mia)


def test_a_second_deletion_before_the_first_is_done(live, monkeypatch):
    mia = live("mia")
    recent_deletion.begin_deletion(mia.person, SCOPES, now=mia.now)
    recent_deletion.begin_deletion(mia.person, SCOPES, now=mia.now + timedelta(seconds=1))

    recent_deletion.sweep(clock=timezone.now)

    assert set(Erasure.objects.values_list("state", flat=True)) == {"derived"}
    assert_gone_and_kept(mia)


def test_a_reason_written_meanwhile_is_refused(live):
    mia = live("mia")
    recent_deletion.begin_deletion(mia.person, SCOPES, now=mia.now)
    with pytest.raises(OperationalError) as error, transaction.atomic():
        offer(mia.sitting, JUST_NOW + 30)
    assert error.value.__cause__.sqlstate == "28000"


def test_a_reason_that_passed_the_trigger_is_deleted(live, monkeypatch):
    mia, late = live("mia"), []
    recent_deletion.begin_deletion(mia.person, SCOPES, now=mia.now)
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("DROP TRIGGER adaptation_intervention_live ON adaptation_intervention")
    late.append(offer(mia.sitting, JUST_NOW + 30))
    destroy = KeyStore.destroy_ids

    def after_one_more(store, ids):
        late.append(offer(mia.sitting, JUST_NOW + 60))
        return destroy(store, ids)

    monkeypatch.setattr(KeyStore, "destroy_ids", after_one_more)

    recent_deletion.sweep(clock=timezone.now)

    assert [bytes(Intervention.objects.get(pk=row.pk).sealed) for row in late] == [b"", b""]
    assert_gone_and_kept(mia)


def test_a_withdrawal_in_between_erases_the_rest(live):
    mia = live("mia")
    asked = recent_deletion.begin_deletion(mia.person, SCOPES, now=mia.now)
    erasure.withdraw(mia.code, ["face:adapt"], now=timezone.now())

    recent_deletion.sweep(clock=timezone.now)

    asked.refresh_from_db()
    assert asked.state == "derived"
    assert {row.stream for row in mine(mia.person)} == {"pointer"}
    assert set(values(mia, LONG_AGO)) == {"pointer"}
    assert not any(open_keystore().has_key(id) for id in asked.destroyed())


def test_a_grant_that_expired_in_between_keeps_no_rest(live):
    mia = live("mia")
    recent_deletion.begin_deletion(mia.person, SCOPES, now=mia.now)
    Grant.objects.update(expires_at=mia.now - timedelta(seconds=1))

    recent_deletion.sweep(clock=timezone.now)

    assert mine(mia.person) == []
    assert not any(opens(mia, stream, seq, sealed) for stream, seq, _, sealed in mia.kept_aside)


def test_an_account_erased_in_between_is_handled(live):
    mia = live("mia")
    asked = recent_deletion.begin_deletion(mia.person, SCOPES, now=mia.now)
    erasure.erase(mia.code, actor=None, cause="request", now=timezone.now())

    recent_deletion.sweep(clock=timezone.now)

    asked.refresh_from_db()
    assert asked.state == "derived"


def test_without_grants_nothing_is_deleted(mia):
    assert recent_deletion.begin_deletion(mia, SCOPES, now=timezone.now()) is None
    assert not Erasure.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_it_is_verified_and_certified(live):
    mia = live("mia")
    done = delete(mia)

    erasure_completion.finish(clock=timezone.now, wait=timedelta(0))

    done.refresh_from_db()
    assert (done.state, done.disk, done.found) == ("certified", "gone", 0)
    verdict = certificates.verify_certificate(
        done.certificate.encode(), public=signing.public_key()
    )
    assert verdict.right
    assert verdict.content["counts"]["last_s"] == 600
    assert verdict.content["scopes"] == sorted(SCOPES)
    assert_gone_and_kept(mia)


def test_the_button_reports_what_was_deleted(live, client_for):
    mia = live("mia")
    client = client_for(mia.person)

    page = client.post("/my-data/last-minutes/", {"what": ""}, follow=True)

    lengths = f"{SECONDS} seconds of camera, {SECONDS} seconds of pointer and typing"
    said = f"Deleted: {lengths}, 1 estimate."
    assert f"{said} The rest is kept, encrypted with a new key." in page.content.decode()
    noah = client_for(make("noah"))
    address = page.redirect_chain[0][0].partition("#")[0]
    assert "Deleted:" not in noah.get(address).content.decode()


def test_the_button_does_nothing_without_a_valid_choice(client_for, mia):
    client = client_for(mia)
    assert client.post("/my-data/last-minutes/", {"what": "everything"}).status_code == 422
    assert client.post("/my-data/last-minutes/").status_code == 409
    told = client.post("/my-data/last-minutes/", headers={"accept": "application/json"}).json()
    assert "Nothing was changed" in told["told"]
    assert not Erasure.objects.exists()
    assert not Response.objects.exists()
