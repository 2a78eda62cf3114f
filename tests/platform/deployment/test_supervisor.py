"""Supervisor of real processes: prefixed output, order of stopping, nothing left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from deployment import processes
from deployment.supervisor import Process, ProcessDied, Supervisor, ending_signals, wait_until

ROOT = Path(__file__).resolve().parents[3]
PATHS = os.pathsep.join([str(ROOT / "platform"), str(ROOT)])
STAYS = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('up', flush=True); time.sleep(60)"
)
PARENT = (
    "import subprocess, sys, time;"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "print('child', child.pid, flush=True); time.sleep(60)"
)


def python(name: str, script: str, **how: object) -> Process:
    return Process(name, [sys.executable, "-c", script], **how)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_for(condition, within_s: float = 10.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


@pytest.fixture
def said():
    return []


@pytest.fixture
def supervisor(tmp_path, said):
    made = Supervisor(tmp_path / "log", said.append)
    yield made
    made.stop()


def test_each_line_has_the_name_of_its_process_and_is_logged(supervisor, said, tmp_path):
    supervisor.start(python("web", STAYS))
    supervisor.start(python("worker", "print('hello'); import time; time.sleep(60)"))
    wait_for(lambda: "web    | up" in said)
    supervisor.stop()
    assert (tmp_path / "log" / "web.log").read_text() == "up\n"


def test_standard_error_is_logged_too(supervisor, said):
    supervisor.start(python("web", "import sys; sys.stderr.write('trouble\\n')"))
    wait_for(lambda: "web    | trouble" in said)


def test_stop_leaves_no_process_and_no_grandchild(supervisor, said):
    supervisor.start(python("parent", PARENT))
    wait_for(lambda: any("child" in line for line in said))
    grandchild = int(said[0].split()[-1])
    leader = supervisor.running["parent"][1].pid
    supervisor.stop()
    assert not alive(leader)
    wait_for(lambda: not alive(grandchild), within_s=2)


def test_processes_stop_in_the_given_order(supervisor, said, tmp_path):
    script = (
        "import signal, sys, time\n"
        "def end(*_): open(sys.argv[1], 'a').write(sys.argv[2]); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end); print('up', flush=True); time.sleep(60)"
    )
    order = tmp_path / "order"
    for letter, name in (("p", "worker"), ("b", "beat"), ("w", "web")):
        command = [sys.executable, "-c", script, str(order), letter]
        supervisor.start(Process(name, command))
    wait_for(lambda: sum("up" in line for line in said) == 3)
    supervisor.stop(processes.STOP_ORDER)
    assert order.read_text() == "wbp"


def test_one_that_does_not_stop_is_killed_and_named(supervisor, said):
    supervisor.start(python("deaf", STUBBORN, patience_s=0.3))
    wait_for(lambda: "deaf   | up" in said)
    pid = supervisor.running["deaf"][1].pid
    supervisor.stop()
    assert not alive(pid)
    assert any("deaf did not stop" in line for line in said)


def test_a_death_is_noticed_and_named(supervisor):
    supervisor.start(python("web", "raise SystemExit(3)"))
    with pytest.raises(ProcessDied, match="web ended by itself with exit code 3"):
        supervisor.watch(threading.Event(), every_s=0.05)


def test_waiting_ends_when_ready_when_asked_and_when_patience_is_over():
    ended = threading.Event()
    assert wait_until(lambda: True, ended, patience_s=1, check=lambda: None)
    assert not wait_until(lambda: False, ended, patience_s=0.2, check=lambda: None)
    ended.set()
    assert not wait_until(lambda: True, ended, patience_s=5, check=lambda: None)


def test_signal_handlers_are_restored():
    before = signal.getsignal(signal.SIGTERM)
    with ending_signals() as ended:
        os.kill(os.getpid(), signal.SIGTERM)
        assert ended.wait(1)
    assert signal.getsignal(signal.SIGTERM) == before


SITE = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from deployment.supervisor import Process, Supervisor, ending_signals
    stays = "import os, time; print('pid', os.getpid(), flush=True); time.sleep(60)"
    with ending_signals() as ended:
        # A line in one piece: three threads write.
        say = lambda line: print(line + "\\n", end="", flush=True)
        site = Supervisor(Path(sys.argv[1]), say)
        try:
            for name in ("web", "worker", "beat"):
                site.start(Process(name, [sys.executable, "-c", stays]))
            site.watch(ended)
        finally:
            site.stop(("web", "beat", "worker"))
    """
)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_ending_the_supervisor_leaves_nothing_running(tmp_path, number):
    """Covers Ctrl-C, `kill`, a closed terminal, and SIGKILL, which cannot be caught."""
    site = subprocess.Popen(
        [sys.executable, "-c", SITE, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": PATHS},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with site:
        pids = [int(site.stdout.readline().split()[-1]) for _ in range(3)]
        assert all(alive(pid) for pid in pids)
        site.send_signal(number)
        site.wait(20)
    wait_for(lambda: not any(alive(pid) for pid in pids), within_s=5)
    assert site.returncode == (-9 if number == signal.SIGKILL else 0)
