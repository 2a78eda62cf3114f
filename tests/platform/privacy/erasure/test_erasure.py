"""Withdrawal and erasure act at once, with counts, and continue after a kill at any step."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from accounts.api_tokens import api_tokens
from accounts.models import User
from adaptation.models import Intervention
from audit.models import Leaf
from consent.models import Grant
from consent.notices import notices
from consent.permits import gate
from consent.permits.errors import Refused
from courses.models import Response
from estimates.models import AffectEstimate, Predictor
from privacy.erasure import erasure, steps
from privacy.models import Erasure
from telemetry import sittings
from tests.fixtures import factories
from vault.encryption import Place
from vault.errors import KeyDestroyed, KeystoreBusy
from vault.keystore import KeyStore, open_keystore
from vault.sealed_values import seal_value, unseal_value

pytestmark = pytest.mark.django_db


@pytest.fixture
def sitting(mia, now):
    unit = factories.make_quiz_unit()
    factories.make_enrolment(mia, unit.course)
    return sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=now)


@pytest.fixture
def predictor(now):
    return Predictor.objects.create(
        name="prior", digest="0" * 12, kind="affect", origin="simulated", card={}, registered_at=now
    )


def estimate(sitting, predictor, cut, scopes, now):
    """One Estimate made under these scopes in their live epochs."""
    epochs = dict(Grant.objects.filter(learner=sitting.learner).values_list("scope", "epoch"))
    made = uuid.uuid4()
    place = Place("estimates_affectestimate", "sealed", str(made), sitting.learner.code)
    return AffectEstimate.objects.create(
        id=made,
        sitting=sitting,
        cut=cut,
        predictor=predictor,
        learner=sitting.learner,
        scopes=scopes,
        epochs=[epochs[scope] for scope in scopes],
        sealed=seal_value(
            {"labels": {}}, place=place, scopes={s: epochs[s] for s in scopes}, now=now
        ),
        made_at=now,
    )


def test_withdrawing_a_stream_erases_its_data_and_what_was_made_from_it(
    mia, sitting, predictor, allow, now
):
    allow(mia, "pointer:adapt", "activity:adapt")
    estimate(sitting, predictor, 1, ["pointer:adapt"], now)
    estimate(sitting, predictor, 2, ["activity:adapt", "pointer:adapt"], now)
    kept = estimate(sitting, predictor, 3, ["activity:adapt"], now)

    done = erasure.withdraw(mia.code, ["pointer:adapt"], now=now)

    assert list(AffectEstimate.objects.all()) == [kept]
    assert done.state == "derived"
    assert done.counts == {"grants": 1, "keys": 1, "estimates_affectestimate": 2}
    with pytest.raises(Refused):
        gate.permit(mia.code, "pointer:adapt", now=now)
    assert gate.permit(mia.code, "activity:adapt", now=now)


def test_an_offer_stays_without_its_withdrawn_reason(mia, sitting, allow, now):
    allow(mia, "face:adapt")
    offer = Intervention.objects.create(
        sitting=sitting,
        learner=mia,
        rule="R2",
        version=1,
        cut=4,
        kind="hint",
        probability=1,
        delivered=True,
        scopes=["face:adapt"],
        epochs=[1],
        sealed=b"sealed reason",
    )

    erasure.withdraw(mia.code, ["face:adapt"], now=now)

    offer.refresh_from_db()
    assert (offer.rule, offer.cut, bytes(offer.sealed)) == ("R2", 4, b"")


def test_a_value_made_from_two_scopes_is_unreadable_once_one_is_withdrawn(mia, allow, now):
    allow(mia, "pointer:adapt", "activity:adapt")
    place = Place("t", "c", "1", mia.code)
    sealed = seal_value(1, place=place, scopes={"pointer:adapt": 1, "activity:adapt": 1}, now=now)

    erasure.withdraw(mia.code, ["activity:adapt"], now=now)

    with pytest.raises(KeyDestroyed):
        unseal_value(sealed, place=place)


def test_an_estimate_of_a_past_epoch_cannot_be_inserted_by_any_path(
    mia, sitting, predictor, allow, now, django_db_blocker
):
    from django.db import OperationalError, transaction

    allow(mia, "pointer:adapt")
    late = estimate(sitting, predictor, 1, ["pointer:adapt"], now)
    erasure.withdraw(mia.code, ["pointer:adapt"], now=now)
    allow(mia, "pointer:adapt")

    late.pk = uuid.uuid4()
    with pytest.raises(OperationalError, match="no live grant"), transaction.atomic():
        late.save(force_insert=True)
    late.scopes, late.epochs = [], []
    with pytest.raises(OperationalError, match="no live grant"), transaction.atomic():
        late.save(force_insert=True)


def test_killed_after_each_step_the_sweep_completes_it(
    mia, sitting, predictor, allow, now, monkeypatch
):
    for minute, killed_in in enumerate(("_shred", "_forget_rows")):
        now += timedelta(minutes=minute)
        allow(mia, "pointer:adapt")
        estimate(sitting, predictor, 1, ["pointer:adapt"], now)
        state = "frozen" if killed_in == "_shred" else "shredded"
        following = erasure.STEPS[state][0]

        def power_cut(_):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setitem(erasure.STEPS, state, (following, power_cut))
            with pytest.raises(KeyboardInterrupt):
                erasure.withdraw(mia.code, ["pointer:adapt"], now=now)
        assert Erasure.objects.latest("asked_at").state == state

        assert erasure.sweep(now=now) == 1
        assert set(Erasure.objects.values_list("state", flat=True)) == {"derived"}
        assert not AffectEstimate.objects.exists()
        assert erasure.sweep(now=now) == 0


def test_erasing_a_person_leaves_no_row_about_them_and_no_key(mia, sitting, now):
    question = sitting.unit.questions.filter(position=1).get()
    from courses.answers import responses

    responses.record(
        learner=mia,
        question=question,
        given="7",
        sitting=sitting.id,
        hints_used=0,
        elapsed_ms=1,
        draw=None,
        now=now,
    )

    done = erasure.erase(mia.code, actor=mia.code, cause="request", now=now)

    assert not User.objects.filter(code=mia.code).exists()
    assert not Response.objects.exists()
    assert open_keystore().key_ids(mia.code) == []
    assert done.counts["accounts_user"] == 1
    assert Leaf.objects.filter(verb="erasure.ask").count() == 1


def test_rows_deleted_with_the_account_are_counted(mia, client_for, now, monkeypatch):
    client_for(mia)
    api_tokens.make_token(mia, "notebook", "read", 1, now=now)
    monkeypatch.setattr(
        "telemetry.device_tokens.device_tokens.end_all", lambda _, by: {"a_later_table": 3}
    )

    assert erasure.close_account(mia.code, by=mia.code) == {
        "accounts_session": 1, "accounts_apitoken": 1, "a_later_table": 3,
    }  # fmt: skip
    assert erasure.close_account(uuid.uuid4(), by=None) == {}


def test_erasing_one_leaves_the_others_readable(mia, noah, now):
    from accounts.people import name_of

    erasure.erase(mia.code, actor=mia.code, cause="request", now=now)

    noah.refresh_from_db()
    assert name_of(noah) == "noah"


def test_withdrawing_an_unknown_grant_is_harmless(mia, now):
    done = erasure.withdraw(mia.code, ["face:adapt"], now=now + timedelta(minutes=1))

    assert done.counts["grants"] == 0


def test_withdrawing_teach_keeps_help(mia, allow, now):
    allow(mia, "pointer:adapt", "pointer:teach")

    done = erasure.withdraw(mia.code, ["pointer:teach"], now=now)

    assert done.scopes == []
    assert gate.permit(mia.code, "pointer:adapt", now=now)
    assert notices.current("hands", "adult", now=now)


def test_no_new_grant_is_possible_during_an_erasure(mia, allow, now, monkeypatch):
    allow(mia, "pointer:adapt")

    def power_cut(_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setitem(erasure.STEPS, "frozen", ("shredded", power_cut))
        with pytest.raises(KeyboardInterrupt):
            erasure.withdraw(mia.code, ["pointer:adapt"], now=now)
    with pytest.raises(Refused) as refused:
        allow(mia, "pointer:adapt")
    assert "still being deleted" in refused.value.why

    erasure.sweep(now=now)
    allow(mia, "pointer:adapt")
    key = open_keystore().current_key(mia.code, "pointer:adapt", 3, now)

    erasure.sweep(now=now)
    assert open_keystore().key(key.id) == key


def test_a_step_done_by_another_process_is_not_repeated(mia, now):
    done = erasure.withdraw(mia.code, ["face:adapt"], now=now)
    leaves = Leaf.objects.count()

    def twice(_):
        raise AssertionError("done twice")

    again = steps.take_step(done.id, "frozen", twice, clock=lambda: now)

    assert again.state == "derived"
    assert Leaf.objects.count() == leaves


def test_a_busy_keystore_does_not_block_a_withdrawal(held_keystore, mia, noah, allow, now):
    allow(mia, "pointer:adapt")
    made = open_keystore().current_key(mia.code, "pointer:adapt", 1, now)
    with held_keystore():
        first = erasure.withdraw(mia.code, ["pointer:adapt"], now=now)
        second = erasure.erase(noah.code, actor=noah.code, cause="request", now=now)
        assert erasure.sweep(now=now) == 2

    assert (first.state, second.state) == ("frozen", "frozen")
    assert User.objects.filter(code=noah.code, is_active=False).exists()
    with pytest.raises(Refused):
        gate.permit(mia.code, "pointer:adapt", now=now)
    erasure.sweep(now=now)
    assert set(Erasure.objects.values_list("state", flat=True)) == {"derived"}
    assert not User.objects.filter(code=noah.code).exists()
    assert not open_keystore().has_key(made.id)


def test_the_sweep_waits_for_a_busy_keystore_only_once(mia, noah, allow, now, monkeypatch):
    asked = []

    def busy(_, subject, __):
        asked.append(subject)
        raise KeystoreBusy("a reader held the keystore open")

    allow(mia, "pointer:adapt")
    allow(noah, "pointer:adapt")
    monkeypatch.setattr(KeyStore, "destroy", busy)
    for person in (mia, noah):
        assert erasure.withdraw(person.code, ["pointer:adapt"], now=now).state == "frozen"
    asked.clear()
    assert erasure.sweep(now=now) == 2
    assert len(asked) == 1
