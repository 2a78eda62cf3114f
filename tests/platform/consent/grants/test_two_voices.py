"""Two approvals: the effect of each event on a Grant, and what each person can withdraw."""

from __future__ import annotations

from datetime import timedelta

import pytest

from audit.models import Leaf
from consent.grants import grants
from consent.grants.grant_reducer import APPROVAL_WAIT
from consent.models import ConsentEvent, Grant
from consent.notices import notices
from consent.permits.errors import Refused
from tests.fixtures.consent import give_consent, withdraw

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("both", "published")]
FACE = ["face:adapt", "face:teach", "face:research"]
YEAR = timedelta(days=365)


def row(scope="face:adapt") -> Grant:
    return Grant.objects.get(scope=scope)


def verbs() -> list[str]:
    return list(ConsentEvent.objects.order_by("epoch").values_list("verb", flat=True))


def test_each_approval_is_an_event_and_the_second_makes_it_live(noah, greta, now):
    give_consent(noah, "face:adapt", now=now, by=noah)
    assert (row().live, row().epoch, row().expires_at) == (False, 1, now + APPROVAL_WAIT)
    later = now + timedelta(days=3)
    give_consent(noah, "face:adapt", now=later, by=greta)
    assert (row().live, row().epoch, row().expires_at) == (True, 2, now + YEAR)
    assert verbs() == ["assent", "guardian_grant"]
    assert set(Leaf.objects.values_list("verb", flat=True)) >= {
        "consent.assent",
        "consent.guardian_grant",
    }


def test_a_learners_withdrawal_keeps_the_guardians_approval(noah, greta, now):
    for person in (greta, noah):
        give_consent(noah, *FACE, now=now, by=person)
    assert withdraw(noah, ["face:adapt"], now=now) == sorted(FACE)
    assert not Grant.objects.filter(live=True).exists()
    assert row().guardian_at == now
    assert row().assent_at is None
    assert row().expires_at == now + APPROVAL_WAIT
    give_consent(noah, "face:adapt", now=now, by=noah)
    assert row().live


def test_a_guardians_withdrawal_ends_both_approvals(noah, greta, now):
    for person in (greta, noah):
        give_consent(noah, *FACE, now=now, by=person)
    withdraw(noah, ["face:adapt"], now=now, verb="guardian_withdraw", actor=greta.code)
    assert not Grant.objects.filter(live=True).exists()
    assert (row().guardian_at, row().assent_at) == (None, None)
    give_consent(noah, "face:adapt", now=now, by=greta)
    assert not row().live


def test_a_guardian_refuses_a_pending_request(noah, greta, now):
    give_consent(noah, "face:adapt", now=now, by=noah)
    withdraw(noah, ["face:adapt"], now=now, verb="guardian_withdraw", actor=greta.code)
    assert verbs() == ["assent", "guardian_withdraw"]
    assert row().assent_at is None


def test_an_approval_that_waited_too_long_expires(noah, greta, now):
    give_consent(noah, "face:adapt", now=now, by=greta)
    give_consent(noah, "face:adapt", now=now + APPROVAL_WAIT, by=noah)
    assert not row().live
    give_consent(noah, "face:adapt", now=now + APPROVAL_WAIT, by=greta)
    assert row().live


def test_an_approval_under_another_text_does_not_count(noah, greta, now, tmp_path):
    give_consent(noah, "face:adapt", now=now, by=greta)
    reword(tmp_path, "camera.teen.md", now + timedelta(days=1))
    give_consent(noah, "face:adapt", now=now + timedelta(days=2), by=noah)
    assert not row().live
    assert row().guardian_at is None


def test_class_picture_needs_adapt_approved_by_the_same_person(noah, greta, now):
    give_consent(noah, "face:adapt", now=now, by=greta)
    with pytest.raises(Refused):
        give_consent(noah, "face:teach", now=now, by=noah)
    give_consent(noah, "face:teach", now=now, by=greta)
    assert row("face:teach").guardian_at == now


def test_approving_twice_changes_nothing(noah, greta, now):
    for _ in range(2):
        give_consent(noah, "face:adapt", now=now, by=noah)
        give_consent(noah, "face:adapt", now=now, by=greta)
    assert row().epoch == 2


def test_both_renew_before_it_runs_out(noah, greta, now):
    for person in (greta, noah):
        give_consent(noah, "face:adapt", now=now, by=person)
    late = now + timedelta(days=360)
    give_consent(noah, "face:adapt", now=late, by=noah)
    assert (row().live, row().expires_at) == (True, now + YEAR)
    give_consent(noah, "face:adapt", now=late, by=noah)
    give_consent(noah, "face:adapt", now=late, by=greta)
    assert (row().live, row().expires_at, row().epoch) == (True, late + YEAR, 4)


def test_a_yes_can_be_renewed_shortly_before_it_runs_out(mia, allow, now):
    allow(mia, "face:adapt")
    allow(mia, "face:adapt", now=now + timedelta(days=340))
    assert row().epoch == 1
    allow(mia, "face:adapt", now=now + timedelta(days=352))
    assert (row().epoch, row().expires_at) == (2, now + timedelta(days=352) + YEAR)


def test_open_pages_are_notified_of_each_approval(noah, greta, now, monkeypatch):
    told = []
    monkeypatch.setattr("push.notify", lambda group, message: told.append((group, message)))
    give_consent(noah, "face:adapt", now=now, by=greta)
    give_consent(noah, "face:adapt", now=now, by=noah)
    withdraw(noah, ["face:adapt"], now=now, verb="guardian_withdraw", actor=greta.code)
    assert {group for group, _ in told} == {f"learner.{noah.code}"}
    assert [(m["granted"], m["epoch"]) for _, m in told] == [(False, 1), (True, 2), (False, 3)]


def test_an_act_has_one_number(noah, greta, now):
    give_consent(noah, *FACE, now=now, by=noah)
    assert len(set(ConsentEvent.objects.values_list("act", flat=True))) == 1


def reword(folder, name, now):
    for path in (notices.FOLDER / "en").iterdir():
        target = folder / "en" / path.name
        target.parent.mkdir(exist_ok=True)
        target.write_text(path.read_text() + ("\nOne more line.\n" if path.name == name else ""))
    notices.publish(now, folder=folder)


def test_freeze_returns_the_scopes_that_were_on(noah, greta, now):
    give_consent(noah, "face:adapt", now=now, by=noah)
    assert grants.freeze(noah.code, ["face:adapt"], now=now) == []
