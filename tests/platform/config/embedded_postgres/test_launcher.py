"""The private server: as root in a closed folder, with passwords, and stopped afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from config.embedded_postgres import launcher, os_user
from config.embedded_postgres.launcher import APP, OWNER, Server, make_url
from config.embedded_postgres.paths import SUPERUSER, binaries

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to lend an identity")
ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One real server in a 0700 folder, like that of a clone in a new temporary folder."""
    folder = tmp_path_factory.mktemp("closed")
    folder.chmod(0o700)
    with launcher.run_for_block(Server(folder / "pg", hasty=True)) as running:
        yield running


def login(server, role, database="attune", **changes):
    return psycopg.connect(make_url(server, role, database), connect_timeout=5, **changes)


def test_it_runs_in_a_folder_that_only_its_owner_may_enter(server):
    assert stat.S_IMODE(server.folder.parent.stat().st_mode) == 0o700
    with login(server, APP) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("attune_app",)


def test_each_role_must_show_its_own_password(server):
    for password in ("wrong", "", server.password(APP)):
        with pytest.raises(psycopg.OperationalError):
            login(server, OWNER, password=password)


def test_passwords_lie_in_files_of_their_owner_alone(server):
    for role in (OWNER, APP, SUPERUSER):
        file = server.folder / "passwords" / role
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert len(server.password(role)) == 48


def test_it_listens_on_no_network_address(server):
    with login(server, OWNER) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_the_server_does_not_run_as_root(server):
    """Root's processes have every capability of the machine; the server's must not."""
    status = Path(f"/proc/{server.pid()}/status").read_text()
    namespace = os.readlink(f"/proc/{server.pid()}/ns/user")
    uid = next(line for line in status.splitlines() if line.startswith("Uid")).split()[1]
    assert uid != "0" or namespace != os.readlink("/proc/self/ns/user")


def test_the_app_role_owns_the_broker_and_not_the_site(server):
    with login(server, APP, "attune_broker") as connection:
        connection.execute("CREATE SCHEMA mine")
    with login(server, APP) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE mine (id int)")


def test_the_app_role_cannot_become_the_owner(server):
    with login(server, APP) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SET ROLE attune_owner")


def test_its_log_holds_no_statement_and_no_value(server):
    with login(server, OWNER) as connection:
        connection.execute("CREATE TEMP TABLE t (v text UNIQUE); INSERT INTO t VALUES ('canary')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO t VALUES ('canary')")
    log = server.log.read_text()
    assert "duplicate key" in log
    assert "canary" not in log


def test_a_second_start_finds_it_running(server):
    assert launcher.start(server) is False


def test_data_survives_a_restart_and_nothing_is_left_running(tmp_path):
    server = Server(tmp_path / "pg", hasty=True)
    launcher.start(server)
    with login(server, OWNER) as connection:
        connection.execute("CREATE TABLE kept (id int)")
    pid = server.pid()
    launcher.stop(server)
    assert server.pid() is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with launcher.run_for_block(server), login(server, OWNER) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_stop_cuts_open_connections(tmp_path):
    server = Server(tmp_path / "pg", hasty=True)
    launcher.start(server)
    open_one = login(server, APP)
    began = time.monotonic()
    launcher.stop(server)
    assert time.monotonic() - began < 5
    with pytest.raises(psycopg.OperationalError):
        open_one.execute("SELECT 1")


def test_a_long_path_gets_a_short_private_socket_folder(tmp_path):
    server = Server(tmp_path / ("long" * 25) / "pg", hasty=True)
    with launcher.run_for_block(server), login(server, APP):
        socket = server.socket()
        assert len(str(socket)) < 60
        assert stat.S_IMODE(socket.stat().st_mode) == 0o700
    (server.folder / "socket_folder").unlink()
    socket.rmdir()


@pytest.mark.parametrize("words", [["sleep", "60"], ["tests/test_postgres.py"], ["postgres"]])
def test_an_old_pid_file_with_a_recycled_number_is_ignored(tmp_path, words):
    """Whatever program has the number now, even one named PostgreSQL, or another server."""
    server = Server(tmp_path / "pg")
    server.data.mkdir(parents=True)
    with subprocess.Popen([words[0], *words[1:], "60"], executable=shutil.which("sleep")) as other:
        (server.data / "postmaster.pid").write_text(f"{other.pid}\n")
        believed = server.pid()
        other.kill()
    assert believed is None


def test_the_pid_of_another_folders_server_is_ignored(server, tmp_path):
    other = Server(tmp_path / "pg")
    other.data.mkdir(parents=True)
    (other.data / "postmaster.pid").write_text(f"{server.pid()}\n")
    assert other.pid() is None


@as_root
def test_an_identity_that_runs_the_first_program_alone_does_not_work(tmp_path):
    shell = os_user.OsIdentity("root")
    assert os_user.can_run(shell, tmp_path, [Path("/bin/true")])
    assert not os_user.can_run(shell, tmp_path, [Path("/bin/true"), Path("/bin/false")])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of a parent's death")
def test_a_killed_parent_leaves_no_server_behind(tmp_path):
    script = (
        "import os, sys; from pathlib import Path\n"
        "from config.embedded_postgres import launcher as p\n"
        "s = p.Server(Path(sys.argv[1]), hasty=True); p.start(s); print(s.pid(), flush=True)\n"
        "os.kill(os.getpid(), 9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "pg")],
        env={**os.environ, "PYTHONPATH": str(ROOT / "platform")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert gone(int(done.stdout), within_s=10)


def gone(pid: int, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except FileNotFoundError:
            return True
        if not command:
            return True
        time.sleep(0.05)
    return False


@as_root
@pytest.mark.parametrize("place", range(3))
def test_each_identity_that_works_here_can_carry_a_server(tmp_path_factory, place, monkeypatch):
    """All three ways of rulings 1, forced; the first needs a folder open to all."""
    identity = os_user.list_candidates(0)[place]
    programs = [binaries() / "postgres", binaries() / "initdb"]
    if not os_user.can_run(identity, Path("/"), programs):
        pytest.skip(f"{identity.name} cannot read the programs of this environment")
    folder = Path("/tmp") / f"attune-way-{os.getpid()}-{place}"
    folder.mkdir(mode=0o755 if place == 0 else 0o700)
    monkeypatch.setattr(launcher, "choose_identity", lambda *_: identity)
    try:
        server = Server(folder / "pg", hasty=True)
        with launcher.run_for_block(server), login(server, APP) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        subprocess.run(["rm", "-rf", str(folder)], check=True)


@as_root
def test_a_closed_folder_rules_out_the_plain_user_nobody(tmp_path):
    tmp_path.chmod(0o700)
    chosen = os_user.choose_identity(tmp_path, [Path("/bin/true")])
    assert chosen.name != "nobody"


def test_without_any_identity_it_says_what_to_do(tmp_path):
    broken = os_user.OsIdentity("a broken way", ("/nonexistent",))
    with pytest.raises(os_user.NoIdentity, match=r"a broken way.*DATABASE_URL"):
        os_user.choose_identity(tmp_path, [Path("/bin/true")], among=[broken])


def test_an_ordinary_user_runs_it_as_themselves():
    assert os_user.list_candidates(1000) == [os_user.OsIdentity("yourself")]


def test_no_folder_above_changes_owner_or_mode(tmp_path):
    above = [tmp_path, *tmp_path.parents]
    before = [(f.stat().st_mode, f.stat().st_uid) for f in above]
    with launcher.run_for_block(Server(tmp_path / "pg", hasty=True)):
        pass
    assert [(f.stat().st_mode, f.stat().st_uid) for f in above] == before
