"""`attune-bridge` against a real site: its output, exit codes, interruptions and live outlets."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from random import Random

import numpy as np
import pytest
from django.utils import timezone

from attune_client.reconnection import ReconnectWaits
from bridge import recording_readers
from bridge.__main__ import main
from bridge.http_client import parse_site
from bridge.lab_connection import LabConnection
from bridge.recording import ReplayableRecording
from bridge.replay import ReplayPart, replay
from consent.permits import gate
from telemetry import sittings
from telemetry.blocks import tracks
from telemetry.device_tokens import device_tokens
from telemetry.models import Block, DeviceToken
from tests.fixtures.consent import withdraw
from tests.fixtures.sockets.lab_device import key_of
from tests.platform.realtime.blocks.test_ingest import say_yes

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def key(lesson, tmp_path, settings):
    """A file with a key for eda and temp."""
    settings.LEGAL_PROFILE = "demo"
    say_yes(lesson.learner, "eda:adapt", "temp:adapt", "acc:adapt")
    _, text = key_of(lesson.learner, "eda", "temp")
    file = tmp_path / "key"
    file.write_text(text)
    return file


def run(server, key, *rest):
    return main(["--site", server, "--token-file", str(key), *map(str, rest)])


def test_it_imports_and_shows_help_without_site_or_torch():
    ask = (
        "import sys, bridge.__main__ as b\n"
        "heavy = {'django', 'torch', 'scipy', 'sklearn', 'pylsl'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "b.main(['--help'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "--token-file" in done.stdout


def test_invalid_arguments_end_with_code_2(server, key, recording, capfd, tmp_path):
    for rest in (
        ("replay", recording, "--speed", "61"),
        ("replay", recording, "--from", "90", "--to", "30"),
        ("replay", tmp_path / "none"),
        ("lsl",),
        ("lsl", "--stream", "eda"),
        ("lsl", "--stream", "heart=x"),
    ):
        assert run(server, key, *rest) == 2, rest
        assert "expected" in capfd.readouterr().err
    assert run("http://school.example", key, "replay", recording) == 2
    assert run(server, tmp_path / "nokey", "replay", recording) == 2


def test_wrong_key_missing_lesson_and_unnamed_stream_are_reported(
    server, lesson, key, recording, capfd, tmp_path
):
    wrong = tmp_path / "wrong"
    wrong.write_text("attune_device_nonsense")
    assert run(server, wrong, "replay", recording) == 1
    assert "The key is not valid" in capfd.readouterr().err
    acc = tmp_path / "acc"
    acc.write_text(key_of(lesson.learner, "acc")[1])
    assert run(server, acc, "lsl", "--stream", "eda=X") == 1
    assert "the key may send none of these streams" in capfd.readouterr().err
    sittings.close(lesson, now=timezone.now())
    assert run(server, key, "replay", recording) == 1
    assert "Open a lesson first" in capfd.readouterr().err
    assert run("http://127.0.0.1:9", key, "replay", recording) == 1
    assert "does not answer" in capfd.readouterr().err


def test_streams_missing_from_the_key_are_left_out_and_reported(server, key, recording, capfd):
    assert run(server, key, "replay", recording, "--speed", "60", "--to", "30") == 0
    said = capfd.readouterr().err
    assert "acc: left out, the key does not name it" in said
    assert set(Block.objects.values_list("stream", flat=True)) == {"eda", "temp"}


def test_a_second_replay_continues_after_the_first(server, lesson, key, recording, capfd):
    for _ in range(2):
        assert run(server, key, "replay", recording, "--speed", "60", "--to", "20") in (0, 1)
    ends = Block.objects.filter(stream="eda").order_by("seq").values_list("t0", flat=True)
    assert list(ends) == sorted(ends)
    assert len(ends) == 40


def test_revoking_the_key_ends_a_running_bridge_with_a_message(
    server, lesson, key, recording, capfd
):
    def soon():
        deadline = time.monotonic() + 30
        while not Block.objects.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        device_tokens.revoke(lesson.learner, DeviceToken.objects.get().id)

    with run_in_thread(soon):
        assert run(server, key, "replay", recording) == 1
    assert "it was revoked, or it has expired" in capfd.readouterr().err


def test_switching_a_stream_off_ends_it_in_a_running_bridge(server, lesson, key, recording, capfd):
    def soon():
        deadline = time.monotonic() + 30
        while not Block.objects.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        withdraw(lesson.learner, ["eda:adapt"], now=timezone.now())

    with run_in_thread(soon):
        assert run(server, key, "replay", recording, "--to", "15") == 1
    said = capfd.readouterr().err
    assert "eda was switched off." in said
    assert Block.objects.filter(stream="temp").count() == 15


@contextmanager
def run_in_thread(act):
    """Run `act` in a thread while the program runs."""
    from django.db import connection

    def acted():
        try:
            act()
        finally:
            connection.close()

    thread = threading.Thread(target=acted)
    thread.start()
    yield
    thread.join(40)


class Breaking(LabConnection):
    """A connection that loses its socket again and again, right after it sent."""

    async def _talk(self, socket, reading):
        for _ in range(2):
            await self._send(socket)
            await asyncio.sleep(0.2)
        if self.reconnects < 3:
            socket.transport.abort()
            return
        await super()._talk(socket, reading)


def test_after_interruptions_nothing_is_lost_or_stored_twice(server, lesson, key, recording):
    async def go():
        where = parse_site(server, key.read_text())
        opened = await asyncio.to_thread(where.fetch_open_sitting)
        waits = ReconnectWaits(Random(1), longest_s=0.2)
        line = Breaking(where, opened.sitting, say=print, waits=waits)
        holding = asyncio.create_task(line.run())
        await asyncio.wait_for(line.welcomed.wait(), 20)
        tape: ReplayableRecording = recording_readers.read_recording(recording).only(
            ["eda", "temp"]
        )
        await replay(tape, ReplayPart(0, 120, 20), line, 0.0, print)
        await line.finish(40)
        await holding
        return line

    line = asyncio.run(go())
    assert line.reconnects >= 3
    assert (line.outbox.count_acked(), sum(line.outbox.lost.values())) == (240, 0)
    for name in ("eda", "temp"):
        rows = list(Block.objects.filter(stream=name).order_by("seq").values_list("seq", "t0"))
        assert [seq for seq, _ in rows] == list(range(120))
        assert np.diff([t0 for _, t0 in rows]) == pytest.approx(1.0)


def test_a_live_outlet_is_stored_on_the_lessons_clock(server, lesson, key, outlet):
    def soon():
        deadline = time.monotonic() + 40
        while Block.objects.count() < 6 and time.monotonic() < deadline:
            time.sleep(0.1)
        device_tokens.revoke(lesson.learner, DeviceToken.objects.get().id)

    with run_in_thread(soon):
        assert run(server, key, "lsl", "--stream", f"eda={outlet}") == 1
    permit = gate.permit(lesson.learner.code, "eda:adapt", now=timezone.now())
    track = tracks.read(lesson, [permit], 0.0, 4000.0)["eda"]
    assert track.backend == "lsl"
    steps = np.diff(track.values[:, 0])
    assert (steps > 0).all()
    assert steps == pytest.approx(0.001, abs=2e-4)
    now = sittings.seconds(lesson, timezone.now())
    assert now - 60 < track.times[-1] < now
    assert (np.diff(track.times) > 0).all()
