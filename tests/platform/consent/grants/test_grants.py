"""Changes of Grants: all or none, one event each, and an unchangeable history."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import Error, ProgrammingError, connection, transaction

import push
from accounts.models import User
from audit.models import Leaf
from consent import erasure
from consent.grants import grants
from consent.models import ConsentEvent, Grant, Notice
from consent.notices import notices
from consent.permits.errors import Refused
from consent.scopes import GRANT_SCOPES, STREAMS
from tests.fixtures.consent import withdraw

pytestmark = pytest.mark.django_db
POINTER = ["pointer:adapt", "pointer:teach", "pointer:research"]


def state(person) -> dict[str, tuple[int, bool]]:
    rows = Grant.objects.filter(learner=person, epoch__gt=0)
    return {row.scope: (row.epoch, row.live) for row in rows}


def fold(person) -> dict[str, tuple[int, bool]]:
    folded = {}
    for event in ConsentEvent.objects.filter(learner=person).order_by("id"):
        epoch, _ = folded.get(event.scope, (0, False))
        assert event.epoch == epoch + 1
        folded[event.scope] = (event.epoch, event.verb == "grant")
    return folded


def hands(person, now):
    return notices.current("hands", person.age_band, now=now)


def test_a_yes_is_a_live_grant_an_event_and_a_leaf(mia, allow, now):
    allow(mia, *POINTER)
    assert state(mia) == dict.fromkeys(POINTER, (1, True))
    assert fold(mia) == state(mia)
    assert Leaf.objects.filter(verb="consent.grant").count() == 3


def test_the_state_is_the_fold_of_the_events(mia, allow, now):
    allow(mia, *POINTER, "face:adapt")
    withdraw(mia, ["pointer:teach"], now=now)
    withdraw(mia, ["pointer:adapt"], now=now)
    allow(mia, "pointer:adapt")
    assert fold(mia) == state(mia)
    assert state(mia) == {
        "pointer:adapt": (3, True),
        "pointer:teach": (2, False),
        "pointer:research": (2, False),
        "face:adapt": (1, True),
    }


def test_teach_and_research_fall_with_adapt(mia, allow, now):
    allow(mia, *POINTER, "typing:adapt")
    assert grants.freeze(mia.code, ["pointer:adapt"], now=now) == sorted(POINTER)
    assert state(mia)["typing:adapt"] == (1, True)


def test_teach_alone_can_be_withdrawn(mia, allow, now):
    allow(mia, *POINTER)
    assert grants.freeze(mia.code, ["pointer:teach"], now=now) == ["pointer:teach"]
    assert state(mia)["pointer:adapt"] == (1, True)


def test_taking_back_what_was_never_given_changes_nothing(mia, allow, now):
    assert grants.freeze(mia.code, grants.ALL, now=now) == []
    assert ConsentEvent.objects.count() == 0


def test_class_picture_needs_help_for_me_first(mia, allow, now):
    with pytest.raises(Refused) as caught:
        allow(mia, "pointer:teach")
    assert caught.value.code == "no_grant"
    assert state(mia) == {}
    allow(mia, "pointer:adapt")
    allow(mia, "pointer:teach")
    assert state(mia)["pointer:teach"] == (1, True)


def test_class_picture_is_refused_after_adapt_was_withdrawn(mia, allow, now):
    allow(mia, "pointer:adapt")
    withdraw(mia, ["pointer:adapt"], now=now)
    with pytest.raises(Refused):
        allow(mia, "pointer:teach")


def test_one_refused_scope_grants_none(mia, allow, now):
    notice = notices.current("wearable", "adult", now=now)
    with pytest.raises(Refused) as caught:
        grants.grant(mia.code, ["heart:adapt", "eeg:adapt"], notice=notice, now=now, actor=mia.code)
    assert caught.value.code == "blocked_profile"
    assert Grant.objects.count() == ConsentEvent.objects.count() == 0


def test_consenting_twice_changes_nothing(mia, allow, now):
    allow(mia, "pointer:adapt")
    allow(mia, "pointer:adapt")
    assert state(mia) == {"pointer:adapt": (1, True)}


@pytest.mark.parametrize(("age_band", "days"), [("adult", 365), ("teen", 365), ("child", 30)])
def test_a_yes_runs_out(mia, allow, now, age_band, days):
    User.objects.filter(pk=mia.pk).update(age_band=age_band)
    mia.refresh_from_db()
    allow(mia, "activity:adapt")  # Not biometric: a child decides alone.
    assert Grant.objects.get().expires_at == now + timedelta(days=days)


def test_a_yes_that_ran_out_can_be_said_again(mia, allow, now):
    allow(mia, "pointer:adapt")
    allow(mia, "pointer:adapt", now=now + timedelta(days=400))
    assert state(mia) == {"pointer:adapt": (2, True)}


def test_a_stranger_cannot_consent_for_a_person(mia, ines, allow, now):
    with pytest.raises(PermissionDenied):
        grants.grant(mia.code, ["pointer:adapt"], notice=hands(mia, now), now=now, actor=ines.code)


def test_the_text_shown_must_be_the_one_in_force_for_this_person_and_group(mia, allow, now):
    for shown in (
        notices.current("camera", "adult", now=now),
        notices.current("hands", "child", now=now),
    ):
        with pytest.raises(Refused) as caught:
            grants.grant(mia.code, ["pointer:adapt"], notice=shown, now=now, actor=mia.code)
        assert caught.value.code == "stale_notice"


def test_a_closed_account_cannot_say_yes(mia, allow, now):
    User.objects.filter(pk=mia.pk).update(is_active=False)
    with pytest.raises(Refused) as caught:
        allow(mia, "pointer:adapt")
    assert caught.value.code == "account_gone"


def test_open_pages_are_notified_in_the_same_transaction(mia, allow, now, monkeypatch):
    told = []
    monkeypatch.setattr(push, "notify", lambda group, message: told.append((group, message)))
    allow(mia, "pointer:adapt")
    withdraw(mia, ["pointer:adapt"], now=now)
    message = {"type": "consent.changed", "scope": "pointer:adapt"}
    assert told == [
        (f"learner.{mia.code}", message | {"granted": True, "epoch": 1}),
        (f"learner.{mia.code}", message | {"granted": False, "epoch": 2}),
    ]


def test_a_failed_push_or_leaf_changes_no_grant(mia, allow, now, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("down")

    for name in ("push.notify", "audit.record"):
        with monkeypatch.context() as patch:
            patch.setattr(name, broken)
            with pytest.raises(RuntimeError):
                allow(mia, "pointer:adapt")
        assert state(mia) == {}


@pytest.mark.parametrize("table", ["consent_event", "consent_notice", "consent_showntext"])
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_past_cannot_be_changed(mia, allow, table, change):
    allow(mia, "pointer:adapt")
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change.format(table))


def test_the_history_of_a_live_account_cannot_be_forgotten(mia, allow):
    allow(mia, "pointer:adapt")
    with pytest.raises(Error, match="alive"), transaction.atomic():
        erasure.forget_events(mia.code, None)
    assert ConsentEvent.objects.count() == 1


def test_only_a_closed_accounts_history_is_deleted(mia, ines, allow):
    allow(mia, *POINTER)
    allow(ines, "pointer:adapt")
    User.objects.filter(pk=mia.pk).update(is_active=False)
    assert erasure.forget_events(mia.code, None) == 3
    assert erasure.forget_grants(mia.code, None) == 3
    assert (Grant.objects.count(), ConsentEvent.objects.count()) == (1, 1)


def test_a_withdrawal_forgets_no_consent_record(mia, allow):
    allow(mia, *POINTER)
    assert erasure.forget_events(mia.code, ["pointer:adapt"]) == 0
    assert erasure.forget_grants(mia.code, ["pointer:adapt"]) == 0
    assert Grant.objects.count() == 3


@pytest.mark.parametrize("scope", ["pointer:grade", "anything", "course"])
def test_the_database_knows_the_scopes_too(mia, published, now, scope):
    with pytest.raises(Error), transaction.atomic():
        Grant.objects.create(
            learner=mia, scope=scope, notice=published[0], granted_at=now, expires_at=now
        )


def test_a_notice_is_published_for_every_group_and_age_once(published, now):
    assert len([notice for notice in published if notice.locale == "en"]) == 18
    assert notices.publish(now + timedelta(days=1)) == []
    assert Notice.objects.count() == len(published)


def test_every_stored_text_is_the_text_of_its_digest(published):
    for notice in Notice.objects.all():
        assert notices.digest_body(notice.body) == notice.digest


def test_grants_are_locked_in_order_before_they_change(mia, allow, now, django_assert_num_queries):
    from django.test.utils import CaptureQueriesContext

    allow(mia, *POINTER)
    with CaptureQueriesContext(connection) as queries:
        withdraw(mia, ["pointer:adapt"], now=now)
    sql = [query["sql"] for query in queries if "consent_grant" in query["sql"]]
    assert sql[0].endswith('"learner" ASC, "consent_grant"."scope" ASC FOR UPDATE')
    assert all("UPDATE" in statement for statement in sql)


@pytest.mark.django_db(transaction=True)
def test_opposite_orders_at_the_same_time_do_not_deadlock(mia, allow, now):
    names = ["face:adapt", "pointer:adapt", "typing:adapt"]
    allow(mia, *names)
    errors = []

    def churn(order):
        try:
            for _ in range(15):
                withdraw(mia, order, now=now)
                allow(mia, *order)
        except Exception as error:  # noqa: BLE001
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=churn, args=(order,)) for order in (names, names[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert fold(mia) == state(mia)


@pytest.mark.django_db(transaction=True)
def test_no_consent_slips_in_while_an_account_closes(mia, allow, now):
    closing, answers = threading.Event(), []

    def say_yes():
        closing.wait(5)
        try:
            allow(mia, "pointer:adapt")
        except Refused as refused:
            answers.append(refused.code)
        finally:
            connection.close()

    thread = threading.Thread(target=say_yes)
    thread.start()
    with transaction.atomic():
        withdraw(mia, grants.ALL, now=now)
        closing.set()
        thread.join(0.5)
        User.objects.filter(pk=mia.pk).update(is_active=False)
    thread.join(5)
    assert answers == ["account_gone"]
    assert state(mia) == {}


def test_all_is_every_scope_with_grants():
    assert set(grants.ALL) == set(GRANT_SCOPES)
    assert len(GRANT_SCOPES) == len(STREAMS) * 3 + 1
