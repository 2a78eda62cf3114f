"""Several beats on one database: real processes, a real PostgreSQL, and the messages they sent."""

from __future__ import annotations

import itertools
import signal
import time
from collections import Counter

import pytest

from config.embedded_postgres import launcher
from pipeline.beat.leader_lock import ANSWER_S, HANDOVER_S, RELEASE_S, TRY_S
from tests.fixtures.servers.beat_processes import PERIOD_S, BeatSite, StalledSocket

pytestmark = pytest.mark.timed
# How long a send may take that began before the lock was lost.
UNDER_WAY_S = 0.2
TAKE_OVER_S = 5.0


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("beats")
    folder.chmod(0o755)
    made = launcher.Server(folder / "postgres", hasty=True)
    with launcher.run_for_block(made):
        BeatSite(made, folder).prepare()
        yield made


@pytest.fixture
def site(server, tmp_path):
    made = BeatSite(server, tmp_path)
    yield made
    made.stop()


@pytest.fixture
def pair(site):
    """Two beats, of which the first sends and the second waits."""
    leader = site.start_beat()
    site.wait_for_send(by=leader)
    standby = site.start_beat()
    site.wait_for_log(standby, "beat.standby")
    return leader, standby


def assert_one_at_a_time(sends):
    """Assert that processes did not send in turns, and that a hand-over has its pause."""
    turns = [pid for pid, _ in itertools.groupby(each.pid for each in sends)]
    assert len(turns) == len(set(turns)), turns
    for last, first in itertools.pairwise(sends):
        pause = HANDOVER_S - ANSWER_S if last.pid != first.pid else PERIOD_S / 2
        assert first.at - last.at > pause


def sent_between(site, since, until):
    return [each for each in site.sends() if since < each.at < until]


def test_of_two_beats_one_sends_and_none_twice(site, pair):
    leader, standby = pair
    seen = len(site.sends())
    time.sleep(4)
    sends = site.sends()
    assert {each.pid for each in sends} == {leader.pid}
    assert 4 / PERIOD_S * 0.7 < len(sends) - seen <= 4 / PERIOD_S * 1.1
    assert_one_at_a_time(sends)
    assert "beat.leads" in site.log_of(leader)
    assert "beat.leads" not in site.log_of(standby)


def test_after_kill_9_of_the_holder_the_other_sends_within_5_s(site, pair):
    leader, standby = pair
    killed = time.time()
    leader.kill()
    sent = site.wait_for_send(by=standby)
    assert sent.at - killed < TAKE_OVER_S
    assert_one_at_a_time(site.sends())


def test_a_beat_that_is_stopped_leaves_the_lock_at_once(site, pair):
    leader, standby = pair
    leader.terminate()
    assert leader.wait(10) in (0, 143, -15)
    ended = time.time()
    assert site.wait_for_send(by=standby).at - ended < TRY_S + HANDOVER_S + 1
    assert_one_at_a_time(site.sends())


def test_after_a_restart_of_postgresql_exactly_one_sends(site, pair, server):
    launcher.stop(server)
    stopped = time.time()
    launcher.start(server)
    before = len(site.sends())
    site.wait_for_send(beyond=before)
    time.sleep(3)
    later = site.sends()[before:]
    assert len({each.pid for each in later}) == 1
    assert later[0].at - stopped > HANDOVER_S
    assert len(later) > 3 / PERIOD_S * 0.7
    assert_one_at_a_time(site.sends())
    assert all(each.poll() is None for each in pair)


def test_a_frozen_holder_sends_nothing_when_it_goes_on(site, pair):
    leader, standby = pair
    site.wait_for_send(by=leader, beyond=len(site.sends()))
    leader.send_signal(signal.SIGSTOP)
    frozen = time.time()
    taken_over = site.wait_for_send(by=standby).at
    assert taken_over - frozen < RELEASE_S + TRY_S + HANDOVER_S + 1
    leader.send_signal(signal.SIGCONT)
    site.wait_for_log(leader, "beat.standby")
    time.sleep(1)
    late = [each for each in site.sends() if each.pid == leader.pid]
    assert late[-1].at < frozen + UNDER_WAY_S
    assert_one_at_a_time(site.sends())


def test_a_holder_whose_session_was_ended_waits_for_the_lock(site, pair):
    ended = site.end_holders_session()
    before = len(site.sends())
    first = site.wait_for_send(beyond=before)
    assert sent_between(site, ended + UNDER_WAY_S, ended + HANDOVER_S) == []
    assert first.at - ended < TAKE_OVER_S
    time.sleep(2)
    assert len({each.pid for each in site.sends()[before:]}) == 1
    assert_one_at_a_time(site.sends())
    assert "beat.away" in site.log_of(pair[0])


def test_a_holder_that_is_cut_off_stops_before_another_begins(site, server, tmp_path):
    """What it sends goes another way, so only the lost lock can stop it."""
    line = StalledSocket(tmp_path / "line", server.socket())
    leader = site.start_beat(host=str(line.folder))
    site.wait_for_send(by=leader)
    standby = site.start_beat()
    site.wait_for_log(standby, "beat.standby")
    line.stalled.set()
    cut = time.time()
    first = site.wait_for_send(by=standby)
    assert first.at - cut < RELEASE_S + TRY_S + HANDOVER_S + 1
    last = [each for each in site.sends() if each.pid == leader.pid][-1]
    assert last.at - cut < ANSWER_S + UNDER_WAY_S
    line.stalled.clear()
    site.wait_for_log(leader, "beat.standby")
    assert_one_at_a_time(site.sends())
    line.close()


# When `expire`, once an hour, was last sent: it is due when a beat begins.
LONG_AGO = """
INSERT INTO pipeline_sententry VALUES ('expire', now() - interval '5 hours')
ON CONFLICT (name) DO UPDATE SET sent_at = excluded.sent_at
"""
# `refit`, once an hour, is due in ten seconds, whichever host sent it last.
SOON = """
UPDATE pipeline_sententry SET sent_at = now() - interval '59 minutes 50 seconds'
WHERE name = 'refit'
"""


def test_the_next_holder_continues_where_the_last_one_stopped(site):
    """With the site's own schedule: nothing is sent twice, and nothing waits a whole period."""
    site.query("attune", "DELETE FROM pipeline_sententry")
    site.query("attune", LONG_AGO)
    first = site.start_beat(probe=False)
    site.wait_for_log(first, "beat.leads")
    second = site.start_beat(probe=False)
    site.wait_for_log(second, "beat.standby")
    site.query("attune", SOON)
    began = time.time()
    first.kill()
    site.wait_for_log(second, "beat.leads")
    time.sleep(began + 16 - time.time())
    sends = [*site.sends("live"), *site.sends("slow")]
    task = "pipeline.tasks.expire"
    assert [each.pid for each in sends if each.task == task] == [first.pid]
    counts = Counter(each.task for each in sends if each.pid == second.pid)
    assert counts["pipeline.tasks.refit_knowledge"] == 1
    assert counts["pipeline.tasks.sweep"] in (2, 3)
    assert counts["pipeline.tasks.compact"] == 0
