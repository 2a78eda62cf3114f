"""Five tries, then a quarter of an hour; per log-in and network."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from accounts import throttle
from accounts.models import SignInThrottle

pytestmark = pytest.mark.django_db
HOME, AWAY = "192.0.2.1", "198.51.100.7"


def use_up(login, network, now):
    return [throttle.take(login, network, now=now) for _ in range(throttle.TRIES)]


def test_the_sixth_try_is_told_when_to_come_back(now):
    assert use_up("mia", HOME, now) == [None] * 5
    assert throttle.take("mia", HOME, now=now) == now + timedelta(minutes=15)


def test_trying_on_does_not_lengthen_the_rest(now):
    use_up("mia", HOME, now)
    later = now + timedelta(minutes=14)
    assert throttle.take("mia", HOME, now=later) == now + timedelta(minutes=15)


def test_after_the_rest_there_are_five_tries_again(now):
    use_up("mia", HOME, now)
    later = now + timedelta(minutes=15)
    assert use_up("mia", HOME, later) == [None] * 5
    assert throttle.take("mia", HOME, now=later) is not None


def test_another_network_and_another_log_in_are_not_held_up(now):
    use_up("mia", HOME, now)
    assert throttle.take("mia", AWAY, now=now) is None
    assert throttle.take("noah", HOME, now=now) is None


def test_spellings_of_one_log_in_share_their_tries(now):
    use_up("mia", HOME, now)
    assert throttle.take(" MIA ", HOME, now=now) is not None


def test_one_ipv6_subscriber_is_one_network(now):
    for last in range(throttle.TRIES):
        throttle.take("mia", f"2001:db8:1:2::{last}", now=now)
    assert throttle.take("mia", "2001:db8:1:2:ffff::1", now=now) is not None
    assert throttle.take("mia", "2001:db8:1:3::1", now=now) is None


def test_the_right_password_forgets_the_tries(now):
    use_up("mia", HOME, now)
    throttle.clear("mia", HOME)
    assert throttle.take("mia", HOME, now=now) is None


def test_the_table_names_neither_the_log_in_nor_the_network_nor_the_person(mia, now):
    throttle.take("mia", HOME, now=now)
    row = SignInThrottle.objects.get()
    assert "mia" not in str(vars(row))
    assert HOME not in str(vars(row))
    assert row.login_digest != mia.login_digest


def test_old_rows_do_not_stay(now):
    throttle.take("mia", HOME, now=now)
    throttle.take("noah", AWAY, now=now + throttle.REST)
    assert SignInThrottle.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_tries_at_the_same_moment_all_count(now):
    answers = []

    def one():
        try:
            answers.append(throttle.take("mia", HOME, now=now))
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(None) == throttle.TRIES
    assert len(answers) == 12
