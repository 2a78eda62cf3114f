"""Several beats on one database: real processes, a real PostgreSQL, and the messages they sent."""

from __future__ import annotations

import itertools
import signal
import time
from collections import Counter

import pytest

from config.embedded_postgres import launcher
from pipeline.beat.leader_lock import ANSWER_S, HANDOVER_S, RELEASE_S
from tests.fixtures.servers.beat_processes import PERIOD_S, BeatSite, StalledSocket

pytestmark = pytest.mark.timed
# How long a send may take that began before the lock was lost.
UNDER_WAY_S = 1.0
# Far more than a take-over needs, for a machine that does much else.
TAKE_OVER_S = 15.0


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("beats")
    folder.chmod(0o755)
    made = launcher.Server(folder / "postgres", hasty=True)
    with launcher.run_for_block(made):
        yield made


@pytest.fixture(scope="module")
def site(server, tmp_path_factory):
    made = BeatSite(server, tmp_path_factory.mktemp("site"))
    made.prepare()
    yield made
    made.stop()


@pytest.fixture
def leader(site):
    """The beat that sends, of at least two; those that a test left go on in the next one."""
    if len(site.alive()) < 2:
        for beat in [site.start_beat() for _ in range(4 - len(site.alive()))]:
            site.wait_for_log(beat, "beat.")
    return find_sender(site, site.wait_for_send(beyond=len(site.sends())))


def find_sender(site, sent):
    return next(each for each in site.alive() if each.pid == sent.pid)


def wait_for_successor(site, leader, before):
    """Return the first message, beyond the first `before`, of a beat that is not the leader."""
    others = [each.pid for each in site.running if each is not leader]
    return site.wait_for_send(by=others, beyond=before)


def assert_one_at_a_time(sends):
    """Assert that processes did not send in turns, and that a hand-over has its pause."""
    turns = [pid for pid, _ in itertools.groupby(each.pid for each in sends)]
    assert len(turns) == len(set(turns)), turns
    for last, first in itertools.pairwise(sends):
        pause = HANDOVER_S - ANSWER_S if last.pid != first.pid else PERIOD_S / 2
        assert first.at - last.at > pause


def test_of_several_beats_one_sends_and_none_twice(site, leader):
    others = [each for each in site.alive() if each is not leader]
    assert others
    before, seen = len(site.sends()), {each: len(site.log_of(each)) for each in others}
    site.wait_for_send(beyond=before + 9)
    sends = site.sends()[before:]
    assert {each.pid for each in sends} == {leader.pid}
    assert_one_at_a_time(sends)
    assert all("beat.leads" not in site.log_of(each)[seen[each] :] for each in others)


def test_if_the_broker_refuses_the_leader_another_beat_leads(site, leader):
    before, seen = len(site.sends()), len(site.log_of(leader))
    site.refuse_at_broker(leader)
    refused = time.time()
    assert wait_for_successor(site, leader, before).at - refused < TAKE_OVER_S
    site.wait_for_log(leader, "beat.standby", after=seen)
    log = site.log_of(leader)[seen:]
    assert log.index("beat.send_failed") < log.index("beat.aside") < log.index("beat.standby")
    assert log.count("Traceback") <= log.count("SchedulingError")
    assert log.count("beat.send_failed") == 1
    assert_one_at_a_time(site.sends()[before:])
    site.accept_at_broker(leader)


def test_a_holder_whose_session_was_ended_waits_for_the_lock(site, leader):
    before, seen = len(site.sends()), len(site.log_of(leader))
    ended = site.end_holders_session()
    site.wait_for_log(leader, "beat.away", after=seen)
    first = next_after(site, ended + UNDER_WAY_S, before)
    assert HANDOVER_S <= first.at - ended < TAKE_OVER_S
    site.wait_for_send(beyond=len(site.sends()) + 9)
    assert_one_at_a_time([each for each in site.sends()[before:] if each.at > first.at - 0.01])
    assert_one_at_a_time([each for each in site.sends()[before:] if each.at < first.at])


def test_after_kill_9_of_the_holder_another_sends(site, leader):
    before = len(site.sends())
    killed = time.time()
    leader.kill()
    assert wait_for_successor(site, leader, before).at - killed < TAKE_OVER_S
    assert_one_at_a_time(site.sends()[before:])


def test_a_beat_that_is_stopped_leaves_the_lock_at_once(site, leader):
    before = len(site.sends())
    leader.terminate()
    assert leader.wait(30) in (0, 143, -15)
    ended = time.time()
    assert wait_for_successor(site, leader, before).at - ended < TAKE_OVER_S
    assert_one_at_a_time(site.sends()[before:])


def next_after(site, moment, before):
    """Return the first message after a moment, as it arrives."""
    while True:
        sent = site.wait_for_send(beyond=before)
        if sent.at > moment:
            return sent
        before += 1


@pytest.mark.long
def test_after_a_restart_of_postgresql_exactly_one_sends(site, leader, server):
    launcher.stop(server)
    stopped = time.time()
    launcher.start(server)
    before = len(site.sends())
    first = site.wait_for_send(beyond=before)
    site.wait_for_send(beyond=before + 14)
    later = site.sends()[before:]
    assert len({each.pid for each in later}) == 1
    assert first.at - stopped > HANDOVER_S
    assert_one_at_a_time(later)
    assert leader.poll() is None


@pytest.mark.long
def test_a_frozen_holder_sends_nothing_when_it_goes_on(site, leader):
    before, seen = len(site.sends()), len(site.log_of(leader))
    leader.send_signal(signal.SIGSTOP)
    frozen = time.time()
    successor = wait_for_successor(site, leader, before)
    assert successor.at - frozen < RELEASE_S + TAKE_OVER_S
    leader.send_signal(signal.SIGCONT)
    site.wait_for_log(leader, "beat.standby", after=seen)
    site.wait_for_send(beyond=len(site.sends()) + 4)
    late = [each for each in site.sends() if each.pid == leader.pid]
    assert late[-1].at < frozen + UNDER_WAY_S
    assert_one_at_a_time(site.sends()[before:])


@pytest.mark.long
def test_a_holder_that_is_cut_off_stops_before_another_begins(site, server, tmp_path):
    """What it sends goes another way, so only the lost lock can stop it."""
    site.stop()
    before = len(site.sends())
    line = StalledSocket(tmp_path / "line", server.socket())
    leader = site.start_beat(host=str(line.folder))
    site.wait_for_send(by=[leader.pid], beyond=before)
    standby = site.start_beat()
    site.wait_for_log(standby, "beat.standby")
    line.stalled.set()
    cut = time.time()
    first = site.wait_for_send(by=[standby.pid], beyond=before)
    assert first.at - cut < RELEASE_S + TAKE_OVER_S
    last = [each for each in site.sends() if each.pid == leader.pid][-1]
    assert last.at - cut < ANSWER_S + UNDER_WAY_S
    line.stalled.clear()
    site.wait_for_log(leader, "beat.standby")
    assert_one_at_a_time(site.sends()[before:])
    line.close()


# When `expire`, once an hour, was last sent: it is due when a beat begins.
LONG_AGO = """
INSERT INTO pipeline_sententry VALUES ('expire', now() - interval '5 hours')
ON CONFLICT (name) DO UPDATE SET sent_at = excluded.sent_at
"""
# `refit`, once an hour, is due in six seconds, whichever host sent it last.
SOON = """
UPDATE pipeline_sententry SET sent_at = now() - interval '59 minutes 54 seconds'
WHERE name = 'refit'
"""


@pytest.mark.long
def test_the_next_holder_continues_where_the_last_one_stopped(site):
    """With the site's own schedule: nothing is sent twice, and nothing waits a whole period."""
    site.stop()
    site.query("attune", "DELETE FROM pipeline_sententry")
    site.query("attune", LONG_AGO)
    first = site.start_beat(probe=False)
    site.wait_for_log(first, "beat.leads")
    second = site.start_beat(probe=False)
    site.wait_for_log(second, "beat.standby")
    site.query("attune", SOON)
    first.kill()
    site.wait_for_log(second, "beat.leads")
    refit = "pipeline.tasks.refit_knowledge"
    deadline = time.monotonic() + 40
    while not (counts := count_tasks(site, second))[refit]:
        assert time.monotonic() < deadline, counts
        time.sleep(0.1)
    assert count_tasks(site, first)["pipeline.tasks.expire"] == 1
    assert counts["pipeline.tasks.expire"] == counts["pipeline.tasks.compact"] == 0
    assert counts["pipeline.tasks.sweep"] in (1, 2, 3)
    time.sleep(1)
    assert count_tasks(site, second)[refit] == 1


def count_tasks(site, beat):
    sends = [*site.sends("live"), *site.sends("slow")]
    return Counter(each.task for each in sends if each.pid == beat.pid)
