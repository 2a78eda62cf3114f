"""What a Steward does to an account: each act is recorded, and the site always has a Steward."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.http import Http404
from hypothesis import given
from hypothesis import strategies as st

from accounts import age_bands
from accounts.administration import person_changes, steward_nominations
from accounts.administration.person_records import CannotChange, PersonRecord, load_record
from accounts.api_tokens import api_tokens
from accounts.identity import Identity, load_identity
from accounts.keyed_hash import digest_secret
from accounts.models import Guardianship, PasswordLink, StewardNomination, User
from accounts.passwords import password_links
from accounts.people import find_by_login, set_password
from audit.queries import leaves_about, leaves_by, read_public
from courses import calendar_feeds
from telemetry.device_tokens.models import SENSORS
from telemetry.models import DeviceToken
from tests.fixtures.users import PASSWORD, make
from tests.platform.accounts.test_people import stored_bytes

pytestmark = pytest.mark.django_db
LENA = Identity("Lena Fischer", "lena", "lena@school.example", "20433", date(2011, 3, 14))


@pytest.fixture(autouse=True)
def _strict(settings):
    settings.LEGAL_PROFILE = "eu_education"


def record(identity=LENA, roles=("learner",), age_band="teen"):
    return PersonRecord(identity, roles, age_band)


@pytest.fixture
def lena(amir, now):
    return person_changes.add_person(record(), by=amir, now=now)


def verbs(person):
    return [leaf.verb for leaf in leaves_about(person.code)]


def test_a_record_is_loaded_as_typed_and_stored_sealed(lena):
    fresh = User.objects.get(pk=lena.pk)

    assert load_record(fresh) == record()
    row = stored_bytes(fresh).lower()
    for text in (b"lena", b"fischer", b"20433", b"2011"):
        assert text not in row
        assert text.hex().encode() not in row


def test_no_one_can_sign_in_before_using_a_link(lena):
    assert not lena.has_usable_password()


def test_a_change_names_its_fields_and_nothing_else(lena, amir, now):
    changed = replace(LENA, name="Lena Fischer-Bauer", email="lena.bauer@school.example")
    person_changes.change_person(lena.code, record(changed), by=amir, now=now)

    lena.refresh_from_db()
    assert load_identity(lena) == changed
    leaf = leaves_about(lena.code).get(verb="person.change")
    assert read_public(leaf) == {"fields": "name,email"}


def test_saving_the_same_again_leaves_no_leaf(lena, amir, now):
    assert person_changes.change_person(lena.code, record(), by=amir, now=now) == []
    assert "person.change" not in verbs(lena)


def test_a_new_log_in_takes_the_place_of_the_old_one(lena, amir, now):
    person_changes.change_person(
        lena.code, record(replace(LENA, login="l.fischer")), by=amir, now=now
    )

    assert find_by_login("lena") is None
    assert find_by_login("L.Fischer") == lena


@pytest.mark.parametrize(
    ("taken", "field"), [({"login": "MIA", "number": ""}, "login"), ({"login": "x"}, "number")]
)
def test_a_log_in_or_number_of_another_is_refused_and_nothing_changes(
    lena, mia, amir, now, taken, field
):
    with pytest.raises(CannotChange) as refused:
        person_changes.add_person(record(replace(LENA, **taken)), by=amir, now=now)

    assert refused.value.field == field
    assert User.objects.count() == 3


def test_any_number_of_people_may_have_no_number_and_one_e_mail(lena, amir, now):
    for login in ("tom", "tim"):
        person_changes.add_person(record(replace(LENA, login=login, number="")), by=amir, now=now)

    assert User.objects.filter(email_digest=lena.email_digest).count() == 3


def test_locking_ends_sessions_and_unlocking_restores_none(lena, amir, client_for):
    set_password(lena, PASSWORD)
    client = client_for(lena)

    person_changes.lock_person(lena.code, by=amir)
    assert client.get("/").status_code == 302
    person_changes.unlock_person(lena.code, by=amir)
    assert client.get("/").status_code == 302
    assert client_for(lena).get("/").status_code == 200
    assert {"person.lock", "person.unlock"} <= set(verbs(lena))


def test_no_link_is_made_for_a_locked_account(lena, amir, now):
    person_changes.lock_person(lena.code, by=amir)
    lena.refresh_from_db()
    with pytest.raises(CannotChange, match="locked"):
        password_links.make_link(lena, by=amir.code, now=now)


def test_a_steward_cannot_lock_their_own_account(amir, sara):
    with pytest.raises(CannotChange, match="your own"):
        person_changes.lock_person(amir.code, by=amir)


@pytest.mark.parametrize("act", ["lock", "demote"])
@pytest.mark.parametrize("other", ["none", "locked", "without password"])
def test_the_last_steward_who_can_sign_in_stays_one(amir, lena, now, act, other):
    if other != "none":
        sara = make("sara", now=now)
        fields = {"is_active": False} if other == "locked" else {"password": "!unset"}
        User.objects.filter(pk=sara.pk).update(**fields)

    teacher = replace(load_record(amir), roles=("teacher",))
    acts = {
        "lock": lambda: person_changes.lock_person(amir.code, by=lena),
        "demote": lambda: person_changes.change_person(amir.code, teacher, by=amir, now=now),
    }
    with pytest.raises(CannotChange, match="only data steward"):
        acts[act]()
    amir.refresh_from_db()
    assert (amir.is_active, amir.roles) == (True, ["steward"])


def test_only_the_steward_can_give_up_the_role_if_another_stays(amir, sara, now):
    teacher = replace(load_record(sara), roles=("teacher",))
    with pytest.raises(CannotChange, match="Only this person can give up"):
        person_changes.change_person(sara.code, teacher, by=amir, now=now)
    person_changes.change_person(sara.code, teacher, by=sara, now=now)

    sara.refresh_from_db()
    assert sara.roles == ["teacher"]
    assert "person.roles" in verbs(sara)


def test_a_role_that_needs_a_second_factor_ends_the_sessions_from_before(
    lena, amir, now, client_for
):
    client, own = client_for(lena), client_for(amir)
    person_changes.change_person(lena.code, record(roles=("author", "learner")), by=amir, now=now)
    assert client.get("/accounts/session/").status_code == 200
    person_changes.change_person(lena.code, record(roles=("author", "teacher")), by=amir, now=now)
    assert not lena.sessions.exists()
    adds = replace(load_record(amir), roles=("steward", "teacher"))
    person_changes.change_person(amir.code, adds, by=amir, now=now)
    assert own.get("/accounts/session/").status_code == 200


def test_no_steward_gets_a_link_for_another_one_in_use(amir, sara, now):
    """With the link one Steward could confirm what requires two."""
    with pytest.raises(CannotChange, match="for another data steward"):
        password_links.make_link(sara, by=amir.code, now=now)

    User.objects.filter(pk=sara.pk).update(password="!unset")
    sara.refresh_from_db()
    assert password_links.make_link(sara, by=amir.code, now=now)
    assert password_links.make_link(amir, by=None, now=now), "manage.py setup may"


@pytest.mark.parametrize("end", ["lock", "sign out"])
def test_locking_and_signing_out_end_a_link_too(lena, amir, now, end):
    password_links.make_link(lena, by=amir.code, now=now)
    if end == "lock":
        person_changes.lock_person(lena.code, by=amir)
        person_changes.unlock_person(lena.code, by=amir)
    else:
        person_changes.sign_out_everywhere(lena.code, by=amir)

    assert not PasswordLink.objects.exists()


@pytest.mark.parametrize("end", ["lock_person", "sign_out_everywhere"])
def test_what_a_steward_ends_names_the_steward(lena, amir, now, end):
    api_tokens.make_token(lena, "notebook", "read", 7, now=now)
    calendar_feeds.make_key(lena, now=now)
    DeviceToken.objects.create(
        digest=digest_secret("a key"),
        learner=lena,
        sensor=SENSORS[0],
        scopes=["eda:adapt"],
        epochs=[1],
        made_at=now,
        expires_at=now + timedelta(hours=1),
    )
    getattr(person_changes, end)(lena.code, by=amir)
    for verb in ("person.token_end", "person.calendar_end", "device.token_end"):
        (leaf,) = leaves_about(lena.code).filter(verb=verb)
        assert leaf in leaves_by(amir.code), verb


def test_a_simulated_person_gets_no_link_and_cannot_be_a_steward(lena, amir, now):
    User.objects.filter(pk=lena.pk).update(simulated=True)
    lena.refresh_from_db()
    with pytest.raises(CannotChange, match="simulated"):
        password_links.make_link(lena, by=amir.code, now=now)
    with pytest.raises(CannotChange, match="simulated"):
        steward_nominations.make_steward(lena, by=amir, now=now)


def test_an_edit_of_an_older_state_is_refused_and_takes_nothing_back(lena, amir, now):
    seen = load_record(lena).mark()
    newer = record(replace(LENA, email="new@school.example"), roles=("learner", "teacher"))
    person_changes.change_person(lena.code, newer, seen=seen, by=amir, now=now)
    older = record(replace(LENA, name="Lena"))
    with pytest.raises(CannotChange, match="in the meantime"):
        person_changes.change_person(lena.code, older, seen=seen, by=amir, now=now)

    lena.refresh_from_db()
    assert load_record(lena) == newer


def test_a_guardian_who_loses_the_role_loses_all_wards(greta, noah, amir, now):
    learner = replace(load_record(greta), roles=("learner",))
    person_changes.change_person(greta.code, learner, by=amir, now=now)

    assert not noah.guardianships.exists()
    assert "person.unguard" in verbs(noah)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", ["end_guardianships", "end_wardships"])
def test_concurrent_stewards_end_a_guardianship_once(greta, noah, amir, sara, now, end):
    whose = noah if end == "end_guardianships" else greta

    def end_too():
        try:
            with transaction.atomic():
                return getattr(person_changes, end)(whose, by=sara, now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            getattr(person_changes, end)(whose, by=amir, now=now)
            second = pool.submit(end_too)
            with suppress(TimeoutError):
                second.result(timeout=1)
        assert not second.result(timeout=30)
    assert verbs(noah).count("person.unguard") == 1
    assert verbs(greta).count("person.unguard") == 1


def test_an_unknown_code_is_not_there(amir, now):
    with pytest.raises(Http404):
        person_changes.lock_person(uuid4(), by=amir)


# --- a new Steward ---


@pytest.fixture
def nominated(lena, amir, sara, now):
    wanted = record(roles=("learner", "steward"))
    person_changes.change_person(lena.code, wanted, by=amir, now=now)
    lena.refresh_from_db()
    return lena


def test_a_second_steward_has_to_confirm_a_new_one(nominated, amir, sara, now):
    assert nominated.roles == ["learner"]
    with pytest.raises(CannotChange, match="You nominated"):
        steward_nominations.confirm_nomination(nominated.code, by=amir, now=now)

    steward_nominations.confirm_nomination(nominated.code, by=sara, now=now)
    nominated.refresh_from_db()
    assert nominated.roles == ["learner", "steward"]
    assert not StewardNomination.objects.exists()
    acts = [
        read_public(leaf)["act"]
        for leaf in leaves_about(nominated.code).filter(verb="person.nominate")
    ]
    assert sorted(acts) == ["ask", "confirm"]


def test_a_nomination_counts_for_seven_days(nominated, sara, now):
    with pytest.raises(CannotChange, match="seven days"):
        steward_nominations.confirm_nomination(nominated.code, by=sara, now=now + timedelta(days=7))


def test_the_nominator_must_still_be_a_steward(nominated, amir, sara, now):
    User.objects.filter(pk=amir.pk).update(roles=["teacher"])
    with pytest.raises(CannotChange, match="no longer a data steward"):
        steward_nominations.confirm_nomination(nominated.code, by=sara, now=now)


@pytest.mark.parametrize(("by", "act"), [("amir", "cancel"), ("sara", "decline")])
def test_a_nomination_can_be_withdrawn_or_declined(nominated, amir, sara, now, by, act):
    steward_nominations.end_nomination(nominated.code, by={"amir": amir, "sara": sara}[by], now=now)

    nominated.refresh_from_db()
    assert nominated.roles == ["learner"]
    newest = leaves_about(nominated.code).filter(verb="person.nominate").first()
    assert read_public(newest) == {"act": act}


def test_a_person_cannot_nominate_themselves(sara, amir, now):
    User.objects.filter(pk=sara.pk).update(roles=["teacher"])
    make("sonja", now=now)
    User.objects.filter(login_digest=find_by_login("sonja").login_digest).update(roles=["steward"])
    sara.refresh_from_db()
    with pytest.raises(CannotChange, match="Another data steward"):
        steward_nominations.make_steward(sara, by=sara, now=now)


def test_locking_the_other_stewards_still_requires_a_second_one(lena, amir, sara, now):
    person_changes.lock_person(sara.code, by=amir)
    wanted = record(roles=("learner", "steward"))
    person_changes.change_person(lena.code, wanted, by=amir, now=now)

    lena.refresh_from_db()
    assert lena.roles == ["learner"]
    assert steward_nominations.load_nomination(lena, now=now)


def test_a_new_steward_keeps_no_link_that_was_made_before(nominated, amir, sara, now):
    password_links.make_link(nominated, by=amir.code, now=now)
    steward_nominations.confirm_nomination(nominated.code, by=sara, now=now)
    assert not PasswordLink.objects.exists()


def test_a_new_steward_has_no_open_nomination_left(nominated, sara, now):
    steward_nominations._give_role(nominated, sara)
    assert not StewardNomination.objects.exists()


@pytest.mark.parametrize("why", ["demo", "one steward"])
def test_one_steward_is_enough_in_a_demo_and_where_there_is_only_one(
    lena, amir, now, settings, request, why
):
    if why == "demo":
        settings.LEGAL_PROFILE = "demo"
        request.getfixturevalue("sara")
    wanted = record(roles=("learner", "steward"))
    person_changes.change_person(lena.code, wanted, by=amir, now=now)

    lena.refresh_from_db()
    assert lena.roles == ["learner", "steward"]


# --- guardians and ages ---


def test_a_guardian_is_added_once_and_ends(lena, greta, amir, now):
    for _twice in range(2):
        person_changes.add_guardian(lena.code, "Greta", by=amir, now=now)
    assert [bond.guardian for bond in lena.guardianships.all()] == [greta]

    assert person_changes.end_guardianships(lena, by=amir, now=now, guardian=greta.code) == 1
    assert {"person.guard", "person.unguard"} <= set(verbs(lena))
    assert Guardianship.objects.filter(guardian=greta).count() == 1, "noah's stays"


@pytest.mark.parametrize(
    ("login", "says"),
    [("nobody", "No active guardian account"), ("mia", "No active guardian account")],
)
def test_only_a_guardian_can_guard(lena, mia, amir, now, login, says):
    with pytest.raises(CannotChange, match=says):
        person_changes.add_guardian(lena.code, login, by=amir, now=now)


def test_an_adult_has_no_guardian_and_loses_those_of_before(lena, mia, greta, amir, now):
    with pytest.raises(CannotChange, match="adult"):
        person_changes.add_guardian(mia.code, "greta", by=amir, now=now)

    person_changes.add_guardian(lena.code, "greta", by=amir, now=now)
    person_changes.change_person(lena.code, record(age_band="adult"), by=amir, now=now)
    assert not lena.guardianships.exists()
    assert "person.unguard" in verbs(lena)


@pytest.mark.parametrize(
    ("born", "today", "band"),
    [
        (date(2008, 11, 26), date(2026, 11, 26), "adult"),
        (date(2008, 11, 27), date(2026, 11, 26), "teen"),
        (date(2013, 11, 26), date(2026, 11, 26), "teen"),
        (date(2013, 11, 27), date(2026, 11, 26), "child"),
        (date(2008, 2, 29), date(2026, 2, 28), "teen"),
        (date(2008, 2, 29), date(2026, 3, 1), "adult"),
    ],
)
def test_the_band_follows_the_birthday(born, today, band):
    assert age_bands.band_on(born, today) == band


@given(born=st.dates(date(1900, 1, 1), date(2100, 1, 1)), age=st.integers(0, 120))
def test_an_age_begins_on_the_birthday_not_the_day_before(born, age):
    day = age_bands.birthday(born, age)
    assert age_bands.age_on(born, day) == age
    assert age == 0 or age_bands.age_on(born, day - timedelta(days=1)) == age - 1
