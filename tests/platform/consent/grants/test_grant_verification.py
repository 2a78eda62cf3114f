"""The table of Grants equals the replay of its events; differences are found (I-6)."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import User
from consent.grants import grant_expiry, grant_reducer, grants
from consent.grants.grant_verification import check_grants
from consent.models import ConsentEvent, Grant
from consent.notices import notices
from consent.permits.errors import Refused
from tests.fixtures.consent import give_consent, withdraw

pytestmark = pytest.mark.django_db
SCOPES = ("face:adapt", "face:teach", "activity:adapt")

steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["noah", "greta"]), st.sampled_from(SCOPES)),
        st.tuples(st.sampled_from(["noah no", "greta no"]), st.sampled_from(SCOPES)),
        st.tuples(st.just("days"), st.sampled_from([1, 13, 14, 20, 352, 366])),
        st.tuples(st.just("reword"), st.sampled_from(["camera", "activity"])),
        st.tuples(st.just("grow"), st.sampled_from(["teen", "adult"])),
        st.tuples(st.just("end"), st.just("")),
    ),
    max_size=14,
)


class World:
    """Two people, a clock, and texts that change."""

    def __init__(self, noah, greta, folder, now):
        self.noah, self.greta, self.folder, self.now = noah, greta, folder, now
        (folder / "en").mkdir()
        for path in (notices.FOLDER / "en").iterdir():
            (folder / "en" / path.name).write_text(path.read_text())

    def step(self, what, value) -> None:
        if what == "days":
            self.now += timedelta(days=value)
        elif what == "reword":
            for path in (self.folder / "en").glob(f"{value}.*.md"):
                path.write_text(path.read_text() + "\nMore.\n")
            notices.publish(self.now, folder=self.folder)
        elif what == "grow":
            User.objects.filter(pk=self.noah.pk).update(age_band=value)
            self.noah.refresh_from_db()
        elif what == "end":
            for code, verb, scopes in list(grant_expiry.find_due(self.now)):
                grants.freeze(code, scopes, now=self.now, verb=verb)
                grants.mark_cleared(code, grants.ALL)
        else:
            self.say(what, value)

    def say(self, what, scope) -> None:
        try:
            if what == "noah no":
                withdraw(self.noah, [scope], now=self.now)
            elif what == "greta no":
                how = {"verb": "guardian_withdraw", "actor": self.greta.code}
                withdraw(self.noah, [scope], now=self.now, **how)
            else:
                give_consent(self.noah, scope, now=self.now, by=getattr(self, what))
        except (Refused, PermissionError, grants.PermissionDenied):
            pass


@pytest.mark.usefixtures("both", "published")
@given(history=steps)
@settings(
    max_examples=40, deadline=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
def test_after_any_history_the_state_is_the_fold(history, noah, greta, now, tmp_path_factory):
    with transaction.atomic():
        world = World(noah, greta, tmp_path_factory.mktemp("texts"), now)
        for what, value in history:
            world.step(what, value)
        assert check_grants().differences == ()
        for row in Grant.objects.filter(live=True):
            assert (row.guardian_at is None) == (row.assent_at is None)
        transaction.set_rollback(True)


@pytest.fixture
def said(noah, greta, both, published, now):
    for person in (greta, noah):
        give_consent(noah, "face:adapt", now=now, by=person)
    give_consent(noah, "activity:adapt", now=now, by=noah)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("live", False),
        ("epoch", 7),
        ("expires_at", lambda at: at + timedelta(days=1)),
        ("granted_at", lambda at: at - timedelta(days=1)),
    ],
)
def test_a_row_that_was_changed_past_its_events_is_named(said, noah, now, column, value):
    row = Grant.objects.get(scope="face:adapt")
    new = value(getattr(row, column)) if callable(value) else value
    Grant.objects.filter(pk=row.pk).update(**{column: new})
    (found,) = check_grants().differences
    assert (found.person, found.scope, found.what) == (noah.code, "face:adapt", (column,))


def test_a_row_without_events_and_events_without_a_row_are_named(said, noah, mia, published, now):
    Grant.objects.create(
        learner=mia, scope="face:adapt", notice=published[0], epoch=1, live=True,
        granted_at=now, expires_at=now,
    )  # fmt: skip
    Grant.objects.filter(scope="activity:adapt").delete()
    assert {(each.person, each.scope) for each in check_grants().differences} == {
        (mia.code, "face:adapt"),
        (noah.code, "activity:adapt"),
    }


def test_a_missing_event_is_named(said, noah):
    with_gap = ConsentEvent.objects.filter(scope="face:adapt").order_by("-epoch")
    assert [event.epoch for event in with_gap] == [2, 1]
    with pytest.raises(ValueError, match="expected epoch 1, got 2"):
        grant_reducer.fold_events(with_gap[:1])


def run(*args) -> str:
    out = StringIO()
    call_command("rebuild_consent", *args, stdout=out)
    return out.getvalue()


def test_the_command_reports_no_difference(said):
    assert run("--check") == "2 consents, 3 events\n"
    figures = json.loads(run("--check", "--json"))
    assert (figures["grants"], figures["events"], figures["rows"]) == (2, 3, [])


def test_the_command_fails_and_names_the_difference(said, noah):
    Grant.objects.filter(scope="face:adapt").update(live=False)
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("rebuild_consent", "--check", stdout=out)
    assert caught.value.returncode == 1
    assert out.getvalue().startswith(f"{noah.code}  face:adapt  live\n")


def test_the_command_repairs_nothing(said):
    with pytest.raises(CommandError) as caught:
        run()
    assert caught.value.returncode == 2
