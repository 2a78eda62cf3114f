"""Wake-ups: many within a moment are one, and one that is lost keeps none after it back."""

from __future__ import annotations

from queue import Empty, Queue

import pytest

from pipeline import task_dispatch


@pytest.fixture
def broker(monkeypatch):
    """Answers by `says`, and keeps in `sent` what it was told."""

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


def test_many_within_a_moment_are_one_for_each_task(broker):
    for _ in range(20):
        task_dispatch.wake("one")
        task_dispatch.wake("other", queue="slow")
    found = {broker.sent.get(timeout=5), broker.sent.get(timeout=5)}
    assert found == {("one", "live"), ("other", "slow")}
    with pytest.raises(Empty):
        broker.sent.get(timeout=2 * task_dispatch.MOMENT_S)


def test_one_that_a_broker_answers_with_anything_is_lost_and_the_next_is_sent(broker, caplog):
    # As kombu's transport says it while PostgreSQL ends under it.
    broker.says = AttributeError("'NoneType' object has no attribute '_get_pgmq_client'")
    task_dispatch._send("one", "live")
    assert "pipeline.wake_lost" in caplog.text
    assert broker.sent.get(timeout=5) == ("one", "live")

    broker.says = None
    task_dispatch.wake("one")
    assert broker.sent.get(timeout=5) == ("one", "live")
