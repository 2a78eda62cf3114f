"""One transaction at a time has the turn of a name."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from work_queue.turns import wait_for_turn

LIMIT_S = 60


@pytest.mark.django_db(transaction=True)
def test_a_second_transaction_waits_for_the_first_and_for_no_other_name():
    seen, begun = [], threading.Event()

    def work():
        with transaction.atomic():
            wait_for_turn("another name")
            begun.set()
            wait_for_turn("a name")
            seen.append("second")
        connection.close()

    thread = threading.Thread(target=work)
    with transaction.atomic():
        wait_for_turn("a name")
        thread.start()
        assert begun.wait(LIMIT_S)
        thread.join(0.3)
        seen.append("first")
    thread.join(LIMIT_S)
    assert seen == ["first", "second"]


@pytest.mark.django_db(transaction=True)
def test_a_turn_outside_a_transaction_is_refused():
    with pytest.raises(TransactionManagementError, match="a name"):
        wait_for_turn("a name")
