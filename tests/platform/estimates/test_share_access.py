"""A Share: requested, given for at most seven days, and ended by any change of its consents."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.queries import leaves_about, read_public
from consent.legal_profiles import profiles
from consent.permits import gate, restrictions
from consent.permits.errors import Refused
from courses.models import Enrolment
from estimates import share_access
from estimates.models import Share
from privacy import recent_deletion
from privacy.erasure import erasure
from privacy.retention import expiry, legal_profile_purge, retention_classes
from tests.fixtures import factories
from tests.fixtures.consent import withdraw as take_back
from tests.fixtures.users import make

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ON = ("pointer:adapt", "pointer:teach", "activity:adapt", "activity:teach")


@pytest.fixture
def course(mia, ines):
    made = factories.make_course("algebra")
    factories.make_enrolment(mia, made)
    factories.make_enrolment(ines, made, role="teacher")
    return made


@pytest.fixture
def asked(course, mia, ines, allow, now):
    allow(mia, *ON)
    assert share_access.ask(course, mia, ines, now=now)
    return Share.objects.get()


@pytest.fixture
def shared(asked, mia, now):
    return share_access.give(asked.id, mia, days=7, now=now)


@pytest.fixture
def may(course, mia, ines, now):
    """`may(at)`: whether ines may view at that moment."""

    def looks(at=now, by=ines):
        try:
            with transaction.atomic():
                return share_access.open_view(course, mia, by, now=at)
        except Refused:
            return None

    return looks


def test_without_an_answer_nothing_may_be_seen(asked, may, mia, now):
    assert may() is None
    assert [row.id for row in share_access.list_requests(mia, now=now)] == [asked.id]


def test_a_yes_opens_it_for_seven_days_and_not_a_moment_longer(shared, may, now):
    found = may()

    assert found.streams == {"pointer", "activity"}
    assert shared.until == now + 7 * DAY
    assert may(now + 7 * DAY - timedelta(microseconds=1)) is not None
    assert may(now + 7 * DAY) is None
    assert may(now - timedelta(microseconds=1)) is None


def test_a_shorter_time_can_be_chosen_and_no_other(asked, may, mia, now):
    for days in (0, 2, 8, -7):
        with pytest.raises(ValueError, match="days"):
            share_access.give(asked.id, mia, days=days, now=now)
    share_access.give(asked.id, mia, days=1, now=now)
    assert may(now + DAY - HOUR) is not None
    assert may(now + DAY) is None


def test_only_the_teacher_who_asked_may_look(shared, course, may):
    other = make("co-teacher")
    factories.make_enrolment(other, course, role="teacher")
    assert may(by=other) is None


def test_the_learner_ends_it_at_once(shared, may, mia, now):
    share_access.close(shared.id, mia, now=now + HOUR)
    assert may(now + HOUR) is None
    assert share_access.list_given(mia, now=now + HOUR) == []


def test_only_the_learner_answers_or_ends_it(asked, noah, ines, now):
    for person in (noah, ines):
        with pytest.raises(Http404):
            share_access.give(asked.id, person, days=7, now=now)
        with pytest.raises(Http404):
            share_access.close(asked.id, person, now=now)


@pytest.mark.parametrize("scope", ON)
def test_withdrawing_any_consent_ends_all_of_it(shared, may, mia, now, scope):
    take_back(mia, [scope], now=now + HOUR)
    assert may(now + HOUR) is None


@pytest.mark.parametrize("scope", ON)
def test_a_new_consent_revives_nothing(shared, may, mia, allow, now, scope):
    take_back(mia, [scope], now=now + HOUR)
    allow(mia, *ON, now=now + 2 * HOUR)
    assert may(now + 2 * HOUR) is None


def test_a_real_withdrawal_ends_it(shared, may, mia, now):
    erasure.withdraw(mia.code, ["pointer:teach"], now=now + HOUR)
    assert may(now + HOUR) is None


def test_deleting_the_last_minutes_ends_no_share(shared, may, mia, now):
    recent_deletion.delete_recent(mia, recent_deletion.scopes_of_group(""), now=now + HOUR)
    assert may(now + HOUR) is not None


def test_a_pause_holds_it_back_and_the_learner_can_still_end_it(shared, may, mia, now):
    restrictions.set_restriction(mia, restrictions.RESTRICTION, on=True, now=now)
    assert may() is None
    assert share_access.list_given(mia, now=now) == [(shared, False)]
    restrictions.set_restriction(mia, restrictions.RESTRICTION, on=False, now=now)
    assert may() is not None


@pytest.mark.parametrize(("who", "role"), [("mia", "learner"), ("ines", "teacher")])
def test_leaving_the_course_ends_it_and_coming_back_does_not_revive_it(
    shared, course, may, request, now, who, role
):
    person = request.getfixturevalue(who)
    Enrolment.objects.filter(user=person, course=course, role=role).delete()
    assert may() is None
    Enrolment.objects.create(user=person, course=course, role=role, since=now + HOUR)
    assert may(now + 2 * HOUR) is None


@pytest.mark.parametrize("who", ["mia", "ines"])
def test_a_closed_account_ends_it(shared, may, request, who):
    person = request.getfixturevalue(who)
    person.is_active = False
    person.save(update_fields=["is_active"])
    assert may() is None


def test_a_stream_switched_on_later_is_not_in_it(shared, may, mia, allow, now):
    allow(mia, "face:adapt", "face:teach")
    assert may().streams == {"pointer", "activity"}


def test_without_class_sharing_there_is_nothing_to_give(course, mia, ines, allow, now):
    allow(mia, "pointer:adapt")
    share_access.ask(course, mia, ines, now=now)
    with pytest.raises(Refused, match="nothing to show"):
        share_access.give(Share.objects.get().id, mia, days=7, now=now)
    assert Share.objects.get().opened_at is None


@pytest.mark.parametrize("name", [*profiles.NAMES, "", None])
def test_only_a_profile_that_allows_shares_has_any(
    shared, course, may, mia, ines, settings, now, name
):
    """Each profile as its file says; without a profile, none."""
    settings.LEGAL_PROFILE = name
    knows = bool(name) and profiles.load_named(name).teacher_individual == "shared"
    assert (may() is not None) is knows
    Share.objects.all().delete()
    if knows:
        assert share_access.ask(course, mia, ines, now=now)
    else:
        with pytest.raises(Refused):
            share_access.ask(course, mia, ines, now=now)
        assert not Share.objects.exists()


def test_the_profiles_match_the_notes():
    known = {
        name for name in profiles.NAMES if profiles.load_named(name).teacher_individual == "shared"
    }
    assert known == {"demo", "us_higher_ed", "cn"}


def test_a_profile_without_shares_ends_them_for_good(shared, may, settings, now, monkeypatch):
    class Change:
        decided_at = now

    monkeypatch.setattr(legal_profile_purge.change_requests, "find_unpurged", lambda: Change)
    settings.LEGAL_PROFILE = "uk_child"
    legal_profile_purge.purge(now=now)
    settings.LEGAL_PROFILE = "demo"
    assert Share.objects.get().closed_at == now
    assert may() is None


def test_a_gate_that_fails_allows_no_view(shared, may, monkeypatch):
    def broken(*_):
        raise RuntimeError("no database")

    monkeypatch.setattr(gate, "_check_people", broken)
    assert may() is None


def test_a_learner_is_not_asked_again_for_a_week_after_any_answer(
    course, mia, noah, ines, allow, now
):
    factories.make_enrolment(noah, course)
    for person in (mia, noah):
        assert share_access.ask(course, person, ines, now=now)
    share_access.close(Share.objects.get(learner=mia).id, mia, now=now + HOUR)
    for person in (mia, noah):
        assert not share_access.ask(course, person, ines, now=now + 7 * DAY - HOUR)
        assert share_access.ask(course, person, ines, now=now + 7 * DAY)


def test_a_request_lapses_and_cannot_be_answered_later(asked, mia, now):
    later = now + share_access.REQUEST_LASTS
    assert not share_access.list_requests(mia, now=later).exists()
    with pytest.raises(Http404):
        share_access.give(asked.id, mia, days=7, now=later)


def test_a_refused_request_cannot_be_granted_later(asked, mia, now):
    share_access.close(asked.id, mia, now=now)
    with pytest.raises(Http404):
        share_access.give(asked.id, mia, days=7, now=now)


def test_asking_giving_and_ending_are_leaves_about_the_learner(shared, mia, now):
    share_access.close(shared.id, mia, now=now)
    share_access.close(shared.id, mia, now=now)
    found = leaves_about(mia.code).filter(verb__startswith="share.").order_by("at")
    assert [(leaf.verb, dict(read_public(leaf))) for leaf in found] == [
        ("share.ask", {"course": "algebra"}),
        ("share.open", {"course": "algebra", "days": "7"}),
        ("share.close", {"course": "algebra", "what": "ended"}),
    ]


def test_the_learners_page_is_notified_of_the_request(course, mia, ines, demo, now, monkeypatch):
    heard = []
    monkeypatch.setattr("push.notify", lambda group, hint: heard.append((group, hint)))
    share_access.ask(course, mia, ines, now=now)
    assert heard == [(f"learner.{mia.code}", {"type": "share.asked"})]


def test_rows_are_deleted_by_expiry_and_with_either_account(shared, mia, ines, now):
    kept = next(
        each for each in retention_classes.in_force(None) if each.table == "estimates_share"
    ).kept
    expiry.delete_expired(now=now + kept - HOUR)
    assert Share.objects.exists()
    expiry.delete_expired(now=now + kept + HOUR)
    assert not Share.objects.exists()


@pytest.mark.parametrize("who", ["mia", "ines"])
def test_erasure_deletes_the_share(shared, request, now, who):
    person = request.getfixturevalue(who)
    erasure.erase(person.code, actor=person.code, cause="request", now=now)
    assert not Share.objects.exists()


BROKEN = {
    "longer than a week": {"until": 7 * DAY + timedelta(seconds=1)},
    "over before it begins": {"until": timedelta(0)},
    "open without an end": {"until": None},
    "given under nothing": {"scopes": [], "epochs": []},
    "under a scope for oneself": {"scopes": ["pointer:adapt"], "epochs": [1]},
    "without the epochs": {"epochs": []},
    "given without a beginning": {"opened_at": None},
    "to oneself": {"teacher_id": "mia"},
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_database_refuses_a_share_that_is(shared, mia, name):
    for column, value in BROKEN[name].items():
        if isinstance(value, timedelta):
            setattr(shared, column, shared.opened_at + value)
        else:
            setattr(shared, column, mia.pk if value == "mia" else value)
    with pytest.raises(IntegrityError), transaction.atomic():
        shared.save()


class Model:
    """A simple model: a view is allowed from a yes until the first end of any kind."""

    def __init__(self):
        self.asked = self.until = None
        self.answered, self.stands, self.on, self.here = True, False, True, True

    def do(self, act, at):
        getattr(self, act)(at)

    def may(self, at):
        return self.stands and at < self.until

    def ask(self, at):
        if self.asked is None or at >= max(
            self.asked + share_access.REQUEST_LASTS, self.until or self.asked
        ):
            self.asked, self.until, self.answered, self.stands = at, None, False, False

    def give(self, at):
        if not self.answered and at < self.asked + share_access.REQUEST_LASTS and self.on:
            self.until, self.answered, self.stands = at + 7 * DAY, True, self.here

    def close(self, _):
        self.answered, self.stands = True, False

    def withdraw(self, _):
        self.on = self.stands = False

    def agree(self, _):
        self.on = True

    def leave(self, _):
        self.here = self.stands = False

    def come(self, _):
        self.here = True


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    acts=st.lists(
        st.tuples(
            st.sampled_from(("ask", "give", "close", "withdraw", "agree", "leave", "come")),
            st.integers(1, 60),
        ),
        max_size=12,
    )
)
def test_a_view_is_allowed_only_from_a_yes_to_its_first_end(
    acts, course, mia, ines, allow, may, now
):
    with transaction.atomic():
        allow(mia, *ON)
        model, at = Model(), now
        for act, hours in [("ask", 1), ("give", 1), *acts]:
            at += hours * HOUR
            model.do(act, at)
            with suppress(Refused, Http404):
                really(act, course, mia, ines, allow, at)
            assert (may(at) is not None) is model.may(at), (act, at)
        transaction.set_rollback(True)


def really(act, course, mia, ines, allow, at):
    row = Share.objects.first()
    here = Enrolment.objects.filter(user=mia, course=course)
    if act == "ask":
        share_access.ask(course, mia, ines, now=at)
    elif act == "give" and row:
        share_access.give(row.id, mia, days=7, now=at)
    elif act == "close" and row:
        share_access.close(row.id, mia, now=at)
    elif act == "withdraw":
        take_back(mia, ["pointer:teach", "activity:adapt"], now=at)
    elif act == "agree":
        allow(mia, *ON, now=at)
    elif act == "leave":
        here.delete()
    elif act == "come" and not here.exists():
        Enrolment.objects.create(user=mia, course=course, role="learner", since=at)
