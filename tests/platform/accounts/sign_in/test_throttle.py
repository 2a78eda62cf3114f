"""Attempts: few for one username from one place, more from everywhere, many for a whole network."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import SignInThrottle
from accounts.sign_in import throttle
from accounts.sign_in.throttle import AttemptOrigin, SignInTry

pytestmark = pytest.mark.django_db
HOME, AWAY = "192.0.2.1", "198.51.100.7"


def take(login, network, *, now, browser=None):
    return throttle.count_try(SignInTry(login, AttemptOrigin(network, browser)), now=now)


def use_up(login, network, now, tries=throttle.TRIES):
    return [take(login, network, now=now) for _ in range(tries)]


def from_everywhere(login, now, tries=throttle.LOGIN_TRIES):
    return [take(login, f"203.0.113.{number}", now=now) for number in range(tries)]


def test_the_sixth_try_is_refused_with_a_time(now):
    assert use_up("mia", HOME, now) == [None] * 5
    assert take("mia", HOME, now=now) == now + timedelta(minutes=15)


def test_attempts_during_a_wait_do_not_extend_it(now):
    use_up("mia", HOME, now)
    later = now + timedelta(minutes=14)
    assert take("mia", HOME, now=later) == now + timedelta(minutes=15)


def test_after_the_rest_there_are_five_tries_again(now):
    use_up("mia", HOME, now)
    later = now + timedelta(minutes=15)
    assert use_up("mia", HOME, later) == [None] * 5
    assert take("mia", HOME, now=later) is not None


def test_another_network_and_another_log_in_are_not_held_up(now):
    use_up("mia", HOME, now)
    assert take("mia", AWAY, now=now) is None
    assert take("noah", HOME, now=now) is None


def test_spellings_of_one_log_in_share_their_tries(now):
    use_up("mia", HOME, now)
    assert take(" MIA ", HOME, now=now) is not None


def test_one_ipv6_subscriber_is_one_network(now):
    for last in range(throttle.TRIES):
        take("mia", f"2001:db8:1:2::{last}", now=now)
    assert take("mia", "2001:db8:1:2:ffff::1", now=now) is not None
    assert take("mia", "2001:db8:1:3::1", now=now) is None


def test_the_right_password_forgets_the_tries(now):
    use_up("mia", HOME, now)
    throttle.clear_tries(SignInTry("mia", AttemptOrigin(HOME)))
    assert take("mia", HOME, now=now) is None


def test_the_table_names_neither_the_log_in_nor_the_network_nor_the_person(mia, now):
    take("mia", HOME, now=now)
    rows = list(SignInThrottle.objects.all())
    assert len(rows) == 3
    for row in rows:
        assert "mia" not in str(vars(row))
        assert HOME not in str(vars(row))
        assert row.login_digest != mia.login_digest


def test_old_rows_do_not_stay(now):
    take("mia", HOME, now=now)
    take("noah", AWAY, now=now + throttle.WAIT)
    assert SignInThrottle.objects.count() == 4, "all of noah, and mia's from everywhere for a day"
    take("noah", AWAY, now=now + throttle.WAIT + throttle.MEMORY)
    assert SignInThrottle.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_tries_at_the_same_moment_all_count(now):
    answers = []

    def one():
        try:
            answers.append(take("mia", HOME, now=now))
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(None) == throttle.TRIES
    assert len(answers) == 12


# --- one sign-in from everywhere ---


def test_twenty_tries_from_twenty_networks_are_all_a_log_in_gets(now):
    assert from_everywhere("mia", now) == [None] * 20
    assert take("mia", HOME, now=now) == now + timedelta(minutes=15)
    assert take("noah", HOME, now=now) is None


def test_each_further_failure_from_anywhere_doubles_the_rest_up_to_four_hours(now):
    from_everywhere("mia", now)
    rests, at = [], now
    for number in range(8):
        again = take("mia", HOME, now=at)
        rests.append((again - at) / timedelta(minutes=15))
        at = again
        assert take("mia", f"198.51.100.{number}", now=at) is None, "the rest is over"
    assert rests == [1, 2, 4, 8, 16, 16, 16, 16]


def test_attempts_during_a_doubled_wait_do_not_extend_it(now):
    from_everywhere("mia", now)
    for minute in range(14):
        assert take("mia", HOME, now=now + timedelta(minutes=minute)) == now + throttle.WAIT


def test_a_day_of_quiet_forgets_the_failures(now):
    from_everywhere("mia", now)
    later = now + throttle.WAIT + throttle.MEMORY
    assert from_everywhere("mia", later) == [None] * 20


def test_a_browser_that_is_known_passes_while_strangers_wait(now):
    from_everywhere("mia", now)
    assert take("mia", HOME, now=now) is not None
    known = [take("mia", HOME, now=now, browser="b1") for _ in range(6)]
    assert known == [None] * 5 + [now + throttle.WAIT], "and has its own five tries"
    assert take("mia", HOME, now=now, browser="b2") is None


# --- one network for all ---


def names(network, now, tries):
    return [take(f"name{number}", network, now=now) for number in range(tries)]


def test_a_network_has_a_hundred_failures(now):
    assert names(HOME, now, 100) == [None] * 100
    assert take("mia", HOME, now=now) == now + throttle.WAIT
    assert take("mia", AWAY, now=now) is None
    assert take("mia", HOME, now=now, browser="b1") is None


def test_a_network_is_free_again_a_quarter_of_an_hour_after_its_first_failure(now):
    names(HOME, now, 99)
    assert take("late", HOME, now=now + timedelta(minutes=14)) is None
    assert take("mia", HOME, now=now + timedelta(minutes=14)) == now + throttle.WAIT
    assert take("mia", HOME, now=now + throttle.WAIT) is None


def test_a_school_that_signs_in_rightly_never_uses_its_network_up(now):
    for number in range(101):
        tried = SignInTry(f"name{number}", AttemptOrigin(HOME))
        assert throttle.count_try(tried, now=now) is None
        throttle.clear_tries(tried)


def test_a_code_and_a_typed_name_do_not_share_their_tries(now):
    use_up("mia", HOME, now)
    assert (
        throttle.count_try(SignInTry("mia", AttemptOrigin(HOME), throttle.PERSON), now=now) is None
    )


def test_requests_for_mails_share_no_row_with_the_log_in(now):
    for number in range(100):
        asked = SignInTry(f"name{number}", AttemptOrigin(HOME), throttle.RESET)
        assert throttle.count_try(asked, now=now) is None
    assert (
        throttle.count_try(SignInTry("late", AttemptOrigin(HOME), throttle.RESET), now=now)
        is not None
    )
    assert take("mia", HOME, now=now) is None


def test_an_expired_row_held_by_another_try_restarts_its_count(now):
    use_up("mia", HOME, now)
    later = now + throttle.WAIT
    SignInThrottle.objects.update(forgotten_at=later)
    count = next(throttle._list_limits(SignInTry("mia", AttemptOrigin(HOME))))
    assert throttle._lock_row(count, later).count == 0
