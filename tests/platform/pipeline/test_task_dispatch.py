"""Wake-ups within a moment are combined, and a lost one does not block the next."""

from __future__ import annotations

from queue import Empty, Queue

import pytest

from pipeline import task_dispatch


@pytest.fixture
def broker(monkeypatch):
    """Replace the broker: `sent` records the tasks, `says` is the error to raise."""

    class Broker:
        says = None
        sent = Queue()

        def send_task(self, task, *, queue, expires):
            assert expires == task_dispatch.EXPIRES_S
            self.sent.put((task, queue))
            if self.says:
                raise self.says

    found = Broker()
    monkeypatch.setattr(task_dispatch, "current_app", found)
    return found


def test_wake_ups_within_a_moment_are_combined_by_task(broker):
    for _ in range(20):
        task_dispatch.wake("one")
        task_dispatch.wake("other", queue="slow")
    found = {broker.sent.get(timeout=5), broker.sent.get(timeout=5)}
    assert found == {("one", "live"), ("other", "slow")}
    with pytest.raises(Empty):
        broker.sent.get(timeout=2 * task_dispatch.MOMENT_S)


def test_a_broker_error_loses_one_wake_up_and_not_the_next(broker, caplog):
    # The error kombu's transport raises while PostgreSQL shuts down.
    broker.says = AttributeError("'NoneType' object has no attribute '_get_pgmq_client'")
    task_dispatch._send("one", "live")
    assert "pipeline.wake_lost" in caplog.text
    assert broker.sent.get(timeout=5) == ("one", "live")

    broker.says = None
    task_dispatch.wake("one")
    assert broker.sent.get(timeout=5) == ("one", "live")
