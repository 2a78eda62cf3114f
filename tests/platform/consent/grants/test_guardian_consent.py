"""Who must consent: the whole table of Guardian, assent, law, age and stream (I-5)."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import Guardianship, User
from accounts.people import make_guardian
from consent.grants.guardian_consent import needs_guardian, needs_two
from consent.legal_profiles import profiles
from consent.models import Grant
from consent.permits.errors import Refused
from consent.permits.gate import permit, permits
from consent.scopes import ADAPT_SCOPES
from tests.fixtures.consent import give_consent, withdraw
from tests.fixtures.users import make

pytestmark = pytest.mark.django_db
SAID = ("never", "yes", "taken back")
LAWS = ("both", "cn", "demo", "eu_education", "us_k12", None)
BODY = {"activity", "layout"}  # All other streams are biometric.


def in_force(law, age_band, stream, guardian, assent) -> bool:
    """Return the expected result, by a table written independently of the code."""
    if assent != "yes":
        return False
    if stream not in BODY:
        if law in (None, "eu_education", "us_k12") or (stream == "eeg" and law != "both"):
            return False
        return age_band == "adult" or guardian == "yes"
    return True


def speak(person, greta, guardian, assent, now, *, first="guardian"):
    """Give the consents that the table requires, one after the other; then withdraw one."""
    biometric = [name for name in ADAPT_SCOPES if name.split(":")[0] not in BODY]

    def say_guardian():
        if guardian != "never":
            give_consent(person, *biometric, now=now, by=greta)

    def say_assent():
        if assent != "never":
            give_consent(person, *ADAPT_SCOPES, now=now, by=person)

    for say in (say_guardian, say_assent) if first == "guardian" else (say_assent, say_guardian):
        say()
    if guardian == "taken back":
        withdraw(person, ADAPT_SCOPES, now=now, verb="guardian_withdraw", actor=greta.code)
    if assent == "taken back":
        withdraw(person, ADAPT_SCOPES, now=now)


@pytest.mark.parametrize("assent", SAID)
@pytest.mark.parametrize("guardian", SAID)
@pytest.mark.parametrize("age_band", ["adult", "teen", "child"])
def test_the_truth_table_of_two_approvals(
    age_band, guardian, assent, both, published, settings, now
):
    person, greta = make("ward", now=now, age_band=age_band), make("greta", now=now)
    make_guardian(greta, person, now=now)
    if age_band == "adult" and guardian != "never":
        with pytest.raises(PermissionDenied):
            give_consent(person, "face:adapt", now=now, by=greta)
        guardian = "never"
    speak(person, greta, guardian, assent, now)
    settings.COUNTRY = "CN"
    for law in LAWS:
        settings.LEGAL_PROFILE = law
        said = {name.split(":")[0] for name in permits(person.code, ADAPT_SCOPES, now=now).granted}
        expected = {
            name.split(":")[0]
            for name in ADAPT_SCOPES
            if in_force(law, age_band, name.split(":")[0], guardian, assent)
        }
        assert said == expected, law


@pytest.mark.parametrize("first", ["guardian", "learner"])
def test_the_order_of_approvals_does_not_matter(noah, greta, both, published, now, first):
    speak(noah, greta, "yes", "yes", now, first=first)
    assert set(permits(noah.code, ADAPT_SCOPES, now=now).granted) == set(ADAPT_SCOPES)


@pytest.mark.parametrize(
    ("age", "child", "teen", "adult"),
    [
        (0, False, False, False),
        (13, True, False, False),
        (14, True, True, False),
        (18, True, True, False),
    ],
)
def test_a_band_decides_alone_only_if_its_youngest_may(age, child, teen, adult, settings):
    settings.COUNTRY = "CN"
    law = profiles.load(profiles.FOLDER / "cn.toml")
    aged = type(law.ages)(age, {})
    law = type(law)(**{f: getattr(law, f) for f in law.__dataclass_fields__} | {"ages": aged})
    found = [needs_guardian(law, band) for band in ("child", "teen", "adult")]
    assert found == [child, teen, adult]


@pytest.mark.parametrize(
    ("country", "law", "needs"),
    [
        ("CN", "cn", True),
        (None, "cn", True),
        ("US", "us_k12", False),
        (None, "us_k12", False),
        (None, "demo", False),
    ],
)
def test_the_age_depends_on_the_country(settings, country, law, needs):
    settings.COUNTRY = country
    assert needs_guardian(profiles.load(profiles.FOLDER / f"{law}.toml"), "teen") is needs


def test_a_minor_decides_alone_on_other_data(noah, greta, both, published, now):
    assert not needs_two(profiles.current(), "teen", "activity:adapt")
    give_consent(noah, "activity:adapt", now=now, by=noah)
    assert permit(noah.code, "activity:adapt", now=now)
    with pytest.raises(PermissionDenied):
        give_consent(noah, "activity:adapt", now=now, by=greta)
    withdraw(noah, ["activity:adapt"], now=now, verb="guardian_withdraw", actor=greta.code)
    assert permit(noah.code, "activity:adapt", now=now)


def test_a_stranger_is_no_guardian(noah, greta, ines, both, published, now):
    for stranger in (ines, make("mallory", now=now)):
        with pytest.raises(PermissionDenied):
            give_consent(noah, "face:adapt", now=now, by=stranger)
        give_consent(noah, "face:adapt", now=now, by=greta)
        with pytest.raises(PermissionDenied):
            withdraw(noah, ["face:adapt"], now=now, verb="guardian_withdraw", actor=stranger.code)
    assert Grant.objects.get(scope="face:adapt").guardian_at == now


@pytest.mark.parametrize("end", ["bond", "account"])
def test_an_approval_ends_with_the_guardianship(noah, greta, both, published, now, end):
    speak(noah, greta, "yes", "yes", now)
    if end == "bond":
        Guardianship.objects.all().delete()
    else:
        User.objects.filter(pk=greta.pk).update(is_active=False)
    with pytest.raises(Refused) as caught:
        permit(noah.code, "face:adapt", now=now)
    assert caught.value.code == "no_grant"
    assert permit(noah.code, "activity:adapt", now=now)


def test_a_lone_consent_is_half_where_two_are_needed(noah, greta, both, published, settings, now):
    settings.LEGAL_PROFILE = "demo"
    give_consent(noah, "face:adapt", now=now, by=noah)
    assert permit(noah.code, "face:adapt", now=now)
    settings.LEGAL_PROFILE = "both"
    with pytest.raises(Refused):
        permit(noah.code, "face:adapt", now=now)


def test_waiting_is_explained_in_words(noah, greta, both, published, now):
    give_consent(noah, "face:adapt", now=now, by=noah)
    refused = permits(noah.code, ["face:adapt", "gaze:adapt"], now=now).refused
    assert refused["face:adapt"].why.startswith("Waiting for your parent or guardian")
    assert refused["gaze:adapt"].why == "This is switched off."


def test_the_database_refuses_a_live_grant_with_one_approval(noah, published, now):
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError, match="consent_grant_both"), transaction.atomic():
        Grant.objects.create(
            learner=noah, scope="face:adapt", notice=published[0], live=True,
            granted_at=now, expires_at=now, assent_at=now,
        )  # fmt: skip
