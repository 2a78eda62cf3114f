"""A speech program gets the sound and a language, has limits, and nothing of it is left."""

from __future__ import annotations

import socket
import sys
import time

import pytest

from authoring.films import conversion
from authoring.speech import recogniser
from tests.fixtures.speech_programs import make_sound, write_program

SAY_NOTHING = "print('WEBVTT')"


@pytest.fixture
def recognise(tmp_path):
    """Return a function that runs a program on six seconds of sound, with a tone in each other."""
    sound = make_sound(tmp_path / "sound.wav")

    def run(*source, lang="en", seconds=6, tell=lambda percent: None):
        program = write_program(tmp_path, *source)
        return recogniser.recognise(program, sound, lang, seconds, tell)

    return run


def test_its_cues_have_the_times_of_the_sound(recognise):
    cues = recognise()
    assert [cue["text"] for cue in cues] == ["a tone in en"] * 3
    for cue, start in zip(cues, (1, 3, 5), strict=True):
        assert (cue["start"], cue["end"]) == pytest.approx((start, start + 1), abs=0.1)


def test_cues_beyond_the_film_are_left_out_and_the_last_ends_with_it(recognise):
    cues = recognise(seconds=3.5)
    assert [cue["end"] for cue in cues] == [pytest.approx(2, abs=0.1), 3.5]


def test_the_last_time_that_was_written_is_the_progress(recognise):
    told = []
    source = """
import time
print("WEBVTT\\n\\n00:00:01.000 --> 00:00:03.000\\nhalf\\n", flush=True)
time.sleep(1.5)
"""
    recognise(source, tell=told.append)
    assert told[-1] == 50


def test_silence_is_no_error_and_has_no_cues(recognise):
    assert recognise(SAY_NOTHING) == []


def test_names_and_marks_in_the_cues_are_left_out(recognise):
    source = "print('WEBVTT\\n\\n00:00:01.000 --> 00:00:02.000\\n<v Mia>take <b>two</b>\\n')"
    assert [cue["text"] for cue in recognise(source)] == ["take two"]


def test_a_nul_is_read_as_webvtt_requires(recognise):
    source = "print('WEBVTT\\n\\n00:00:01.000 --> 00:00:02.000\\ntake\\0two\\n')"
    assert [cue["text"] for cue in recognise(source)] == ["take\ufffdtwo"]


def test_a_language_that_it_does_not_know_is_told_apart(recognise):
    with pytest.raises(recogniser.LanguageUnknown):
        recognise(lang="fr")


@pytest.mark.parametrize(
    "source",
    [
        "raise SystemExit(1)",
        "print('not captions')",
        "print('WEBVTT' + 'x' * 2_000_000)",
        "x = bytearray(2**31)\nprint('WEBVTT')",
        "import os\nos.kill(os.getpid(), 9)",
        "print('WEBVTT\\n\\n' + '9' * 1000 + ':00:01.000 --> 00:00:02.000\\nlate')",
    ],
    ids=["error", "text", "flood", "memory", "killed", "clock"],
)
def test_a_program_that_fails_is_broken(recognise, source, monkeypatch):
    monkeypatch.setattr(recogniser, "MOST_MEMORY", 2**30)
    with pytest.raises(recogniser.BrokenProgram):
        recognise(source)


def test_what_is_no_program_is_broken(tmp_path):
    sound = make_sound(tmp_path / "sound.wav")
    plain = write_program(tmp_path)
    plain.chmod(0o644)
    for path in (plain, tmp_path, tmp_path / "nowhere"):
        with pytest.raises(recogniser.BrokenProgram):
            recogniser.recognise(path, sound, "en", 6, lambda percent: None)


def test_a_script_that_the_kernel_cannot_start_is_broken(tmp_path, monkeypatch):
    monkeypatch.setattr(recogniser, "_without_network", tuple)
    plain = write_program(tmp_path)
    plain.write_text("no line that names an interpreter")
    with pytest.raises(recogniser.BrokenProgram):
        recogniser.recognise(plain, make_sound(tmp_path / "a.wav"), "en", 6, lambda percent: None)


def test_a_program_that_sleeps_is_ended_with_what_it_started(recognise, tmp_path, monkeypatch):
    monkeypatch.setattr(recogniser, "WALL_S_PER_S", 0)
    monkeypatch.setattr(recogniser, "LEAST_WALL_S", 2)
    left = tmp_path / "child"
    source = f"""
import subprocess, time
child = subprocess.Popen(["sleep", "600"])
open({str(left)!r}, "w").write(str(child.pid))
time.sleep(600)
"""
    with pytest.raises(recogniser.TooSlow):
        recognise(source)
    assert is_gone(int(left.read_text()))


def test_a_program_that_closes_its_output_and_goes_on_is_ended(recognise, monkeypatch):
    monkeypatch.setattr(recogniser, "END_WITHIN_S", 0.5)
    with pytest.raises(recogniser.TooSlow):
        recognise("import os, time\nos.close(1)\ntime.sleep(600)")


def test_a_program_that_computes_too_long_is_ended(recognise, monkeypatch):
    monkeypatch.setattr(conversion, "CPU_S_PER_S", 0)
    monkeypatch.setattr(conversion, "LEAST_CPU_S", 1)
    with pytest.raises(recogniser.TooSlow):
        recognise("while True: pass")


def test_a_script_whose_program_computes_too_long_says_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(conversion, "CPU_S_PER_S", 0)
    monkeypatch.setattr(conversion, "LEAST_CPU_S", 1)
    script = write_program(tmp_path)
    script.write_text(f"#!/bin/sh\n'{sys.executable}' -c 'while True: pass'\nexit $?\n")
    with pytest.raises(recogniser.TooSlow):
        recogniser.recognise(script, make_sound(tmp_path / "a.wav"), "en", 6, lambda percent: None)


def test_limits_that_are_set_late_reach_what_a_script_starts(tmp_path, monkeypatch):
    def limit_late(*limits):
        time.sleep(0.5)
        conversion.limit_process(*limits)

    monkeypatch.setattr(recogniser, "limit_process", limit_late)
    monkeypatch.setattr(conversion, "CPU_S_PER_S", 0)
    script = write_program(tmp_path)
    script.write_text(
        "#!/bin/sh\nsh -c 'echo WEBVTT; echo; echo 00:01.000 --\\> 00:02.000; ulimit -t'\n"
    )
    (cue,) = recogniser.recognise(
        script, make_sound(tmp_path / "a.wav"), "en", 6, lambda percent: None
    )
    assert cue["text"] == str(conversion.LEAST_CPU_S)


def test_a_cancelled_program_is_ended(recognise, tmp_path):
    left = tmp_path / "self"

    def cancel(percent):
        if left.exists() and left.read_text():
            raise InterruptedError

    source = f"import os, time\nopen({str(left)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)"
    with pytest.raises(InterruptedError):
        recognise(source, tell=cancel)
    assert is_gone(int(left.read_text()))


def test_it_sees_none_of_the_settings_of_the_site(recognise, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://owner:secret@host/attune")
    source = "import os\nprint('WEBVTT\\n\\n00:01.000 --> 00:02.000\\n' + ' '.join(os.environ))"
    (cue,) = recognise(source)
    own = {"PATH", "HOME", "PWD", "TMPDIR", "LC_ALL", "LC_CTYPE"}
    own |= {"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "PYTHONDONTWRITEBYTECODE"}
    assert "PATH" in cue["text"].split()
    assert set(cue["text"].split()) <= own


def test_it_has_no_network_where_the_kernel_allows_that(recognise):
    if not recogniser._without_network():
        pytest.skip("this kernel gives no network namespace to a user")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        source = f"""
import socket
try:
    socket.create_connection(("127.0.0.1", {port}), timeout=2)
except OSError as error:
    print("WEBVTT\\n\\n00:01.000 --> 00:02.000\\nclosed")
else:
    print("WEBVTT\\n\\n00:01.000 --> 00:02.000\\nopen")
"""
        (cue,) = recognise(source)
    assert cue["text"] == "closed"


def test_it_runs_where_the_kernel_forbids_a_network_of_its_own(recognise, monkeypatch):
    monkeypatch.setattr(recogniser, "_without_network", tuple)
    assert len(recognise()) == 3


@pytest.fixture
def asked_anew():
    """Ask the kernel again whether it gives up the network."""
    recogniser._without_network.cache_clear()
    yield
    recogniser._without_network.cache_clear()


def test_a_network_that_stays_open_is_in_the_log(asked_anew, monkeypatch, caplog):
    monkeypatch.setattr(recogniser, "NO_NETWORK", ("false",))
    assert recogniser._without_network() == ()
    assert "speech.with_network" in caplog.text


def test_a_kernel_that_is_slow_to_answer_leaves_no_network_open(recognise, asked_anew, monkeypatch):
    with monkeypatch.context() as slow:
        slow.setattr(recogniser, "NO_NETWORK", ("sh", "-c", "sleep 60"))
        slow.setattr(recogniser, "TRY_WITHIN_S", 0.2)
        with pytest.raises(recogniser.BrokenProgram):
            recognise()
    monkeypatch.setattr(recogniser, "NO_NETWORK", ("env",))
    assert recogniser._without_network() == ("env",)


def is_gone(pid):
    """Return whether the process ends; one that was just killed takes a moment."""
    for _ in range(100):
        try:
            with open(f"/proc/{pid}/stat") as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except FileNotFoundError:
            return True
        time.sleep(0.1)
    return False
