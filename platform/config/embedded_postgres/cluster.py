"""Creates a PostgreSQL cluster: its files, configuration, roles and databases."""

from __future__ import annotations

import os
import subprocess

from config.embedded_postgres.os_user import OsIdentity
from config.embedded_postgres.paths import (
    APP,
    OWNER,
    SUPERUSER,
    PostgresFailed,
    PostgresFolder,
    binaries,
)

CONFIGURATION = """
listen_addresses = ''
unix_socket_permissions = 0777
max_connections = 120
shared_buffers = 128MB
timezone = 'UTC'
log_timezone = 'UTC'
# Personal data never reaches the server's log: no failed statements, no values in messages.
log_min_error_statement = panic
log_error_verbosity = terse
log_parameter_max_length_on_error = 0
# Delete log segments that are no longer needed: recycled ones would keep their old bytes.
wal_recycle = off
"""
# Autovacuum would record tables as empty while a test fills them, and mislead the planner.
UNSAFE_SETTINGS = """fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
"""
BOOTSTRAP = """
CREATE ROLE attune_owner LOGIN CREATEDB PASSWORD :'owner';
CREATE ROLE attune_app LOGIN PASSWORD :'app';
GRANT attune_app TO attune_owner;
GRANT SET ON PARAMETER session_replication_role TO attune_owner;
-- For an erasure, which deletes bytes and verifies that they are gone
-- (privacy.erasure.postgres_files).
GRANT pg_checkpoint, pg_read_all_settings TO attune_owner;
\\connect template1
GRANT EXECUTE ON FUNCTION pg_switch_wal() TO attune_owner;
\\connect postgres
CREATE DATABASE attune OWNER attune_owner;
CREATE DATABASE attune_broker OWNER attune_app;
"""


def initdb(server: PostgresFolder, identity: OsIdentity) -> None:
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


def configure(server: PostgresFolder) -> None:
    text = CONFIGURATION + f"unix_socket_directories = '{server.socket()}'\n"
    main = server.data / "postgresql.conf"
    include = "include = 'attune.conf'\n"
    (server.data / "attune.conf").write_text(text + (UNSAFE_SETTINGS if server.hasty else ""))
    (server.data / "attune.conf").chmod(0o644)
    if include not in main.read_text():
        with main.open("a") as out:
            out.write(include)


def bootstrap(server: PostgresFolder) -> None:
    psql(server, BOOTSTRAP, owner=server.password(OWNER), app=server.password(APP))
    (server.folder / "bootstrapped").touch()


def psql(
    server: PostgresFolder, script: str, *, check: bool = True, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a script; passwords go in the environment and standard input, never in the arguments."""
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
    """Return an environment without the caller's PG* variables, which would mislead programs."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}
