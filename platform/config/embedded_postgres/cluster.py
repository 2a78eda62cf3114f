"""Makes a PostgreSQL cluster: its files, its configuration, the roles and databases of Attune."""

from __future__ import annotations

import os
import subprocess

from config.embedded_postgres.os_user import Identity
from config.embedded_postgres.paths import APP, OWNER, SUPERUSER, Place, PostgresFailed, binaries

CONFIGURATION = """
listen_addresses = ''
unix_socket_permissions = 0777
max_connections = 120
shared_buffers = 128MB
timezone = 'UTC'
log_timezone = 'UTC'
# Rows of people never reach the server's log: no failed statement, no values in messages.
log_min_error_statement = panic
log_error_verbosity = terse
log_parameter_max_length_on_error = 0
# A segment of the log that is no longer needed goes: kept under a new name, its bytes would stay.
wal_recycle = off
"""
# It would count tables as empty that a test is filling, and plan for that for the rest of the run.
HASTY = """fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
"""
BOOTSTRAP = """
CREATE ROLE attune_owner LOGIN CREATEDB PASSWORD :'owner';
CREATE ROLE attune_app LOGIN PASSWORD :'app';
GRANT attune_app TO attune_owner;
GRANT SET ON PARAMETER session_replication_role TO attune_owner;
-- For an erasure, which makes bytes go and looks whether they went
-- (privacy.erasure.postgres_files).
GRANT pg_checkpoint, pg_read_all_settings TO attune_owner;
\\connect template1
GRANT EXECUTE ON FUNCTION pg_switch_wal() TO attune_owner;
\\connect postgres
CREATE DATABASE attune OWNER attune_owner;
CREATE DATABASE attune_broker OWNER attune_app;
"""


def initdb(server: Place, identity: Identity) -> None:
    server.data.mkdir(mode=0o700, exist_ok=True)
    identity.own(server.data)
    read_end, write_end = os.pipe()
    os.write(write_end, server.password(SUPERUSER).encode() + b"\n")
    os.close(write_end)
    identity.own_descriptor(read_end)
    arguments = [
        *("--pgdata", str(server.data), "--username", SUPERUSER, "--auth", "scram-sha-256"),
        *("--pwfile", f"/dev/fd/{read_end}", "--encoding", "UTF8", "--locale", "C"),
    ]
    command = identity.command([str(binaries() / "initdb"), *arguments, "--no-sync"])
    try:
        done = subprocess.run(
            command, cwd="/", env=environment(), capture_output=True, text=True,
            pass_fds=[read_end], check=False,
        )  # fmt: skip
    finally:
        os.close(read_end)
    if done.returncode:
        raise PostgresFailed(f"initdb failed: {(done.stderr or done.stdout).strip()[-500:]}")


def configure(server: Place) -> None:
    text = CONFIGURATION + f"unix_socket_directories = '{server.socket()}'\n"
    main = server.data / "postgresql.conf"
    include = "include = 'attune.conf'\n"
    (server.data / "attune.conf").write_text(text + (HASTY if server.hasty else ""))
    (server.data / "attune.conf").chmod(0o644)
    if include not in main.read_text():
        with main.open("a") as out:
            out.write(include)


def bootstrap(server: Place) -> None:
    psql(server, BOOTSTRAP, owner=server.password(OWNER), app=server.password(APP))
    (server.folder / "bootstrapped").touch()


def psql(
    server: Place, script: str, *, check: bool = True, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Passwords travel in the environment and on standard input, never in the argument list."""
    preamble = "".join(f"\\set {name} '{value}'\n" for name, value in variables.items())
    done = subprocess.run(
        [str(binaries() / "psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", str(server.socket()),
         "-U", SUPERUSER, "-d", "postgres"],
        input=preamble + script, env={**environment(), "PGPASSWORD": server.password(SUPERUSER)},
        cwd="/", capture_output=True, text=True, check=False,
    )  # fmt: skip
    if check and done.returncode:
        raise PostgresFailed(f"psql failed: {done.stderr.strip()[-500:]}")
    return done


def environment() -> dict[str, str]:
    """Nothing of the caller's PG* variables may point the programs elsewhere."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}
