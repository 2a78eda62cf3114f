"""The gate: truth tables of who may be sensed for what, and every way of failing closed."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import OperationalError, connection

from accounts.models import User
from consent.legal_profiles import profiles
from consent.legal_profiles.profiles import ProfileError
from consent.models import Grant, Notice
from consent.notices import notices
from consent.permits import gate
from consent.permits.errors import Refused
from consent.permits.gate import Permit, permit, permits
from consent.scopes import GRANT_SCOPES, split
from consent.stream_groups import GROUPS, purposes_of, scopes_of
from tests.fixtures.consent import BOTH, give_consent, withdraw
from tests.fixtures.users import make

pytestmark = pytest.mark.django_db


def refusal(person, name, now) -> str:
    with pytest.raises(Refused) as caught:
        permit(person.code, name, now=now)
    assert caught.value.why.endswith(".")
    return caught.value.code


@pytest.fixture
def all_granted(published, now):
    """A person with every possible Grant, whatever the profile allows."""

    def made(age_band):
        person = make(f"somebody-{age_band}", now=now, age_band=age_band)
        for group in GROUPS:
            notice = notices.current(group, age_band, now=now)
            Grant.objects.bulk_create(
                Grant(
                    learner=person,
                    scope=name,
                    notice=notice,
                    epoch=1,
                    live=True,
                    granted_at=now,
                    expires_at=now + timedelta(days=30),
                )
                for purpose in purposes_of(group)
                for name in scopes_of(group, purpose)
            )
        return person

    return made


def expected(profile, age_band, source, purpose) -> str:
    """Return the expected result, independently of the profile files, so that their errors show."""
    biometric = source not in ("activity", "layout", "reports")
    if profile is None:
        return "no_profile" if biometric or purpose != "adapt" else "yes"
    if profile == "uk_child":
        return (
            "yes"
            if source in ("activity", "layout") and purpose != "research"
            else "blocked_profile"
        )
    two = (biometric or source == "reports") and age_band != "adult"
    if profile == "demo":
        if source == "eeg":
            return "blocked_profile"
        return "no_grant" if two and age_band == "child" else "yes"
    if profile == "eu_education":
        if biometric or purpose == "research":
            return "blocked_profile"
        return "no_grant" if two else "yes"
    assert profile == "guardian_biometric"
    return "no_grant" if two else "yes"


@pytest.mark.parametrize("age_band", ["adult", "teen", "child"])
@pytest.mark.parametrize(
    "profile", [None, "demo", "eu_education", "uk_child", "guardian_biometric"]
)
def test_the_truth_table_of_profile_age_stream_and_purpose(
    profile, age_band, all_granted, settings, tmp_path, monkeypatch, now
):
    if profile == "guardian_biometric":
        (tmp_path / "guardian_biometric.toml").write_text(BOTH)
        monkeypatch.setattr(profiles, "FOLDER", tmp_path)
    settings.LEGAL_PROFILE = profile
    answers = permits(all_granted(age_band).code, GRANT_SCOPES, now=now)
    said = dict.fromkeys(answers.granted, "yes")
    said |= {name: refused.code for name, refused in answers.refused.items()}
    parts = {name: split(name) for name in GRANT_SCOPES}
    assert said == {
        name: expected(profile, age_band, source.name, purpose)
        for name, (source, purpose) in parts.items()
    }


def test_a_permit_carries_the_epoch_and_lives_a_second(mia, allow, now):
    allow(mia, "pointer:adapt")
    assert permit(mia.code, "pointer:adapt", now=now) == Permit(
        mia.code, "pointer:adapt", 1, now + timedelta(seconds=1)
    )


def test_a_permit_never_outlives_the_grant(mia, allow, now):
    allow(mia, "pointer:adapt")
    end = Grant.objects.get(scope="pointer:adapt").expires_at
    almost = end - timedelta(milliseconds=300)
    assert permit(mia.code, "pointer:adapt", now=almost).until == end
    assert refusal(mia, "pointer:adapt", end) == "expired"


def test_a_clock_before_the_yes_refuses_and_at_the_yes_it_does_not(mia, allow, now):
    """A clock set back: data from before a consent is not allowed by it."""
    allow(mia, "pointer:adapt")
    before = now - timedelta(microseconds=1)
    assert refusal(mia, "pointer:adapt", before) == "unavailable"
    assert permit(mia.code, "pointer:adapt", now=now)


def test_a_clock_before_the_yes_to_one_purpose_leaves_the_other(mia, allow, now):
    later = now + timedelta(hours=1)
    allow(mia, "pointer:adapt")
    allow(mia, "pointer:teach", now=later)
    assert permit(mia.code, "pointer:adapt", now=now)
    assert refusal(mia, "pointer:teach", now) == "unavailable"
    assert permit(mia.code, "pointer:teach", now=later)


def test_a_clock_before_the_second_of_two_yeses_refuses(noah, greta, both, published, now):
    later = now + timedelta(hours=1)
    give_consent(noah, "face:adapt", now=now, by=noah)
    give_consent(noah, "face:adapt", now=later, by=greta)
    assert refusal(noah, "face:adapt", now) == "unavailable"
    assert permit(noah.code, "face:adapt", now=later)


def test_nothing_is_on_before_a_consent(mia, demo, now):
    answers = permits(mia.code, GRANT_SCOPES, now=now)
    assert answers.granted == {}
    assert {r.code for r in answers.refused.values()} == {"no_grant", "blocked_profile"}


def test_adapt_says_nothing_about_teach(mia, allow, now):
    allow(mia, "pointer:adapt")
    assert refusal(mia, "pointer:teach", now) == "no_grant"
    assert refusal(mia, "typing:adapt", now) == "no_grant"


def test_class_picture_stops_when_help_for_me_has_run_out(mia, allow, now):
    allow(mia, "pointer:adapt")
    allow(mia, "pointer:teach", now=now + timedelta(days=300))
    assert permit(mia.code, "pointer:teach", now=now + timedelta(days=364))
    assert refusal(mia, "pointer:teach", now + timedelta(days=365)) == "expired"


def test_one_persons_consent_counts_for_no_one_else(mia, noah, allow, now):
    allow(mia, "pointer:adapt")
    assert refusal(noah, "pointer:adapt", now) == "no_grant"


@pytest.mark.parametrize("name", ["course", "identity"])
def test_course_and_identity_are_given_while_the_account_lives(mia, settings, now, name):
    settings.LEGAL_PROFILE = None
    assert permit(mia.code, name, now=now).epoch == 0
    User.objects.filter(pk=mia.pk).update(is_active=False)
    assert refusal(mia, name, now) == "account_gone"


def test_a_closed_account_is_refused_whatever_it_had_allowed(mia, allow, now):
    allow(mia, "pointer:adapt")
    User.objects.filter(pk=mia.pk).update(is_active=False)
    assert refusal(mia, "pointer:adapt", now) == "account_gone"


def test_an_unknown_person_is_refused(demo, db, now):
    with pytest.raises(Refused) as caught:
        permit(uuid4(), "course", now=now)
    assert caught.value.code == "account_gone"


@pytest.mark.parametrize(
    "name", ["", "pointer", "pointer:", ":adapt", "pointer:grade", "voice:adapt", "pointer:adapt:x"]
)
def test_an_unknown_scope_is_refused(mia, demo, now, name):
    assert refusal(mia, name, now) == "unknown_scope"


def test_a_changed_text_stops_the_stream_until_it_was_read(mia, allow, now, tmp_path):
    allow(mia, "pointer:adapt", "face:adapt")
    reword(tmp_path, "hands.adult.md")
    later = now + timedelta(days=1)
    notices.publish(later, folder=tmp_path)
    assert permit(mia.code, "pointer:adapt", now=now)
    assert refusal(mia, "pointer:adapt", later) == "stale_notice"
    assert permit(mia.code, "face:adapt", now=later)
    allow(mia, "pointer:adapt", now=later)
    assert permit(mia.code, "pointer:adapt", now=later).epoch == 2


def test_growing_up_asks_for_the_text_of_the_new_age(noah, allow, now):
    allow(noah, "pointer:adapt")
    User.objects.filter(pk=noah.pk).update(age_band="adult")
    assert refusal(noah, "pointer:adapt", now) == "stale_notice"


def test_a_database_that_is_down_refuses(mia, allow, now):
    allow(mia, "pointer:adapt")

    def down(execute, sql, params, many, context):
        raise OperationalError("down")

    with connection.execute_wrapper(down):
        assert refusal(mia, "pointer:adapt", now) == "unavailable"
        assert refusal(mia, "course", now) == "unavailable"


@pytest.mark.parametrize("broken", ["profiles.in_force", "load_people", "split"])
def test_any_fault_inside_refuses(mia, allow, now, monkeypatch, broken):
    allow(mia, "pointer:adapt")

    class Fault:
        def __getattr__(self, name):
            raise MemoryError("anything")

        def __call__(self, *args, **kwargs):
            raise MemoryError("anything")

    monkeypatch.setattr(f"consent.permits.gate.{broken}", Fault())
    assert refusal(mia, "pointer:adapt", now) == "unavailable"


def test_a_profile_that_cannot_be_read_refuses(mia, allow, now, settings):
    allow(mia, "pointer:adapt")
    settings.LEGAL_PROFILE = "no_such_profile"
    assert refusal(mia, "pointer:adapt", now) == "unavailable"
    with pytest.raises(ProfileError, match="no_such_profile"):
        profiles.current()


def test_the_batch_agrees_with_single_checks_in_one_query(
    mia, allow, now, django_assert_num_queries
):
    allow(mia, "pointer:adapt", "face:adapt", "face:teach")
    names = [*GRANT_SCOPES, "course", "nonsense"]
    with django_assert_num_queries(1):
        answers = permits(mia.code, names, now=now)
    assert len(answers.granted) == 4
    for name, given in answers.granted.items():
        assert given == permit(mia.code, name, now=now)
    for name, refused in answers.refused.items():
        assert refused.code == refusal(mia, name, now)


def test_a_withdrawal_refuses_the_next_check(mia, allow, now):
    allow(mia, "pointer:adapt")
    withdraw(mia, ["pointer:adapt"], now=now)
    assert refusal(mia, "pointer:adapt", now) == "no_grant"
    allow(mia, "pointer:adapt")
    assert permit(mia.code, "pointer:adapt", now=now).epoch == 3


def test_the_life_of_a_permit_is_a_second_at_most():
    assert timedelta(seconds=1) >= gate.PERMIT_LIFETIME


def reword(folder, name):
    for path in (notices.FOLDER / "en").iterdir():
        target = folder / "en" / path.name
        target.parent.mkdir(exist_ok=True)
        target.write_text(path.read_text() + ("\nOne more line.\n" if path.name == name else ""))


def test_a_text_not_yet_in_force_changes_nothing(mia, allow, now, tmp_path):
    allow(mia, "pointer:adapt")
    reword(tmp_path, "hands.adult.md")
    notices.publish(now + timedelta(days=9), folder=tmp_path)
    assert Notice.objects.filter(group="hands", age_band="adult", locale="en").count() == 2
    assert permit(mia.code, "pointer:adapt", now=now + timedelta(days=8))
