"""The second factor: app codes and recovery codes, each valid once, and which roles need one."""

from __future__ import annotations

import threading
from datetime import timedelta

import pyotp
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from accounts.mfa import second_factor
from accounts.models import RecoveryCode, SecondFactor
from audit.queries import leaves_about
from tests.fixtures.accounts.second_factor import app_of, with_factor
from vault.errors import KeyDestroyed
from vault.keystore import open_keystore

pytestmark = pytest.mark.django_db
HALF_MINUTE = timedelta(seconds=30)


def test_the_first_right_code_makes_the_factor_count(mia, now):
    second_factor.begin_setup(mia, now=now)
    assert second_factor.find_factor(mia) is None
    secret = second_factor.read_new_secret(mia, now=now)

    codes = second_factor.confirm_setup(mia, pyotp.TOTP(secret).at(now), now=now)

    assert len(set(codes)) == 10
    assert second_factor.find_factor(mia) is not None
    assert second_factor.read_new_secret(mia, now=now) is None, "the secret is not shown again"
    assert leaves_about(mia.code).filter(verb="person.factor_add").count() == 1


def test_a_wrong_first_code_adds_nothing_and_leaves_a_leaf(mia, now):
    second_factor.begin_setup(mia, now=now)
    assert second_factor.confirm_setup(mia, "000000", now=now) is None
    assert second_factor.find_factor(mia) is None
    assert RecoveryCode.objects.count() == 0
    assert leaves_about(mia.code).filter(verb="person.factor_failed").count() == 1


def test_a_secret_that_was_begun_runs_out(mia, now):
    second_factor.begin_setup(mia, now=now)
    secret, later = second_factor.read_new_secret(mia, now=now), now + second_factor.SETUP_LIFETIME
    assert second_factor.read_new_secret(mia, now=later) is None
    assert second_factor.confirm_setup(mia, pyotp.TOTP(secret).at(later), now=later) is None


def test_beginning_again_replaces_the_secret_but_never_one_that_counts(mia, now):
    second_factor.begin_setup(mia, now=now)
    first = second_factor.read_new_secret(mia, now=now)
    second_factor.begin_setup(mia, now=now)
    second = second_factor.read_new_secret(mia, now=now)
    assert first != second
    assert second_factor.confirm_setup(mia, pyotp.TOTP(second).at(now), now=now)
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        second_factor.begin_setup(mia, now=now)


@pytest.mark.parametrize("steps", [-2, -1, 0, 1, 2])
def test_a_clock_may_be_half_a_minute_off(mia, now, steps):
    with_factor(mia, now=now - timedelta(hours=1))
    code = app_of(mia).at(now + steps * HALF_MINUTE)
    assert second_factor.check_code(mia, code, now=now) is (abs(steps) <= 1)


def test_a_code_is_good_once_and_an_older_one_is_not_good_after_it(mia, now):
    with_factor(mia, now=now - timedelta(hours=1))
    app = app_of(mia)
    assert second_factor.check_code(mia, app.at(now), now=now)
    assert not second_factor.check_code(mia, app.at(now), now=now)
    assert not second_factor.check_code(mia, app.at(now - HALF_MINUTE), now=now)
    assert second_factor.check_code(mia, app.at(now + HALF_MINUTE), now=now + HALF_MINUTE)


def test_the_code_that_confirmed_the_set_up_opens_nothing_more(mia, now):
    with_factor(mia, now=now)
    assert not second_factor.check_code(mia, app_of(mia).at(now), now=now)


def test_a_code_is_taken_with_blanks_as_apps_show_it(mia, now):
    with_factor(mia, now=now - timedelta(hours=1))
    code = app_of(mia).at(now)
    assert second_factor.check_code(mia, f" {code[:3]} {code[3:]} ", now=now)


@given(typed=st.text(max_size=12))
def test_other_texts_are_wrong_and_break_nothing(typed):
    secret = "A" * 32
    from datetime import UTC, datetime

    moment = datetime(2026, 11, 20, 9, tzinfo=UTC)
    right = {pyotp.TOTP(secret).at(moment + n * HALF_MINUTE) for n in (-1, 0, 1)}
    assert (second_factor._find_step(secret, typed, moment) is not None) == (typed in right)


def test_a_recovery_code_opens_once_in_any_spelling_and_only_for_its_person(mia, noah, now):
    first, second, *_ = with_factor(mia, now=now)
    with_factor(noah, now=now)
    assert not second_factor.check_code(noah, first, now=now)
    assert second_factor.check_code(mia, first, now=now)
    assert not second_factor.check_code(mia, first, now=now)
    assert second_factor.check_code(mia, f" {second.upper().replace('-', ' ')} ", now=now)
    assert mia.recovery_codes.count() == 8


def test_new_codes_void_the_old(mia, now):
    old = with_factor(mia, now=now)[0]
    new = second_factor.replace_recovery_codes(mia, now=now)[0]
    assert not second_factor.check_code(mia, old, now=now)
    assert second_factor.check_code(mia, new, now=now)


def test_without_a_factor_every_code_is_refused(mia, now):
    assert not second_factor.check_code(mia, "000000", now=now)
    assert not second_factor.check_code(mia, "", now=now)


def test_removing_ends_codes_and_sessions_and_records_the_actor(mia, amir, client_for, now):
    with_factor(mia, now=now)
    client_for(mia)
    second_factor.remove(mia, actor=amir.code, now=now)
    assert second_factor.find_factor(mia) is None
    assert (mia.recovery_codes.count(), mia.sessions.count()) == (0, 0)
    assert leaves_about(mia.code).get(verb="person.factor_remove").public == "by=steward"


def test_the_tables_hold_neither_secret_nor_codes(mia, now):
    codes = with_factor(mia, now=now)
    secret = app_of(mia).secret
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT string_agg(f::text, ' ') FROM accounts_secondfactor f) ||"
            " (SELECT string_agg(r::text, ' ') FROM accounts_recoverycode r)"
        )
        stored = cursor.fetchone()[0].lower()
    for text in (secret, *codes, *(code.replace("-", "") for code in codes)):
        assert text.lower() not in stored
        assert text.encode().hex() not in stored
    assert len(stored) > 1000


def test_the_secret_goes_with_the_key_of_the_person(mia, now):
    with_factor(mia, now=now)
    open_keystore().destroy(mia.code, ["identity"])
    with pytest.raises(KeyDestroyed):
        second_factor.check_code(mia, "000000", now=now)


def test_the_otpauth_uri_names_only_the_site():
    secret = "A" * 32
    assert second_factor.make_otpauth_uri(secret, "school.example") == (
        f"otpauth://totp/Attune:school.example?secret={secret}&issuer=Attune"
    )


@pytest.mark.django_db(transaction=True)
def test_one_code_sent_twice_at_the_same_moment_opens_once(mia, now):
    with_factor(mia, now=now - timedelta(hours=1))
    code, answers = app_of(mia).at(now), []
    barrier = threading.Barrier(6)

    def one():
        try:
            barrier.wait(20)
            answers.append(second_factor.check_code(mia, code, now=now))
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False] * 5 + [True]


# --- which roles need one ---


@pytest.mark.parametrize("profile", ["eu_education", "uk_child", "research_study", "", None])
def test_roles_with_access_to_others_data_need_one(settings, profile):
    settings.LEGAL_PROFILE = profile
    roles = ("steward", "teacher", "researcher", "guardian")
    assert [role for role in roles if not second_factor.is_required([role])] == []
    assert not second_factor.is_required(["learner", "author"])
    assert second_factor.is_required(["learner", "teacher"])


def test_under_demo_no_role_needs_one_until_two_stewards_change_it(settings, db):
    settings.LEGAL_PROFILE = "demo"
    assert not second_factor.is_required(["steward", "teacher", "researcher", "guardian"])
    settings.PROFILE_CHOSEN = f"{__name__}.chose_education"
    assert second_factor.is_required(["teacher"])


def chose_education():
    return "eu_education"


def test_a_person_with_a_factor_is_asked_for_it(settings):
    settings.LEGAL_PROFILE = "demo"
    assert second_factor.needs_factor(["learner"], has_factor=True)
    assert not second_factor.needs_factor(["learner"], has_factor=False)


def test_an_unconfirmed_factor_does_not_count(mia, now):
    from accounts.models import User

    second_factor.begin_setup(mia, now=now)
    assert (
        not User.objects.annotate(has_factor=second_factor.factor_exists("pk"))
        .get(pk=mia.pk)
        .has_factor
    )
    SecondFactor.objects.update(confirmed_at=now)
    assert (
        User.objects.annotate(has_factor=second_factor.factor_exists("pk"))
        .get(pk=mia.pk)
        .has_factor
    )
