"""Age bands change automatically on birthdays, and adults decide alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.administration import age_band_updates, person_changes
from accounts.administration.person_records import load_record, lock_person_row
from accounts.models import User
from audit.queries import leaves_about, read_public
from consent.grants import grant_expiry, grants
from consent.models import Grant
from consent.notices import notices
from consent.permits import gate
from consent.permits.errors import Refused
from consent.stream_groups import group_of
from tests.fixtures import factories
from tests.fixtures.users import NOW
from vault.keystore import open_keystore

pytestmark = pytest.mark.django_db
EIGHTEENTH = date(2026, 11, 20)
SCOPE = "pointer:adapt"


@pytest.fixture
def born(noah, amir, now):
    """Return noah, whose 18th birthday is EIGHTEENTH."""
    told = load_record(noah)
    birthday = replace(told.identity, born=date(2008, 11, 20))
    person_changes.change_person(
        noah.code, replace(told, identity=birthday, age_band="teen"), by=amir, now=now
    )
    return noah


def band_of(person):
    person.refresh_from_db()
    return person.age_band


def test_the_band_moves_on_the_birthday_and_not_the_day_before(born):
    assert age_band_updates.update_age_bands(EIGHTEENTH - timedelta(days=1), now=NOW) == 0
    assert band_of(born) == "teen"
    assert age_band_updates.update_age_bands(EIGHTEENTH, now=NOW) == 1
    assert band_of(born) == "adult"
    assert age_band_updates.update_age_bands(EIGHTEENTH, now=NOW) == 0


def test_it_ends_guardianship_and_is_recorded_without_an_actor(born, greta):
    age_band_updates.update_age_bands(EIGHTEENTH, now=NOW)

    assert not born.guardianships.exists()
    for verb in ("person.change", "person.unguard"):
        leaf = leaves_about(born.code).filter(verb=verb).first()
        assert leaf.actor_ref is None, verb
    changed = leaves_about(born.code).filter(verb="person.change").first()
    assert read_public(changed) == {"fields": "age_band"}


def test_what_was_allowed_as_a_minor_no_longer_counts_and_ends(born, now, settings):
    settings.LEGAL_PROFILE = "demo"
    factories.open_days(now)
    notices.publish(now - timedelta(days=1))
    notice = notices.current(group_of("pointer"), "teen", now=now)
    grants.grant(born.code, [SCOPE], notice=notice, now=now, actor=born.code)
    gate.permit(born.code, SCOPE, now=now)

    age_band_updates.update_age_bands(EIGHTEENTH, now=NOW)
    with pytest.raises(Refused, match="stale_notice"):
        gate.permit(born.code, SCOPE, now=now)
    assert (born.code, "stale", [SCOPE]) in list(grant_expiry.find_due(now))
    assert Grant.objects.filter(learner=born).exists(), "its end is the sweep's"


def at(hour, day=20):
    return datetime(2026, 11, day, hour, 30, tzinfo=UTC)


def test_bands_are_updated_only_after_night_begins(born):
    assert sum(age_band_updates.update_due(at(hour)) for hour in range(age_band_updates.NIGHT)) == 0
    assert age_band_updates.update_due(at(age_band_updates.NIGHT)) == 1


def test_a_late_worker_still_does_the_days_update(born):
    assert age_band_updates.update_due(at(14)) == 1
    assert band_of(born) == "adult"


def test_dates_of_birth_are_unsealed_once_a_day(born, monkeypatch):
    looked = []
    monkeypatch.setattr(
        age_band_updates, "update_age_bands", lambda today, **_: looked.append(today) or 0
    )
    for day in (20, 21):
        for hour in range(24):
            age_band_updates.update_due(at(hour, day))
    assert looked == [EIGHTEENTH, EIGHTEENTH + timedelta(days=1)]


def test_an_interrupted_update_is_repeated(born, monkeypatch):
    def break_off(_today, **_):
        raise LookupError

    with monkeypatch.context() as broken:
        broken.setattr(age_band_updates, "update_age_bands", break_off)
        with pytest.raises(LookupError):
            age_band_updates.update_due(at(age_band_updates.NIGHT))
    assert age_band_updates.update_due(at(age_band_updates.NIGHT + 1)) == 1


def test_without_a_date_or_while_being_erased_the_band_stays(born, undated):
    open_keystore().destroy(born.code, ["identity"])

    assert age_band_updates.update_age_bands(EIGHTEENTH, now=NOW) == 0
    assert band_of(undated) == "child"


@pytest.fixture
def undated(now):
    return factories.make_user(age_band="child")


def test_a_band_that_was_changed_meanwhile_leaves_no_second_leaf(born, monkeypatch):
    def change_first(code):
        User.objects.filter(code=code).update(age_band="adult")
        return lock_person_row(code)

    monkeypatch.setattr(age_band_updates, "lock_person_row", change_first)
    before = leaves_about(born.code).count()

    assert age_band_updates.update_age_bands(EIGHTEENTH, now=NOW) == 0
    assert leaves_about(born.code).count() == before
